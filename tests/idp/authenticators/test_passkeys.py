"""Passkeys: whose signature counts, where, and how often."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from idp.audit.models import AuditEvent
from idp.authenticators import ceremonies, credentials, passkey
from idp.authenticators.base import Denied, Proven
from idp.authenticators.ceremonies import Fault, New, RelyingParty
from idp.authenticators.passkey import Asked
from idp.keys.vault import Vault
from idp.notices.models import Notice
from idp.persons.models import Realm
from idp.storage.database import Database
from idp.storage.sqlite_state import sqlite_state
from tests.device import Device
from tests.idp.persons.people import NOW, person

PAGE = Asked("a sign-in", Realm.CITIZEN)
LOGIN = "lin_xiaoyun"


@dataclass
class Hall:
    """A relying party, somebody, and their device."""

    database: Database
    party: RelyingParty
    person_id: UUID
    device: Device = field(default_factory=Device)

    def ask(self, bound_to: str = PAGE.bound_to) -> dict[str, Any]:
        return ceremonies.question(self.party, bound_to)

    def make(self, device: Device, bound_to: str = "own page") -> New | Fault:
        options = ceremonies.invitation(self.party, bound_to, self.person_id, LOGIN, [])
        return ceremonies.made(self.party, device.create(options), bound_to)

    def enrol(self, device: Device) -> None:
        new = self.make(device)
        assert isinstance(new, New)
        with self.database.writing() as db:
            assert passkey.keep(db, self.person_id, new, "手机", NOW)

    def prove(self, posted: str, asked: Asked = PAGE) -> Proven | Denied:
        return passkey.prove(self.database, self.party, posted, asked, NOW)

    def count(self, model: type[Any], topic: str) -> int:
        with self.database.reading() as db:
            return db.query(model).filter_by(topic=topic).count()


@pytest.fixture
def hall(tmp_path: Path, database: Database) -> Iterator[Hall]:
    yield from _furnished(tmp_path, database)


@pytest.fixture
def either_hall(tmp_path: Path, either_database: Database) -> Iterator[Hall]:
    yield from _furnished(tmp_path, either_database)


def _furnished(tmp_path: Path, database: Database) -> Iterator[Hall]:
    vault = database.vault
    assert isinstance(vault, Vault)
    state = sqlite_state(tmp_path / "state.db")
    party = ceremonies.relying_party("http://localhost", "一通", state, vault)
    assert party is not None
    with database.writing() as db:
        somebody = person(db, vault).id
    hall = Hall(database, party, somebody)
    hall.enrol(hall.device)
    yield hall
    state.close()


@pytest.mark.parametrize(("synced", "worth"), [(False, "hwk"), (True, "swk")])
def test_a_passkey_proves_its_person(either_hall: Hall, synced: bool, worth: str) -> None:
    """One that stays on its device is worth more than one that is copied to others (RFC 8176)."""
    device = Device(synced=synced)
    either_hall.enrol(device)

    assert Proven(either_hall.person_id, frozenset({worth})) == either_hall.prove(
        device.get(either_hall.ask())
    )


def test_a_question_tells_nothing_of_anybody(hall: Hall) -> None:
    """Any passkey of ours may answer, and its person must be verified by their device."""
    asked = hall.ask()

    assert ([], "localhost", "required") == (
        asked["allowCredentials"],
        asked["rpId"],
        asked["userVerification"],
    )


def test_an_invitation_tells_no_name_and_no_number(hall: Hall) -> None:
    """Devices copy it to their makers: an opaque id and the login are all they get."""
    asked = ceremonies.invitation(hall.party, "page", hall.person_id, LOGIN, ["AAAA"])

    assert (LOGIN, LOGIN) == (asked["user"]["name"], asked["user"]["displayName"])
    assert "required" == asked["authenticatorSelection"]["residentKey"]
    assert "none" == asked["attestation"]
    assert ["AAAA"] == [one["id"] for one in asked["excludeCredentials"]]


def test_an_answer_counts_once(hall: Hall) -> None:
    """Whoever recorded it has nothing."""
    answer = hall.device.get(hall.ask())

    assert [True, False] == [isinstance(hall.prove(answer), Proven) for _ in range(2)]


def test_a_challenge_of_another_page_is_none(hall: Hall) -> None:
    """A question that somebody else was shown cannot be answered here, and stays good there."""
    answer = hall.device.get(hall.ask("another sign-in"))

    assert Denied(Fault.STALE) == hall.prove(answer)
    assert isinstance(hall.prove(answer, replace(PAGE, bound_to="another sign-in")), Proven)


def test_a_challenge_nobody_was_shown_is_none(hall: Hall) -> None:
    """Neither is one that a stranger made up."""
    assert Denied(Fault.STALE) == hall.prove(hall.device.get({"challenge": "A" * 43}))


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost.evil.example"},
        {"rp_id": "evil.example"},
        {"verifies": False},
        {"synced": True},
        {"user": b"somebody else"},
        {"key": Device().key},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_answer_from_elsewhere_is_none(hall: Hall, change: dict[str, Any]) -> None:
    """Another origin or site, nobody verified, a key that suddenly travels, another person or key (§7.2)."""
    answer = replace(hall.device, **change).get(hall.ask())

    assert Denied(Fault.WRONG) == hall.prove(answer)


@pytest.mark.parametrize("client", [{"type": "webauthn.create"}, {"crossOrigin": True}])
def test_an_answer_to_another_question_is_none(hall: Hall, client: dict[str, Any]) -> None:
    """Neither what a device said when it made a key, nor what was asked inside another site's page."""
    assert Denied(Fault.WRONG) == hall.prove(hall.device.get(hall.ask(), **client))


