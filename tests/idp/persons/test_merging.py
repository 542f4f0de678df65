"""Two accounts of one person become one: by two operators, announced, objected to or not, and back again."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from idp.account import merging as accounts
from idp.authenticators import base, credentials
from idp.authenticators.base import Denied
from idp.consents import rules as consents
from idp.interaction import facts
from idp.notices.models import Notice
from idp.oauth import security_events, subjects, successors
from idp.oauth.models import SubjectAlias
from idp.organisations.reviews import Decider
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.persons import lifecycle as persons
from idp.persons import lookup, merging
from idp.persons.merge_rules import MergeRefused, Why
from idp.persons.models import Guardianship, Merge, MergeStatus, Person, PersonStatus
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from tests.idp.mandates.office import Office
from tests.idp.persons import people
from tests.idp.persons.couple import GOES, REASON, Couple, agreed, couple_of, grant


@pytest.fixture
def couple(either_database: Database) -> Iterator[Couple]:
    """Somebody's two accounts, on each kind of database."""
    url = either_database.url
    if either_database.dialect == "postgresql":
        url = url.set(drivername="postgresql")
    prepared = Prepared(url.render_as_string(hide_password=False))
    yield couple_of(Office(either_database, prepared))
    prepared.close()


def refused(why: Why, act: Callable[..., object], *given: object) -> bool:
    with pytest.raises(MergeRefused) as caught:
        act(*given)
    return caught.value.reason == why


def test_nothing_happens_before_the_cooling_off_is_over(couple: Couple) -> None:
    """Proposed and approved, both accounts go on; afterwards one of them is in the other."""
    case = couple.propose()
    couple.approve(case)
    couple.wait(merging.COOLING - timedelta(seconds=1))
    couple.go_round()
    before = couple.person(couple.goes).status
    couple.wait(timedelta(seconds=1))
    couple.go_round()

    assert (PersonStatus.ACTIVE, PersonStatus.MERGED) == (before, couple.person(couple.goes).status)


def test_both_owners_are_told(couple: Couple) -> None:
    """Each account hears of it when a second operator has agreed, and none before."""
    case = couple.propose()
    with couple.database.reading() as db:
        before = db.query(Notice).filter(Notice.topic == "merge.announced").count()
    couple.approve(case)
    with couple.database.reading() as db:
        told = {one.person_id for one in db.query(Notice).filter(Notice.topic == "merge.announced")}

    assert (0, {couple.stays, couple.goes}) == (before, told)


def test_either_owner_may_object(couple: Couple) -> None:
    """One word of the owner of either account ends it, and nobody else's does."""
    case, stranger = couple.propose(), couple.office.person(1)
    couple.approve(case)
    with couple.database.writing() as db:
        assert refused(Why.NOT_YOURS, merging.object_to, db, case, stranger, couple.now)
        merging.object_to(db, case, couple.goes, couple.now)
    couple.wait(merging.COOLING)
    couple.go_round()

    assert MergeStatus.OBJECTED == couple.status(case)
    assert PersonStatus.ACTIVE == couple.person(couple.goes).status


def test_one_operator_twice_is_refused(couple: Couple) -> None:
    """Four eyes are two people's."""
    case = couple.propose(by=0)

    assert refused(Why.SAME_OPERATOR, couple.approve, case, 0)


def test_nobody_joins_accounts_of_their_own(couple: Couple) -> None:
    """A civil servant with the name or the phone of an account's owner leaves it to another."""
    phone, third = couple.phone(couple.goes), couple.office.person(3)
    with couple.database.writing() as db:
        db.get_one(Person, couple.operators[0].person_id).name = people.claim().name
        db.get_one(Person, couple.operators[1].person_id).phone = phone
        known = Decider(third, frozenset({couple.goes}))
    couple.operators.append(known)

    assert [True] * 3 == [refused(Why.ONESELF, couple.propose, by) for by in (0, 1, 2)]


