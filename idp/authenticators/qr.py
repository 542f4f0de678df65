"""Sign in at a screen with a phone that is signed in: a picture, a number for who cannot scan, one answer.

A screen asks for a *pairing*. Its handle stands in the picture and lets a phone find it, no more: only the
browser that asked can pick the answer up. A first phone claims the pairing; only then does the screen show
two digits, and the phone must give them. So a picture that was sent on holds nothing to answer with, and
whoever answers has seen the screen. Claiming, answering and picking up belong to exactly one caller each.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, ip_address
from uuid import UUID

from idp import clock
from idp.authenticators.guesses import Purse
from idp.crypto.handles import digest, same
from idp.keys.vault import Vault
from idp.storage.state import Collection, StateStore

AMR = frozenset({"mca"})
"""What a confirmation is worth by itself."""
AMR_OF_TWO = AMR | {"mfa"}
"""What it is worth when the phone has just proven itself with two factors, or one that is both."""
LIFETIME = timedelta(minutes=2)
"""How long a pairing may be answered."""
PICKED_UP = 30.0
"""Seconds a screen has for picking up an answer that was given at the last moment."""
KEPT = LIFETIME.total_seconds() + PICKED_UP
NUMBERS = 100_000_000
"""How many different typed numbers there are."""
SHOWN = range(10, 100)
"""The two digits that a screen shows once a phone has come."""
WRONG_PER_PERSON = 30
"""Typed numbers that lead nowhere, a person and day."""
WRONG_PER_SOURCE = 60
"""The same, a network source and hour."""


class State(StrEnum):
    """What has become of a pairing."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    MISMATCHED = "mismatched"
    """Other digits were given than the screen shows."""
    REFUSED = "refused"
    """Somebody said that it was not them."""
    ENDED = "ended"
    """Too old, or given up for another one."""


@dataclass(frozen=True)
class Asking:
    """Who asks, as the phone tells its person."""

    client_id: str
    domain: str
    device: str
    place: str
    at: datetime
    aal: int
    """The login strength that will be needed; 2 where somebody who has begun there is to be confirmed."""


@dataclass(frozen=True)
class Pairing:
    """A screen that asks, and how far it has got."""

    asking: Asking
    number: str
    state: State = State.WAITING
    holder: UUID | None = None
    """The session of the phone that claimed it."""
    shown: str = ""
    turn: str = ""
    """Whoever takes what this names may answer."""
    ticket: str = ""
    """Whoever takes what this names may enter."""


@dataclass(frozen=True)
class Confirmed:
    """An answer: who said yes, in which session, what that is worth, and when."""

    person_id: UUID
    session_id: UUID
    amr: frozenset[str]
    at: datetime