def test_a_counter_that_goes_back_is_refused_and_told(either_hall: Hall) -> None:
    """Two devices hold the same key; its person hears of it, and the original goes on (§6.1.1)."""
    either_hall.prove(either_hall.device.get(either_hall.ask()))
    copy = replace(either_hall.device, count=0)

    assert Denied("passkey_copied") == either_hall.prove(copy.get(either_hall.ask()))
    assert (1, 1) == (
        either_hall.count(AuditEvent, "passkey.doubted"),
        either_hall.count(Notice, "passkey.doubted"),
    )
    assert isinstance(either_hall.prove(either_hall.device.get(either_hall.ask())), Proven)


def test_a_device_without_a_counter_is_believed(hall: Hall) -> None:
    """Synced passkeys always say zero."""
    device = Device(counts=False)
    hall.enrol(device)

    assert all(isinstance(hall.prove(device.get(hall.ask())), Proven) for _ in range(2))


def test_somebody_elses_passkey_confirms_nothing(hall: Hall) -> None:
    """A second factor is the same person's, and the other one is left as they were."""
    other = replace(PAGE, person_id=UUID(int=1))

    assert Denied("other_person") == hall.prove(hall.device.get(hall.ask()), other)


def test_realms_do_not_mix(hall: Hall) -> None:
    """As a citizen a civil servant is somebody else."""
    staff = replace(PAGE, realm=Realm.STAFF)

    assert Denied("passkey_unknown") == hall.prove(hall.device.get(hall.ask()), staff)


def test_a_removed_passkey_is_as_unknown_as_any(hall: Hall) -> None:
    """Nobody learns that it was ever there."""
    with hall.database.writing() as db:
        credentials.end(db, passkey.of(db, hall.person_id)[0], "removed", NOW)

    known, unknown = (hall.prove(device.get(hall.ask())) for device in (hall.device, Device()))
    assert Denied("passkey_unknown") == known == unknown


