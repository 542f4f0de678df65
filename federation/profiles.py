"""Reading profiles, and everything that is wrong with one before it is ever played."""

import tomllib
from collections.abc import Iterable, Iterator, Set
from importlib import resources

from pydantic import ValidationError

from federation import hooks
from federation.placeholders import FILTERS, filters, names
from federation.profile import Begin, Call, Leave, Profile, Tells
from federation.schemes import SEALS, SIGNATURES
from idp.assurance import FACTORS

MOMENT = frozenset({"millis", "seconds", "compact", "http_date", "nonce"})
"""What a call may say of its moment."""
KEPT = frozenset({"state", "back"})
"""What is remembered from `begin` to `finish`."""
_FOLDER = resources.files("federation") / "dialects"


class ProfileFault(ValueError):
    """A profile that cannot be played; says where and why."""


def known() -> list[str]:
    """The dialects that come with the product."""
    found = (entry.name for entry in _FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def read(name: str) -> Profile:
    """The profile of that name that comes with the product; ProfileFault names the known ones."""
    if name not in known():
        raise ProfileFault(f"{name!r} is none of: {', '.join(known())}")
    return parse(_FOLDER.joinpath(f"{name}.toml").read_text("utf-8"))


def parse(text: str) -> Profile:
    """A profile from its text, which may be a deployment's own."""
    try:
        profile = Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise ProfileFault(str(fault)) from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        raise ProfileFault(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if found := list(faults(profile)):
        raise ProfileFault("; ".join(found))
    return profile


def faults(profile: Profile) -> Iterator[str]:
    """
    What cannot be played, though every table is well formed.

    Every value a text asks for must be there when its turn comes. No secret and nothing an upstream gave us
    for a person stands in an address, whether a browser's or our own: addresses end up in logs.
    """
    open_to_all = frozenset({"client_id", *profile.options})
    issued = open_to_all | {"client_secret", *profile.secrets}
    for flow in profile.flows:
        yield from _of_begin(flow.begin, open_to_all)
        held = issued | KEPT | {"ticket"}
        for call in flow.calls:
            yield from _of_call(call, held, open_to_all)
            held |= call.takes.keys()
        yield from (f"keeps: {name}" for name in flow.keeps if name not in held)
        yield from _of_tells(flow.tells)
    if profile.leave:
        kept = {name for flow in profile.flows for name in flow.keeps}
        yield from _of_leave(profile.leave, issued | kept | {"back"}, open_to_all | {"back"})
    methods = {method for ways in profile.ways.values() for method in ways}
    yield from (f"ways: {method}" for method in sorted(methods - FACTORS.keys()))


def _of_begin(begin: Begin, held: Set[str]) -> Iterator[str]:
    texts = [*begin.query.values(), *(begin.fresh or {}).values(), *(begin.silent or {}).values()]
    yield from _missing("begin", texts, held | KEPT | MOMENT)


def _of_call(call: Call, held: Set[str], open_to_all: Set[str]) -> Iterator[str]:
    if call.form is not None and call.body is not None:
        yield f"{call.path}: form and body"
    held = held | MOMENT
    for seal in call.seals.values():
        yield from _missing(call.path, [*seal.content.values(), seal.key], held)
    held = held | call.seals.keys() | {"path"}
    for sign in call.signs.values():
        yield from _missing(call.path, [sign.over, sign.key], held)
    held = held | call.signs.keys()
    sent = [*call.headers.values(), *(call.form or {}).values(), *(call.body or {}).values()]
    yield from _missing(call.path, [*sent, *call.agrees.values()], held)
    shown = open_to_all | MOMENT | call.signs.keys()
    yield from _missing(call.path, [call.path, *call.query.values()], shown)
    if signed := call.signed:
        texts = [signed.by, signed.at, signed.over, signed.key]
        yield from _missing(call.path, texts, held | {"body"}, ("answer.", "header."))
    yield from _unknown_schemes(call)


def _unknown_schemes(call: Call) -> Iterator[str]:
    signatures = [one.scheme for one in (*call.signs.values(), call.signed) if one]
    seals = [one.scheme for one in (*call.seals.values(), call.opens) if one]
    for wanted, there in ((signatures, SIGNATURES.keys()), (seals, SEALS.keys())):
        yield from (f"{call.path}: scheme {name}" for name in wanted if name not in there)


def _of_tells(readings: tuple[Tells, ...]) -> Iterator[str]:
    for one in readings:
        if not one.subject:
            yield "tells: nobody"
        if one.level_hook and one.level_hook not in hooks.LEVELS:
            yield f"tells: {one.level_hook}"


def _of_leave(leave: Leave, held: Set[str], open_to_all: Set[str]) -> Iterator[str]:
    yield from _missing("leave", leave.query.values(), open_to_all)
    yield from _missing("leave", leave.form.values(), held)


def _missing(
    where: str, texts: Iterable[str], held: Set[str], read: tuple[str, ...] = ("\0",)
) -> Iterator[str]:
    for text in texts:
        wanted = {name for name in names(text) if name not in held and not name.startswith(read)}
        yield from (f"{where}: {{{name}}}" for name in sorted(wanted))
        yield from (f"{where}: |{name}" for name in sorted(filters(text) - FILTERS.keys()))