class Pairings:
    """Every pairing of the last minutes."""

    def __init__(self, state: StateStore, vault: Vault) -> None:
        self._state = state
        self._vault = vault
        self._numbers = vault.sealer("qr-number")
        self._pairings = Collection(state, Pairing, "qr", KEPT, vault.sealer("qr"))
        self._turns = Collection(state, str, "qr-turn", KEPT, vault.sealer("qr-turn"))
        self._tickets = Collection(state, Confirmed, "qr-ticket", KEPT, vault.sealer("qr-ticket"))

    def ask(self, asking: Asking) -> str:
        """Begin a pairing; gives the handle for the picture."""
        number, key = self._free_number()
        handle = self._pairings.add(Pairing(asking, number))
        self._state.put(key, self._numbers.seal(handle.encode(), key.encode()), KEPT)
        return handle

    def find(self, handle: str | None, now: datetime) -> Pairing | None:
        """The pairing as it stands."""
        pairing = self._pairings.find(handle)
        if pairing is None:
            return None
        is_open = pairing.state in {State.WAITING, State.CLAIMED}
        return replace(pairing, state=State.ENDED) if is_open and _is_over(pairing, now) else pairing

    def by_number(self, typed: str, now: datetime) -> str | None:
        """The handle of the pairing that waits under this number."""
        key = self._key(typed)
        sealed = self._state.get(key)
        handle = None if sealed is None else self._numbers.open(sealed, key.encode()).decode()
        pairing = self.find(handle, now)
        return handle if pairing is not None and pairing.state is State.WAITING else None

    def claim(self, handle: str, session_id: UUID, now: datetime) -> Pairing | None:
        """Let the first phone have it; gives the pairing to this phone alone, also when it asks again."""
        pairing = self.find(handle, now)
        if pairing is None or pairing.state not in {State.WAITING, State.CLAIMED}:
            return None
        if not self._pairings.spend(handle):
            return pairing if pairing.holder == session_id else None
        claimed = replace(
            pairing,
            state=State.CLAIMED,
            holder=session_id,
            shown=str(SHOWN.start + secrets.randbelow(len(SHOWN))),
            turn=self._turns.add(handle),
        )
        return claimed if self._pairings.revise(handle, claimed) else None

    def confirm(self, handle: str, typed: str, answer: Confirmed, now: datetime) -> State:
        """Judge the digits: right ones confirm, others end the pairing; there is one try."""
        claimed = self._answered_by(handle, answer.session_id, now)
        if claimed is None:
            return State.ENDED
        if not same(typed, claimed.shown):
            self._pairings.revise(handle, replace(claimed, state=State.MISMATCHED))
            return State.MISMATCHED
        ticket = self._tickets.add(answer)
        kept = self._pairings.revise(handle, replace(claimed, state=State.CONFIRMED, ticket=ticket))
        return State.CONFIRMED if kept else State.ENDED

    def refuse(self, handle: str, session_id: UUID, now: datetime) -> Pairing | None:
        """End it, because it is not this person who asks; gives what was refused, once."""
        self.claim(handle, session_id, now)
        claimed = self._answered_by(handle, session_id, now)
        if claimed is not None:
            self._pairings.revise(handle, replace(claimed, state=State.REFUSED))
        return claimed

    def give_up(self, handle: str, now: datetime) -> None:
        """The screen wants another one."""
        pairing = self.find(handle, now)
        if pairing is not None:
            self._pairings.revise(handle, replace(pairing, state=State.ENDED))
            self._turns.take(pairing.turn)

    def pick_up(self, pairing: Pairing) -> Confirmed | None:
        """The answer, for one caller; only whoever began the interaction comes here."""
        return self._tickets.take(pairing.ticket)

    def _answered_by(self, handle: str, session_id: UUID, now: datetime) -> Pairing | None:
        pairing = self.find(handle, now)
        if pairing is None or pairing.state is not State.CLAIMED or pairing.holder != session_id:
            return None
        return pairing if self._turns.take(pairing.turn) == handle else None

    def _free_number(self) -> tuple[str, str]:
        """One that nobody waits under; of a hundred million, the first that is tried."""
        while True:
            number = f"{secrets.randbelow(NUMBERS):08d}"
            key = self._key(number)
            if self._state.once(f"{key}:had", KEPT):
                return number, key

    def _key(self, number: str) -> str:
        return f"qr-number:{self._vault.digest('qr', number).hex()}"


def guesses_of(state: StateStore, person_id: UUID, source: str, now: datetime) -> tuple[Purse, Purse]:
    """What numbers typed by a person today, and from a source in this hour, are taken from."""
    return (
        Purse(state, f"qr:{person_id.hex}:{clock.day(now):%Y%m%d}", WRONG_PER_PERSON),
        Purse(state, f"qr:{digest(source)}:{now:%Y%m%d%H}", WRONG_PER_SOURCE),
    )


def network_of(source: str) -> str:
    """The network, not the machine: enough to recognise a place, and nothing that finds a person."""
    try:  # a client's interface writes `client|address` of a device there (`api/devices.py`)
        address = ip_address(source.rpartition("|")[2].partition("/")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return ".".join(str(address).split(".")[:3]) + ".*"
    return ":".join(address.exploded.split(":")[:3]) + ":*"


def _is_over(pairing: Pairing, now: datetime) -> bool:
    return now - pairing.asking.at > LIFETIME
