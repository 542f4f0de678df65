"""When an API asks for more than this sign-in can show (RFC 9470): prove more, and find the form as it was.

answer = portal.provider.call(url, posted=dict(request.form))
asked = step_up.asked_by(answer)
if asked:
    step_up.hold(Held(request.path, request.form.to_dict()))
    return portal.provider.send_to_sign_in(UI_LOCALES[language_of(request)], **asked)
"""

from dataclasses import dataclass

import requests
from flask import session
from werkzeug.http import parse_options_header

ERROR = "insufficient_user_authentication"
WISHES = ("acr_values", "max_age")


@dataclass(frozen=True)
class Held:
    """A form that waits, on this server, until its person has proven more."""

    path: str
    fields: dict[str, str]


def asked_by(answer: requests.Response) -> dict[str, str]:
    """What a refusal wants of the next sign-in; empty when it is none of this kind."""
    scheme, _, challenge = answer.headers.get("WWW-Authenticate", "").partition(" ")
    said = parse_options_header(f"{scheme}; {challenge.replace(', ', '; ')}")[1]
    if scheme.lower() != "bearer" or said.get("error") != ERROR:
        return {}
    return {name: said[name] for name in WISHES if name in said}


def hold(form: Held) -> None:
    """Keep what was typed."""
    session["held"] = {"path": form.path, "fields": form.fields}


def held() -> Held | None:
    """What was kept, whoever asks."""
    kept = session.get("held")
    return None if kept is None else Held(kept["path"], kept["fields"])


def take(path: str) -> dict[str, str]:
    """The fields of the form at this path as they were typed, once."""
    form = held()
    if form is None or form.path != path:
        return {}
    del session["held"]
    return form.fields
