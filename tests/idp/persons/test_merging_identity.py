"""Joined and parted again, two people may do what each could before, whatever each of them had.

And no client ever sees one `sub` for two people, whatever happens while the accounts are one.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.persons.models import Person
from idp.storage.prepared import Prepared
from tests import instances
from tests.idp.conftest import opened
from tests.idp.mandates.office import Office
from tests.idp.persons.couple import GOES, STAYS, Couple, couple_of, grant

KINDS = ("password", "totp", "passkey", "certificate", "recovery_code")
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
side = st.fixed_dictionaries(
    {
        "ways": st.sets(st.sampled_from(KINDS)),
        "clients": st.dictionaries(st.integers(0, 1), st.booleans(), max_size=2),
        "mandates": st.integers(0, 1),
        "two_steps": st.booleans(),
        "login": st.booleans(),
    }
)
"""What an account has: ways in, clients that know it and perhaps its consent, mandates."""
meanwhile = st.lists(st.sampled_from(["known", "agree", "grant", "way"]), max_size=4)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One database for all examples: people are new in each."""
    home: Path = tmp_path_factory.mktemp("home")
    for database in opened(instances.on_sqlite(instances.tables, home), instances.custody(home)):
        prepared = Prepared(database.url.render_as_string(hide_password=False))
        yield Office(database, prepared)
        prepared.close()


@FEW
@given(stays=side, goes=side, passport=st.booleans(), phone=st.booleans())
def test_undoing_is_the_identity(
    office: Office, stays: dict[str, object], goes: dict[str, object], passport: bool, phone: bool
) -> None:
    """Nothing is lost, gained or exchanged by joining and parting."""
    couple = couple_of(office, passport=passport, phone=phone)
    furnish(couple, STAYS, stays)
    invited = passport and phone  # others cannot say yes to a mandate
    furnish(couple, GOES, goes if invited else goes | {"mandates": 0})
    before = [couple.may(couple.stays), couple.may(couple.goes)]
    couple.undo(couple.merged())

    assert before == [couple.may(couple.stays), couple.may(couple.goes)]


@FEW
@given(stays=side, goes=side, happens=meanwhile, client=st.integers(0, 1))
def test_no_sub_is_ever_two_peoples(
    office: Office, stays: dict[str, object], goes: dict[str, object], happens: list[str], client: int
) -> None:
    """A client that was told a sub of one account is never told it of the other, before, during or after."""
    couple = couple_of(office)
    furnish(couple, STAYS, stays)
    furnish(couple, GOES, goes)
    name = list(couple.sectors)[client]
    before = known(couple, name)
    case = couple.merged()
    for what in happens:
        couple.office.now += timedelta(minutes=1)
        live(couple, what, name)
    couple.undo(case)
    mine, theirs = couple.sub(couple.stays, name), couple.sub(couple.goes, name)

    assert mine != theirs
    assert before in ({}, {STAYS: mine}, {GOES: theirs}, {STAYS: mine, GOES: theirs})


@FEW
@given(happens=meanwhile, goes=side)
def test_what_was_the_others_never_stays(office: Office, goes: dict[str, object], happens: list[str]) -> None:
    """Whatever is done meanwhile, after the undo nobody has a way, document or mandate of the other's."""
    couple = couple_of(office)
    furnish(couple, GOES, goes)
    theirs = couple.may(couple.goes)
    case = couple.merged()
    for what in happens:
        couple.office.now += timedelta(minutes=1)
        live(couple, what, next(iter(couple.sectors)))
    couple.undo(case)
    mine = couple.may(couple.stays)

    assert all(not mine[what] & theirs[what] for what in ("ways", "documents", "mandates", "subjects"))


def furnish(couple: Couple, which: int, has: dict[str, object]) -> None:
    """Give an account what it has."""
    person_id = (couple.stays, couple.goes)[which]
    for kind in sorted(has["ways"]):  # type: ignore[call-overload]
        couple.credential(person_id, kind)
    for client, agrees in has["clients"].items():  # type: ignore[attr-defined]
        name = list(couple.sectors)[client]
        couple.sub(person_id, name)
        if agrees:
            couple.agree(person_id, name, "profile")
    for _ in range(has["mandates"]):  # type: ignore[call-overload]
        grant(couple, which, 1)
    with couple.database.writing() as db:
        person = db.get_one(Person, person_id)
        person.least_aal = 2 if has["two_steps"] else 1
        person.login_name = f"login-{person_id.hex[-12:]}" if has["login"] else None


def live(couple: Couple, what: str, client: str) -> None:
    """Something the joined account does, or is given."""
    if what == "known":
        couple.sub(couple.stays, client)
    elif what == "agree":
        couple.agree(couple.stays, client, "phone")
    elif what == "grant":
        grant(couple, STAYS, 1)
    else:
        couple.credential(couple.stays, "passkey")


def known(couple: Couple, client: str) -> dict[int, str]:
    """What the client was told, before anything is made for the asking."""
    sector = couple.sectors[client]
    found = {STAYS: couple.may(couple.stays), GOES: couple.may(couple.goes)}
    subs = {which: dict(may["subjects"]) for which, may in found.items()}
    return {which: by_sector[sector] for which, by_sector in subs.items() if sector in by_sector}
