"""From the last answer of a dialect to somebody in our words; what is believed of it is for others to say."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from federation import answers, asserted, hooks
from federation.answers import Answer
from federation.profile import Profile, Success, Tells
from idp.assurance import authentication_level
from idp.interaction.upstream import AssertedIdentity, Reason, Refused
from idp.settings_upstreams import UpstreamTable


def identity(
    name: str,
    profile: Profile,
    table: UpstreamTable,
    readings: tuple[Tells, ...],
    answer: Answer,
    now: datetime,
    kept: Mapping[str, str],
) -> AssertedIdentity | Refused:
    """Whom the answer names, by the first reading that fits it."""
    tells = next((one for one in readings if _says(answer, one.when)), None)
    if tells is None:
        return Refused(Reason.UNAVAILABLE, "nobody")
    parts = [answers.at(answer, path) for path in tells.subject]
    if not all(parts):
        return Refused(Reason.UNBELIEVED, "nobody")
    heard = _heard(profile, tells, answer)
    amr = frozenset(profile.ways.get(answers.at(answer, tells.way), ()))
    said = asserted.identity(
        name,
        table,
        heard,
        subject=_subject(parts, table),
        at=now,
        amr=amr,
        aal=authentication_level(amr) if amr else profile.levels.sign_in,
        kept=kept,
    )
    if tells.organisation and not (said.organisation and said.organisation.code):
        return Refused(Reason.UNBELIEVED, "no_organisation")  # it must not pass for its agent's own
    return _as_far_as_it_goes(said, profile, tells, answer)


def _heard(profile: Profile, tells: Tells, answer: Answer) -> dict[str, str]:
    """The upstream's words under our names."""
    sign = answers.at(answer, tells.kind)
    kind = profile.documents.get(sign)
    heard = {
        "name": answers.at(answer, tells.name),
        "kind": kind.value if kind else sign,
        "number": answers.at(answer, tells.numbers.get(sign, tells.number)),
        "phone": answers.at(answer, tells.phone),
        "level": _level_word(tells, answer),
        "national": "true" if profile.national or (tells.national and _says(answer, tells.national)) else "",
        "cert_key": answers.at(answer, tells.cert_key),
    }
    if tells.organisation:
        heard["organisation_code"] = answers.at(answer, tells.organisation.code)
        heard["organisation_name"] = answers.at(answer, tells.organisation.name)
    return {name: asserted.text(word) for name, word in heard.items()}


def _as_far_as_it_goes(
    said: AssertedIdentity, profile: Profile, tells: Tells, answer: Answer
) -> AssertedIdentity:
    """
    Without its document a level is that of somebody's own word; below real names, name and number are too.

    An upstream that knows nobody's name hands on what they typed, which must never be matched.
    """
    if said.organisation and tells.organisation:
        level = profile.levels.organisation.get(answers.at(answer, tells.organisation.level), 0)
        said = replace(said, organisation=replace(said.organisation, level=level))
    if tells.organisation is None and said.level.ial < profile.levels.named_from:
        return replace(said, name="", kind=None, number="", cert_key="")
    if not said.number:
        return replace(said, level=replace(said.level, ial=min(said.level.ial, 1)))
    return said


def _level_word(tells: Tells, answer: Answer) -> str:
    if tells.level_hook:
        return hooks.LEVELS[tells.level_hook](answers.within(answer, tells.level))
    return answers.at(answer, tells.level)


def _subject(parts: list[str], table: UpstreamTable) -> str:
    """
    Its id of somebody; where agents share an account, a keyed digest that tells them apart.

    Keyed, because a number is among the parts; another secret makes another id, and the document finds them.
    """
    if len(parts) == 1:
        return parts[0]
    joined = "\0".join(parts).encode()
    return hmac.digest(table.client_secret.encode(), joined, "sha256").hex()


def _says(answer: Answer, wanted: Success | None) -> bool:
    return wanted is None or answers.at(answer, wanted.field) in wanted.values
