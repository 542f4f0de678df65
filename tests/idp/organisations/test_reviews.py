"""What no registry can say: a paper, its grade, and members of staff who decide."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.mandates import reviewing
from idp.organisations import reviews
from idp.organisations.models import (
    OrganisationApplication,
    OrganisationReview,
    ReviewKind,
    ReviewStatus,
    Standing,
)
from idp.organisations.reviews import MOST_BYTES, Decider, Decision, ReviewRefused, Why
from idp.persons.models import Person, Realm
from idp.storage.base import new_id
from tests.idp.organisations import registries
from tests.idp.organisations.desk import Desk

PDF = b"%PDF-1.7 a certificate"
YES = Decision(approve=True, reason="certificate checked", grade="A")
NO = Decision(approve=False, reason="another organisation's certificate")


def staff(desk: Desk) -> Decider:
    """A member of staff."""
    with desk.database.writing() as db:
        person = Person(realm=Realm.STAFF, created_at=desk.now)
        db.add(person)
        return Decider(person.id)


def hand_in(
    desk: Desk, kind: ReviewKind = ReviewKind.REPRESENTATIVE, person: int = 1, level: int = 4
) -> UUID:
    """Register where no registry is online, and hand in the certificate."""
    desk.registry.offline.add(registries.code())
    founded = desk.register(person, level=level)
    with desk.database.writing() as db:
        application = db.get_one(OrganisationApplication, founded.application_id)
        return reviewing.hand_in(db, desk.vault, application, kind, reviews.paper(PDF), desk.now).id


def decide(desk: Desk, review_id: UUID, decider: Decider, decision: Decision = YES) -> str:
    with desk.database.writing() as db:
        return reviewing.decide(db, review_id, decider, decision, desk.now).status


def test_two_make_a_representative(either_desk: Desk) -> None:
    """One yes is a proposal; the second makes the organisation and its representative."""
    desk = either_desk
    review_id = hand_in(desk)
    first = decide(desk, review_id, staff(desk))
    nothing = desk.organisation()
    second = decide(desk, review_id, staff(desk))
    organisation = desk.organisation()
    assert organisation is not None

    assert (ReviewStatus.PROPOSED, None) == (first, nothing)
    assert (ReviewStatus.APPROVED, Standing.ACTIVE, desk.people[1]) == (
        second,
        organisation.standing,
        organisation.representative_id,
    )
    assert ["organisation.registered"] == desk.told(1)


def test_one_is_enough_for_an_organisation_that_nobody_represents_by_it(desk: Desk) -> None:
    """It is here then, and waits for its representative."""
    decide(desk, hand_in(desk, ReviewKind.REGISTER, level=3), staff(desk))
    organisation = desk.organisation()
    assert organisation is not None

    assert (Standing.WAITING, None) == (organisation.standing, organisation.representative_id)
    assert ["organisation.waits"] == desk.told(1)


def test_one_no_is_a_no(desk: Desk) -> None:
    """Whatever another said before."""
    review_id = hand_in(desk)
    decide(desk, review_id, staff(desk))
    status = decide(desk, review_id, staff(desk), NO)

    assert (ReviewStatus.REFUSED, None) == (status, desk.organisation())
    assert ["organisation.refused"] == desk.told(1)


def refusal(desk: Desk, review_id: UUID, decider: Decider, decision: Decision = YES) -> Why:
    with pytest.raises(ReviewRefused) as refused:
        decide(desk, review_id, decider, decision)
    return refused.value.reason


def test_one_operator_does_not_decide_twice(desk: Desk) -> None:
    """Four eyes are two people's."""
    review_id, operator = hand_in(desk), staff(desk)
    decide(desk, review_id, operator)

    assert Why.SAME_DECIDER is refusal(desk, review_id, operator)


def test_nobody_decides_about_themselves(desk: Desk) -> None:
    """Nor as the member of staff that they are known to be as well."""
    review_id = hand_in(desk)
    also = Decider(staff(desk).person_id, frozenset({desk.people[1]}))

    assert [Why.ONESELF] * 2 == [
        refusal(desk, review_id, Decider(desk.people[1])),
        refusal(desk, review_id, also),
    ]


@pytest.mark.parametrize("grade", ["C", "D", None, "E"])
def test_a_poor_paper_proves_nothing(desk: Desk, grade: str | None) -> None:
    """A yes needs grade A or B, or the original on the counter."""
    decision = Decision(approve=True, reason="looks right", grade=grade)

    assert Why.GRADE is refusal(desk, hand_in(desk), staff(desk), decision)