def test_of_two_operators_at_once_one_decides(couple: Couple) -> None:
    """One approves while the other refuses: the case becomes one thing, and the slower one is told."""
    case, start = couple.propose(), threading.Barrier(2)
    outcomes: list[str] = []

    def decide(rule: Callable[..., Merge], by: int) -> None:
        start.wait(60)
        try:
            with couple.database.writing() as db:
                outcomes.append(rule(db, case, couple.operators[by], REASON, couple.now).status)
        except MergeRefused as slower:
            outcomes.append(slower.reason)

    racers = [
        threading.Thread(target=decide, args=args) for args in ((merging.approve, 1), (merging.refuse, 1))
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(20)

    final = couple.status(case)
    assert final in {MergeStatus.APPROVED, MergeStatus.REFUSED}
    assert sorted(outcomes) in (
        sorted([final, Why.SETTLED]),
        [MergeStatus.APPROVED, MergeStatus.REFUSED],  # refused after it was approved, which may be
    )


def test_of_two_operators_who_propose_at_once_one_does(couple: Couple) -> None:
    """Both see the two accounts at the same moment: one case comes of it, and the slower one is told."""
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def propose(by: int) -> None:
        start.wait(60)
        try:
            outcomes.append(couple.propose(by))
        except MergeRefused as slower:
            outcomes.append(slower.reason)

    racers = [threading.Thread(target=propose, args=(by,)) for by in (0, 1)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(20)

    assert 1 == outcomes.count(Why.BUSY)
    assert 2 == len(outcomes)


def test_the_worker_twice_at_once_joins_once(couple: Couple) -> None:
    """Two workers come by at the same moment: the rows move once, and one of them finds it done."""
    case = couple.propose()
    couple.approve(case)
    couple.wait(merging.COOLING)
    start = threading.Barrier(2)
    done: list[bool] = []

    def work() -> None:
        start.wait(60)
        with couple.database.writing() as db:
            done.append(accounts.carry_out(db, couple.vault, couple.clients, case, couple.now))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    assert [False, True] == sorted(done)


def test_everything_of_the_other_account_is_the_survivors(couple: Couple) -> None:
    """Ways in, documents, mandates and consents move; of one of a kind the survivor keeps its own."""
    couple.credential(couple.goes, "passkey")
    couple.credential(couple.goes, "password")
    couple.credential(couple.stays, "password")
    mandate = grant(couple, GOES, 1)
    utility = list(couple.sectors)[1]
    couple.agree(couple.goes, utility, "profile")
    own = couple.may(couple.stays)
    couple.merged()
    joined = couple.may(couple.stays)

    assert 1 == len(joined["ways"] - own["ways"])
    assert 2 == len(joined["documents"])
    assert mandate in {one for one, _ in joined["mandates"]}
    assert {(utility, frozenset({"profile"}))} == joined["consents"]


def test_nobody_is_in_either_account_afterwards(couple: Couple) -> None:
    """Sessions end with the merge, and one begun in the very moment leads nowhere."""
    handles = [_signed_in(couple, person_id) for person_id in (couple.stays, couple.goes)]
    couple.merged()
    late = _signed_in(couple, couple.goes)
    seen = [facts.facts_of(couple.prepared, one, facts.OWN, couple.now) for one in (*handles, late)]

    assert [None, None, None] == seen


def test_nobody_gets_into_a_joined_account(couple: Couple) -> None:
    """Whoever proves themselves to it is not let in."""
    couple.merged()
    with couple.database.writing() as db:
        merged = db.get_one(Person, couple.goes)
        outcome = base.let_in(db, merged, frozenset({"sms"}), couple.now)

    assert Denied("person_merged") == outcome


def test_who_was_in_meanwhile_is_out_after_an_undo(couple: Couple) -> None:
    """A session of the joined account, or one begun in the moment of joining, does not outlive the undo."""
    case = couple.merged()
    handles = [_signed_in(couple, person_id) for person_id in (couple.stays, couple.goes)]
    couple.undo(case)
    seen = [facts.facts_of(couple.prepared, one, facts.OWN, couple.now) for one in handles]

    assert [None, None] == seen


def test_a_client_that_knew_one_account_keeps_its_sub(couple: Couple) -> None:
    """Where the survivor was unknown, the sector goes on with the sub it has."""
    government, utility = couple.sectors
    kept, own = couple.sub(couple.goes, government), couple.sub(couple.stays, utility)
    couple.merged()

    assert [kept, own] == [couple.sub(couple.stays, government), couple.sub(couple.stays, utility)]


def test_a_client_that_knew_both_is_told_which_is_which(couple: Couple) -> None:
    """The other's sub becomes an alias, and whoever knew it hears of it; on the way back as well."""
    client = next(iter(couple.sectors))
    mine, old = couple.sub(couple.stays, client), couple.sub(couple.goes, client)
    couple.agree(couple.goes, client, "profile")
    case = couple.merged()
    with couple.database.reading() as db:
        now_known_as = successors.now_known_as(db, old)
    couple.undo(case)

    assert mine == now_known_as
    assert [{"reason": "merged", "new_sub": mine}, {"reason": "restored", "was": mine}] == _told(couple, old)


def test_a_client_that_knew_only_the_survivor_hears_nothing(couple: Couple) -> None:
    """A sub that a client never saw is not shown to it by the news that it is over."""
    client = next(iter(couple.sectors))
    old = couple.sub(couple.goes, client)
    couple.sub(couple.stays, client)
    couple.agree(couple.stays, client, "profile")
    couple.undo(couple.merged())

    assert [] == _told(couple, old)


def test_what_clients_can_ask_for_is_kept_for_its_time(couple: Couple) -> None:
    """Then it is forgotten."""
    client = next(iter(couple.sectors))
    couple.sub(couple.stays, client), couple.sub(couple.goes, client)
    couple.agree(couple.goes, client, "profile")
    couple.merged()
    kept = timedelta(days=400)
    early = successors.purge(couple.database, kept, couple.now + kept - timedelta(hours=1))
    late = successors.purge(couple.database, kept, couple.now + kept + timedelta(hours=1))

    assert (0, 1) == (early, late)


def test_aliases_lead_to_the_last_survivor(couple: Couple) -> None:
    """An account that was joined into one that is joined itself later is still found."""
    client = next(iter(couple.sectors))
    first = couple.sub(couple.goes, client)
    second = couple.sub(couple.stays, client)
    couple.merged()
    couple.wait(merging.UNDO)
    couple.go_round()
    third = couple_of(couple.office)
    last = subjects.ensure(couple.prepared, couple.sectors[client], third.stays, couple.now)
    with couple.database.writing() as db:
        case = db.query(Merge).limit(1).one()
        db.add(SubjectAlias(sub=second, successor=last, merge_id=case.id, since=couple.now))
        db.flush()

        assert last == successors.now_known_as(db, first)


def test_after_the_window_nothing_is_left_to_undo(couple: Couple) -> None:
    """The manifest is gone, and with it what told who the joined account was."""
    case = couple.merged()
    phone = couple.phone(couple.goes)
    couple.wait(merging.UNDO)
    couple.go_round()
    with couple.database.reading() as db:
        gone = db.get_one(Person, couple.goes)
        assert phone is not None
        left = (
            gone.name,
            gone.phone,
            db.get_one(Merge, case).manifest,
            lookup.by_phone(db, couple.vault, phone),
        )

    assert MergeStatus.FINAL == couple.status(case)
    assert (None, None, None, None) == left
    assert refused(Why.SETTLED, couple.undo, case)


def test_two_citizen_numbers_are_two_people(couple: Couple) -> None:
    """A number is for life: accounts that each have another one are never one person's."""
    other = couple.office.person(5)
    with couple.database.writing() as db:
        assert refused(Why.TWO_NUMBERS, _propose, db, couple, couple.stays, other)


def test_what_else_makes_it_impossible(couple: Couple) -> None:
    """A frozen account, one whose phone was just changed, a guardian with their ward, a second case."""
    with couple.database.writing() as db:
        other = db.get_one(Person, couple.goes)
        other.status = PersonStatus.FROZEN
        db.flush()
        frozen = refused(Why.NOT_ACTIVE, _propose, db, couple, couple.stays, couple.goes)
        other.status, other.held_until = PersonStatus.ACTIVE, couple.now + timedelta(hours=1)
        db.flush()
        held = refused(Why.ON_HOLD, _propose, db, couple, couple.stays, couple.goes)
        other.held_until = None
        db.add(_ward(couple, couple.stays, couple.goes))
        db.flush()
        guarded = refused(Why.GUARDIAN_AND_WARD, _propose, db, couple, couple.stays, couple.goes)
        db.query(Guardianship).delete()
    couple.propose()
    with couple.database.writing() as db:
        busy = refused(Why.BUSY, _propose, db, couple, couple.goes, couple.stays)

    assert (True, True, True, True) == (frozen, held, guarded, busy)


def test_what_became_impossible_lapses(couple: Couple) -> None:
    """The account was frozen during the cooling-off: when the time comes, nothing moves."""
    case = couple.propose()
    couple.approve(case)
    with couple.database.writing() as db:
        db.get_one(Person, couple.goes).status = PersonStatus.FROZEN
    couple.wait(merging.COOLING)
    couple.go_round()

    assert MergeStatus.LAPSED == couple.status(case)


def test_a_suggestion_waits_for_an_operator(couple: Couple) -> None:
    """What a machine noticed is one case however often it is noticed, and needs both operators."""
    with couple.database.writing() as db:
        found = [
            merging.propose(db, couple.goes, couple.stays, "", couple.now, origin="federation").id
            for _ in range(2)
        ]
    unready = refused(Why.SETTLED, couple.approve, found[0])
    adopted = couple.propose()
    couple.approve(adopted)

    assert (True, found[0], found[1]) == (unready, adopted, found[0])


def test_what_the_owner_ended_meanwhile_stays_ended(couple: Couple) -> None:
    """A consent withdrawn and a passkey removed while it was one account do not come back."""
    client = next(iter(couple.sectors))
    couple.agree(couple.goes, client, "profile")
    couple.credential(couple.goes, "passkey")
    case = couple.merged()
    with couple.database.writing() as db:
        consents.withdraw(db, couple.stays, client, couple.now)
        for one in credentials.living(db, couple.stays, "passkey"):
            credentials.end(db, one, "removed", couple.now)
    couple.undo(case)

    assert [] == agreed(couple, couple.goes, client)
    assert frozenset() == couple.may(couple.goes)["ways"]


def test_what_was_agreed_to_meanwhile_is_asked_again(couple: Couple) -> None:
    """A yes of the joined account covered what two people had agreed to: it counts for neither."""
    client = next(iter(couple.sectors))
    couple.agree(couple.goes, client, "phone")
    case = couple.merged()
    couple.wait(timedelta(hours=1))
    couple.agree(couple.stays, client, "profile")
    couple.undo(case)

    assert ([], []) == (agreed(couple, couple.stays, client), agreed(couple, couple.goes, client))


def test_a_thawed_account_does_not_come_of_a_frozen_one(couple: Couple) -> None:
    """The phone was lost while it was one account: after the undo both are frozen."""
    case = couple.merged()
    with couple.database.writing() as db:
        persons.freeze(db, db.get_one(Person, couple.stays), "lost", couple.now)
    couple.undo(case)

    assert PersonStatus.FROZEN == couple.person(couple.goes).status


def _propose(db: object, couple: Couple, one: UUID, other: UUID) -> Merge:
    return merging.propose(db, one, other, REASON, couple.now, proposer=couple.operators[0])  # type: ignore[arg-type]


def _signed_in(couple: Couple, person_id: UUID) -> str:
    achieved = Achievement(person_id, frozenset({"sms"}), couple.now)
    with couple.database.writing() as db:
        return lifecycle.begin(db, achieved, absolute=timedelta(hours=1))[1]


def _told(couple: Couple, sub: str) -> list[object]:
    with couple.database.reading() as db:
        found = db.query(Message).filter(Message.topic == security_events.TOPIC).order_by(Message.id)
        payloads = [open_payload(db, message) for message in found]
    return [one["said"] for one in payloads if one["sub"] == sub]


def _ward(couple: Couple, guardian: UUID, ward: UUID) -> Guardianship:
    return Guardianship(
        guardian_id=guardian,
        ward_id=ward,
        digest=b"0" * 32,
        relation="51",
        last_year=2030,
        created_at=couple.now,
        agreed_at=couple.now,
    )
