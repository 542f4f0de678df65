"""Two people behind one account: two operators give the other one their own, and both prove who they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from idp.account import merging as accounts
from idp.authenticators import credentials
from idp.interaction import facts
from idp.mandates.models import Mandate, State
from idp.oauth import security_events
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.persons import lookup, splitting
from idp.persons.models import Split, SplitStatus
from idp.persons.splitting import SplitRefused, Why
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from tests.idp.mandates.office import Office
from tests.idp.persons.couple import REASON, STAYS, Couple, couple_of, grant


@pytest.fixture
def couple(database: Database) -> Iterator[Couple]:
    """An account with a password and a passkey; behind it are two people."""
    prepared = Prepared(database.url.render_as_string(hide_password=False))
    couple = couple_of(Office(database, prepared))
    for kind in ("password", "passkey"):
        couple.credential(couple.stays, kind)
    yield couple
    prepared.close()


def passkey(couple: Couple) -> str:
    """The way in that is the other person's."""
    with couple.database.reading() as db:
        return str(credentials.living(db, couple.stays, "passkey")[0].id)


def proposed(couple: Couple, takes: Mapping[str, Sequence[str]], by: int = 0) -> UUID:
    with couple.database.writing() as db:
        operator = couple.operators[by]
        return splitting.propose(db, couple.stays, takes, REASON, operator, couple.now).id


def approve(couple: Couple, case: UUID, by: int = 1) -> Split:
    with couple.database.writing() as db:
        return accounts.split(
            db, couple.vault, couple.clients, case, couple.operators[by], REASON, couple.now
        )


def refused(why: Why, act: Callable[..., object], *given: object) -> bool:
    with pytest.raises(SplitRefused) as caught:
        act(*given)
    return caught.value.reason == why


def test_what_was_chosen_goes_to_a_new_account(couple: Couple) -> None:
    """The passkey is another person's now, and the password stays where it is."""
    key = passkey(couple)
    split = approve(couple, proposed(couple, {"credentials": [key]}))
    assert split.new_person_id is not None

    assert {key} == {str(one) for one in couple.may(split.new_person_id)["ways"]}
    assert 1 == len(couple.may(couple.stays)["ways"])


def test_the_phone_goes_with_whom_it_belongs_to(couple: Couple) -> None:
    """A phone finds the new account afterwards."""
    phone = couple.phone(couple.stays)
    assert phone is not None
    split = approve(couple, proposed(couple, {"persons": ["phone"]}))
    with couple.database.reading() as db:
        found = lookup.by_phone(db, couple.vault, phone)

    assert found is not None
    assert split.new_person_id == found.id


def test_both_prove_themselves_again(couple: Couple) -> None:
    """What was verified was so of nobody in particular: both begin at level 0, and mandates are over."""
    mandate = grant(couple, STAYS, 1)
    split = approve(couple, proposed(couple, {"credentials": [passkey(couple)]}))
    assert split.new_person_id is not None
    with couple.database.reading() as db:
        state = db.get_one(Mandate, mandate).state

    assert [0, 0] == [couple.may(one)["level"] for one in (couple.stays, split.new_person_id)]
    assert State.REVOKED == state


def test_whoever_was_in_is_out(couple: Couple) -> None:
    """Sessions end at once."""
    achieved = Achievement(couple.stays, frozenset({"sms"}), couple.now)
    with couple.database.writing() as db:
        handle = lifecycle.begin(db, achieved, absolute=timedelta(hours=1))[1]
    approve(couple, proposed(couple, {"credentials": [passkey(couple)]}))

    assert facts.facts_of(couple.prepared, handle, facts.OWN, couple.now) is None


def test_clients_are_told_to_look(couple: Couple) -> None:
    """The sub stays the account's, and whoever knew it hears that two people were behind it."""
    client = next(iter(couple.sectors))
    sub = couple.sub(couple.stays, client)
    couple.agree(couple.stays, client, "profile")
    approve(couple, proposed(couple, {"credentials": [passkey(couple)]}))
    with couple.database.reading() as db:
        (message,) = db.query(Message).filter(Message.topic == security_events.TOPIC)
        payload = open_payload(db, message)

    assert (sub, {"reason": "split"}) == (payload["sub"], payload["said"])


def test_both_accounts_need_a_way_in(couple: Couple) -> None:
    """Nothing chosen, or everything: one of the two could get in nowhere."""
    with couple.database.reading() as db:
        every = [str(one.id) for one in credentials.living(db, couple.stays)]
    everything = {"credentials": every, "persons": ["phone"]}

    assert refused(Why.NOTHING_CHOSEN, proposed, couple, {})
    assert refused(Why.NOTHING_CHOSEN, proposed, couple, everything)


def test_nobody_gets_what_is_not_behind_the_account(couple: Couple) -> None:
    """Another person's passkey cannot be chosen, nor a table that is none of this."""
    couple.credential(couple.goes, "passkey")
    (other,) = couple.may(couple.goes)["ways"]

    assert refused(Why.NOT_THEIRS, proposed, couple, {"credentials": [str(other)]})
    assert refused(Why.NOT_THEIRS, proposed, couple, {"mandates": [str(other)]})


def test_four_eyes_and_once(couple: Couple) -> None:
    """The first operator does not approve, and what is decided stays decided."""
    case = proposed(couple, {"credentials": [passkey(couple)]})
    alone = refused(Why.SAME_OPERATOR, approve, couple, case, 0)
    done = approve(couple, case).status

    assert (True, SplitStatus.SPLIT) == (alone, done)
    assert refused(Why.SETTLED, approve, couple, case)