def test_an_id_that_exists_is_not_enrolled_again(either_hall: Hall) -> None:
    """Or somebody could put their own key under another person's passkey (§7.1, step 26)."""
    thief = either_hall.make(Device(id=either_hall.device.id))

    assert isinstance(thief, New)
    with either_hall.database.writing() as db:
        assert passkey.keep(db, either_hall.person_id, thief, "", NOW) is None
    assert isinstance(either_hall.prove(either_hall.device.get(either_hall.ask())), Proven)


def test_of_two_answers_with_one_count_one_is_believed(either_hall: Hall) -> None:
    """However many devices hold the key, and however fast they are: one conditional update decides."""
    answers = [replace(either_hall.device).get(either_hall.ask()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(either_hall.prove, answers))

    assert 1 == sum(isinstance(outcome, Proven) for outcome in outcomes)


def test_of_two_enrolments_of_one_id_one_is_kept(either_hall: Hall) -> None:
    """The database decides, whoever looked first."""
    new = either_hall.make(Device())
    assert isinstance(new, New)

    def keep(_: int) -> bool:
        with either_hall.database.writing() as db:
            return passkey.keep(db, either_hall.person_id, new, "", NOW) is not None

    with ThreadPoolExecutor(2) as pool:
        assert [False, True] == sorted(pool.map(keep, range(2)))


@pytest.mark.parametrize("change", [{"origin": "http://localhost:1"}, {"rp_id": "x"}, {"verifies": False}])
def test_a_passkey_made_elsewhere_is_not_enrolled(hall: Hall, change: dict[str, Any]) -> None:
    """Another origin, another site, nobody verified (§7.1)."""
    assert Fault.WRONG is hall.make(Device(**change))


def test_a_passkey_is_made_for_one_page(hall: Hall) -> None:
    """Somebody else's invitation, and one that was taken, make nothing."""
    options = ceremonies.invitation(hall.party, "their session", hall.person_id, LOGIN, [])
    posted = Device().create(options)

    assert Fault.STALE is ceremonies.made(hall.party, posted, "my session")
    assert isinstance(ceremonies.made(hall.party, posted, "their session"), New)
    assert Fault.STALE is ceremonies.made(hall.party, posted, "their session")


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "attestationObject"])
@pytest.mark.parametrize("bytes", ["", "AA", "A" * 400, "{", "\ud800"])
def test_broken_bytes_are_refused(hall: Hall, part: str, bytes: str) -> None:
    """Whatever strangers send is an answer that does not count, and never a crash."""
    signed = json.loads(hall.device.get(hall.ask()))
    signed["response"][part] = bytes
    made = json.loads(Device().create(ceremonies.invitation(hall.party, "p", hall.person_id, LOGIN, [])))
    made["response"][part] = bytes
    unharmed = part not in json.loads(hall.device.get(hall.ask()))["response"]

    assert unharmed == isinstance(hall.prove(json.dumps(signed)), Proven)
    if part in {"clientDataJSON", "attestationObject"}:
        assert Fault.WRONG is ceremonies.made(hall.party, json.dumps(made), "p")


@pytest.mark.parametrize("posted", ["", "null", "[]", "{}", "[" * 100_000, '{"id": 1}'])
def test_what_is_no_answer_is_refused(hall: Hall, posted: str) -> None:
    """Neither is anything else."""
    assert Denied(Fault.WRONG) == hall.prove(posted)
    assert Fault.WRONG is ceremonies.made(hall.party, posted, "p")


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("https://id.example.gov.cn", "id.example.gov.cn"),
        ("https://id.example.gov.cn:8443", "id.example.gov.cn"),
        ("http://127.0.0.1:8000", None),
        ("http://[::1]:8000", None),
    ],
)
def test_passkeys_belong_to_the_issuers_host(
    tmp_path: Path, vault: Vault, issuer: str, host: str | None
) -> None:
    """From the settings alone, port left out; browsers make none for a bare address (§5.1.2)."""
    party = ceremonies.relying_party(issuer, "一通", sqlite_state(tmp_path / "state.db"), vault)

    assert (host, issuer if host else None) == (party and party.id, party and party.origin)
