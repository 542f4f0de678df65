"""One call of a profile: filled in, sealed, signed, sent; and its answer, judged before anything is taken."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import urlencode

from federation import answers, asserted, placeholders
from federation.line import Line
from federation.placeholders import fill, fill_all
from federation.profile import Call, Signed
from federation.schemes import SEALS, SIGNATURES
from idp.calling import wire
from idp.calling.wire import Deadline
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import Reason, Refused

CHINA = timezone(timedelta(hours=8))
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class No(Exception):
    """The call brought nothing that may be used."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def moment(now: datetime) -> dict[str, str]:
    """This moment in the spellings upstreams use, and a nonce."""
    seconds = now.timestamp()
    return {
        "millis": str(int(seconds * 1000)),
        "seconds": str(int(seconds)),
        "compact": f"{now.astimezone(CHINA):%Y%m%d%H%M%S}",
        "http_date": format_datetime(now.astimezone(UTC), usegmt=True),
        "nonce": new_handle()[:16],
    }


def play(
    call: Call,
    origin: str,
    values: Mapping[str, str],
    errors: Mapping[str, Reason],
    line: Line,
    deadline: Deadline,
    now: datetime,
) -> answers.Answer:
    """The answer to a call, opened and believed; raises `No`, and `NoAnswer` where none came."""
    held = _prepared(call, {**values, **moment(now)})
    said = _sent(call, origin, held, line, deadline)
    try:
        return _judged(call, said, held, errors, now)
    except (ValueError, OverflowError):
        raise No(Refused(Reason.UNAVAILABLE, "senseless")) from None


def _prepared(call: Call, held: dict[str, str]) -> dict[str, str]:
    """The values with what is sealed, and then what is signed, of this call."""
    held["path"] = fill(call.path, held)
    for name, seal in call.seals.items():
        content = json.dumps(fill_all(seal.content, held), ensure_ascii=False, separators=(",", ":"))
        held[name] = SEALS[seal.scheme][0](fill(seal.key, held), content)
    signed = {
        name: SIGNATURES[sign.scheme](fill(sign.key, held), fill(sign.over, held))
        for name, sign in call.signs.items()
    }
    return held | signed


def _sent(call: Call, origin: str, held: Mapping[str, str], line: Line, deadline: Deadline) -> wire.Answer:
    query = urlencode(fill_all(call.query, held))
    url = f"{origin}{held['path']}" + (f"?{query}" if query else "")
    headers = {"Accept": JSON, **fill_all(call.headers, held)}
    if call.method == "GET":
        return line.get(url, deadline, headers)
    if call.body is not None:
        body, kind = json.dumps(fill_all(call.body, held), ensure_ascii=False), JSON
    else:
        body, kind = urlencode(fill_all(call.form or {}, held)), FORM
    return line.post(url, body.encode(), {"Content-Type": kind, **headers}, deadline)


def _judged(
    call: Call, came: wire.Answer, held: Mapping[str, str], errors: Mapping[str, Reason], now: datetime
) -> answers.Answer:
    """Its envelope, its signature, its time, what is sealed in it, and whom it speaks of; in this order."""
    body = came.body.decode()
    answer = answers.read(body)
    if not _succeeded(call, came.status, answer):
        raise No(refused(answers.at(answer, call.error), errors))
    if call.signed:
        _require_signature(call.signed, body, came.headers, answer, held, now)
    if call.opens:
        sealed = answers.at(answer, call.opens.field)
        answer = answers.read(SEALS[call.opens.scheme][1](fill(call.opens.key, held), sealed))
    if any(answers.at(answer, path) != fill(known, held) for path, known in call.agrees.items()):
        raise No(Refused(Reason.UNBELIEVED, "another_person"))
    if not all(answers.at(answer, path) for path in call.takes.values()):
        raise answers.Senseless("something is missing")
    return answer


def _succeeded(call: Call, status: int, answer: answers.Answer) -> bool:
    if status != 200:
        return False
    if call.success:
        return answers.at(answer, call.success.field) in call.success.values
    return not answers.at(answer, call.error)


def refused(word: str, errors: Mapping[str, Reason]) -> Refused:
    """What an upstream's word for a no means; only words that the profile knows reach the trail."""
    if word not in errors:
        return Refused(Reason.UNAVAILABLE, asserted.short(word) or "unknown")
    return Refused(errors[word], word)


def _require_signature(
    signed: Signed,
    body: str,
    headers: Mapping[str, str],
    answer: answers.Answer,
    held: Mapping[str, str],
    now: datetime,
) -> None:
    """An answer without a signature is as wrong as one with another's, or one of another hour."""
    read = {**held, "body": body, **_quoted(signed, headers, answer)}
    claimed = fill(signed.by, read)
    expected = SIGNATURES[signed.scheme](fill(signed.key, read), fill(signed.over, read))
    if not same(expected, claimed):
        raise No(Refused(Reason.UNBELIEVED, "signature"))
    said = int(fill(signed.at, read)) / (1000 if signed.unit == "millis" else 1)
    if abs(now.timestamp() - said) > signed.tolerance:
        raise No(Refused(Reason.UNBELIEVED, "time"))


def _quoted(signed: Signed, headers: Mapping[str, str], answer: answers.Answer) -> dict[str, str]:
    """The values of the answer that its signature mentions."""
    texts = (signed.by, signed.at, signed.over)
    wanted = {name for text in texts for name in placeholders.names(text)}
    return {
        name: answers.at(answer, rest) if kind == "answer" else headers.get(rest.lower(), "")
        for name in wanted
        for kind, _, rest in [name.partition(".")]
        if kind in ("answer", "header")
    }