def test_the_original_on_the_counter_is_enough(desk: Desk) -> None:
    """What a copy of grade C does not prove, the paper itself does."""
    decision = Decision(approve=True, reason="seen", grade="C", original=True)

    assert ReviewStatus.PROPOSED == decide(desk, hand_in(desk), staff(desk), decision)


def test_a_decision_has_a_reason(desk: Desk) -> None:
    """Whoever looks later must understand it."""
    decision = Decision(approve=False, reason=" ")

    assert Why.REASON is refusal(desk, hand_in(desk), staff(desk), decision)


def test_what_is_decided_is_decided(desk: Desk) -> None:
    """The third finds it decided."""
    review_id = hand_in(desk)
    decide(desk, review_id, staff(desk), NO)

    assert Why.ALREADY is refusal(desk, review_id, staff(desk))


def test_below_level_4_nobody_asks_to_represent(desk: Desk) -> None:
    """Never less, by paper neither."""
    with pytest.raises(ReviewRefused) as refused:
        hand_in(desk, level=3)

    assert Why.LEVEL is refused.value.reason


def test_whose_level_fell_meanwhile_is_not_approved(desk: Desk) -> None:
    """The level counts at the moment of the decision."""
    review_id = hand_in(desk)
    decide(desk, review_id, staff(desk))
    desk.pass_time(timedelta(days=366))

    assert Why.LEVEL is refusal(desk, review_id, staff(desk))


def test_a_paper_is_what_its_first_bytes_say(desk: Desk) -> None:
    """Not what it is called; and it is neither empty nor large."""
    faults = []
    for content in (b"", b"<html>", b"PK\x03\x04", PDF + b"x" * MOST_BYTES):
        with pytest.raises(ReviewRefused) as refused:
            reviews.paper(content)
        faults.append(refused.value.reason)

    assert [Why.EMPTY, Why.MEDIA_TYPE, Why.MEDIA_TYPE, Why.TOO_LARGE] == faults
    assert "image/jpeg" == reviews.paper(b"\xff\xd8\xff\xe0 picture").media_type


def test_a_paper_is_sealed_and_looking_at_it_is_recorded(desk: Desk) -> None:
    """At rest nobody reads it; in the trail stands who did."""
    review_id = hand_in(desk)
    with desk.database.writing() as db:
        review = db.get_one(OrganisationReview, review_id)
        sealed, content = review.file_sealed, reviews.content_of(db, desk.vault, review)
    with desk.database.reading() as db:
        query = select(AuditEvent.details).where(AuditEvent.topic == "organisation.reviewed")
        outcomes = [details["outcome"] for details in db.scalars(query.order_by(AuditEvent.id))]

    assert PDF == content
    assert sealed is not None
    assert PDF not in sealed
    assert {"opened", "viewed"} == set(outcomes)


def test_a_better_paper_takes_the_place_of_the_first(desk: Desk) -> None:
    """While nobody has decided; one question stays one question."""
    first, again = hand_in(desk), hand_in(desk)
    decide(desk, first, staff(desk))
    with pytest.raises(ReviewRefused) as refused:
        hand_in(desk)

    assert first == again
    assert Why.ALREADY is refused.value.reason


def test_papers_that_led_to_nothing_are_forgotten(desk: Desk) -> None:
    """After ninety days; the digest stays, so that the same paper can be recognised."""
    review_id = hand_in(desk)
    decide(desk, review_id, staff(desk), NO)
    desk.pass_time(timedelta(days=91))
    with desk.database.writing() as db:
        erased = reviews.erase(db, desk.now)
        review = db.get_one(OrganisationReview, review_id)

    assert (1, None, 64) == (erased, review.file_sealed, len(review.file_sha256 or ""))


def test_operators_see_their_own_divisions(desk: Desk) -> None:
    """A clerk of another county sees nothing; none at all is nothing, not everything."""
    hand_in(desk)
    with desk.database.reading() as db:
        seen = [len(reviews.undecided(db, divisions)) for divisions in (["21"], ["2201"], [], None)]

    assert [1, 0, 0, 1] == seen


def test_ten_at_once_are_two_signatures(either_desk: Desk) -> None:
    """However many press the button: two sign, eight find it decided."""
    desk = either_desk
    review_id, deciders = hand_in(desk), [staff(desk) for _ in range(10)]

    def press(decider: Decider) -> str:
        try:
            return decide(desk, review_id, decider)
        except ReviewRefused as refused:
            return refused.reason

    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(pool.map(press, deciders))

    assert sorted(["approved", "proposed", *["already"] * 8]) == outcomes


def test_an_unknown_review_is_nothing(desk: Desk) -> None:
    """Guessed ids tell nothing."""
    assert Why.GONE is refusal(desk, new_id(), staff(desk))
