"""Whether a request to a protected site may pass, and as whom: asked for every one of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from idp.assurance import Level
from idp.clients import protected
from idp.clients.entrances import Entrances
from idp.clients.metadata import Client
from idp.clients.protected import Guarded
from idp.crypto.handles import digest
from idp.forward_auth import telling
from idp.forward_auth.visits import Visit
from idp.matters.models import Action
from idp.oauth import acting, identity
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.storage.state import Collection

REMEMBERED = 3.0
"""Seconds an answer is given again, well within the five in which a revocation must be felt (T8)."""
MOST_REMEMBERED = 20_000
HANDOVER_LIFETIME = 60.0
ENTRY_LIFETIME = 12 * 3600.0
"""Seconds; the session behind it ends it sooner."""


@dataclass(frozen=True)
class Entry:
    """What a cookie on a protected host stands for."""

    given: AuthorizationCode
    origin: str
    acts: frozenset[str] = frozenset()
    """Matters with their action that were found permitted on the way in."""


@dataclass(frozen=True)
class Handover:
    """An entry on its way from our host to the protected one."""

    entry: Entry
    url: str
    binding: str
    """The digest of what the browser that was sent here holds."""


@dataclass(frozen=True)
class Passed:
    """Let it pass, with these headers."""

    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SignInFirst:
    """Nobody is known there, or not well enough for this path."""

    client: Client


@dataclass(frozen=True)
class Forbidden:
    """No client protects this site, or nobody can tell what the path asks."""


Verdict = Passed | SignInFirst | Forbidden


@dataclass(frozen=True)
class _Seen:
    """What was found at the last look behind a handle."""

    until: float
    entry: Entry | None
    level: Level
    headers: tuple[tuple[str, str], ...]
    is_spent: bool = False
    """Whether they act by a mandate for one act, and that is done."""


NOBODY = Level()


@dataclass
class ForwardAuth:
    """What the endpoints for proxies work with."""

    oauth: OAuth
    entrances: Entrances
    handovers: Collection[Handover]
    entries: Collection[Entry]
    tick: Callable[[], float] = time.monotonic
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def seen(self, client: Client, handle: str, now: datetime) -> _Seen:
        """Who is behind a handle: the state store and one read of liveness, or the last answer."""
        key = f"{client.id}|{digest(handle)}"
        known = self._seen.get(key)
        if known is not None and known.until > self.tick():
            return known
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen = {}
        until = self.tick() + REMEMBERED
        self._seen[key] = found = self._look(client, handle, until, now)
        return found

    def forget(self, client: Client, handle: str) -> None:
        """Look anew at the next request."""
        self._seen.pop(f"{client.id}|{digest(handle)}", None)

    def _look(self, client: Client, handle: str, until: float, now: datetime) -> _Seen:
        entry = self.entries.find(handle)
        claims = None
        if entry is not None and entry.given.client_id == client.id:
            claims = identity.known(self.oauth, client, entry.given, now)
        if entry is None or claims is None:
            return _Seen(until, None, NOBODY, ())
        level = Level(int(claims["ial"]), int(claims["aal"]))
        told = telling.headers(self.oauth, client, claims, now)
        return _Seen(until, entry, level, told, self._is_spent(entry))

    def _is_spent(self, entry: Entry) -> bool:
        given = entry.given
        return bool(given.acting and entry.acts) and acting.is_spent(
            self.oauth.prepared, given.authorization_id
        )


def create_forward_auth(oauth: OAuth, entrances: Entrances) -> ForwardAuth:
    """The collaborators of the endpoints for proxies."""
    state, vault = oauth.state, oauth.vault
    return ForwardAuth(
        oauth=oauth,
        entrances=entrances,
        handovers=Collection(
            state, Handover, "handover", HANDOVER_LIFETIME, vault.sealer("forward-auth-handover")
        ),
        entries=Collection(state, Entry, "visit", ENTRY_LIFETIME, vault.sealer("forward-auth-visit")),
    )


def judge(forward: ForwardAuth, visit: Visit, now: datetime) -> Verdict:
    """The site is a client's, the cookie is this very site's, its person lives and is enough for the path."""
    client = forward.entrances.of_site(visit.origin)
    guarded = None if client is None else protected.at(client.paths, visit.path)
    if client is None or guarded is None:
        return Forbidden()
    if visit.handle is None:
        return SignInFirst(client)
    seen = forward.seen(client, visit.handle, now)
    if seen.entry is None or seen.entry.origin != visit.origin or not _is_enough(client, guarded, seen):
        return SignInFirst(client)
    return Passed(seen.headers)


def _is_enough(client: Client, guarded: Guarded, seen: _Seen) -> bool:
    """The level is today's: it falls when evidence is withdrawn. The matter was judged on the way in, and
    what was for one act is not done twice on the strength of that."""
    if seen.entry is None or not seen.level.covers(guarded.level.union(client.minimum)):
        return False
    if seen.is_spent and guarded.matter and guarded.action != Action.QUERY:
        return False
    return not guarded.matter or act_of(guarded) in seen.entry.acts


def act_of(guarded: Guarded) -> str:
    """A matter with its action, as entries remember it."""
    return f"{guarded.matter}:{guarded.action}"
