"""How much the person may be, or must be, asked again."""

import re

from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected

PROMPTS = frozenset({"none", "login", "consent", "select_account", "select_capacity", "create"})
SECONDS = re.compile(r"[0-9]{1,9}")


def is_sensible(asked: Asked) -> None:
    """`prompt` names known values, and `none` stands alone (OIDC Core §3.1.2.1)."""
    prompt = frozenset((asked.get("prompt") or "").split())
    if not prompt <= PROMPTS:
        raise Redirected("invalid_request", "prompt has an unknown value")
    if "none" in prompt and len(prompt) > 1:
        raise Redirected("invalid_request", "prompt none cannot be combined")
    asked.prompt = prompt


def max_age_is_a_number(asked: Asked) -> None:
    """`max_age` is a number of seconds; the client's registered default holds without it."""
    sent = asked.get("max_age")
    if sent is None:
        asked.max_age = asked.client.default_max_age
        return
    if not SECONDS.fullmatch(sent):
        raise Redirected("invalid_request", "max_age is not a number of seconds")
    asked.max_age = int(sent)
