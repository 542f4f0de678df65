"""Documents in the wrong hands go back to their owner: four eyes, at once, and undone if both erred."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from idp import clock
from idp.account import returning
from idp.account.returning import Done
from idp.audit.models import AuditEvent
from idp.authenticators.models import Credential
from idp.outbox.models import Message
from idp.persons.enrolment import Taken
from idp.sessions import lifecycle
from idp.windows import operators
from idp.windows.cases import APPROVABLE, UNDOABLE, Fault, NotPossible
from idp.windows.models import WindowCase
from tests.idp.account.stage import PASSWORD, Browser, Stage, newcomer
from tests.idp.windows.counter import Counter, account_code, claiming, set_up, told
from tests.idp.windows.test_visits import at_once, use_slip

WHY = "持有人称从未注册，账号由他人冒用"


def wronged(counter: Counter, index: int) -> Browser:
    """Somebody has registered with a document that is not theirs."""
    return counter.stage.browser().register(newcomer(index))


def opened(counter: Counter, index: int, account: str = "") -> UUID:
    """The owner comes to the window; the first operator opens a case."""
    answer = counter.visit(newcomer(index), purpose="case", reason=WHY, account=account)
    assert 200 == answer.status_code, told(answer)
    return UUID(told(answer)["case"])


def approve(counter: Counter, case: UUID, place: int = 1) -> Done:
    with counter.stage.services.database.writing() as db:
        operator = operators.find(db, counter.numbers[place])
        return returning.approve(db, counter.stage.services.vault, case, operator, clock.now())


def undo(counter: Counter, case: UUID, place: int = 2) -> Done:
    with counter.stage.services.database.writing() as db:
        operator = operators.find(db, counter.numbers[place])
        return returning.undo(db, counter.stage.services.vault, case, operator, clock.now())


def refused(act: object, *args: object) -> Fault:
    with pytest.raises(NotPossible) as refusal:
        act(*args)  # type: ignore[operator]  # one of the two above
    return refusal.value.fault


def test_nothing_moves_before_the_second_operator(counter: Counter) -> None:
    """An open case is a claim, and nobody is told of it who could be warned."""
    wronged(counter, 1)
    opened(counter, 1)

    assert 3 == counter.stage.level(newcomer(1).phone)


def test_nobody_approves_their_own_case(counter: Counter) -> None:
    """Four eyes."""
    wronged(counter, 2)

    assert Fault.OWN is refused(approve, counter, opened(counter, 2), 0)


def test_the_document_goes_to_its_owner_at_once(counter: Counter) -> None:
    """No hold: the owner gets an account at level 5, and the slip that opens it works now."""
    wronged(counter, 3)
    done = approve(counter, opened(counter, 3))
    page = use_slip(counter.stage, done.slip)

    assert "新密码已生效" in page
    assert 5 == counter.stage.level(newcomer(3).number)
    assert counter.stage.level(newcomer(3).phone) < 3


def test_the_wrong_holder_is_out_everywhere(counter: Counter) -> None:
    """Sessions and ways of signing in end with the approval."""
    browser = wronged(counter, 4)
    done = approve(counter, opened(counter, 4))
    with counter.stage.services.database.reading() as db:
        left = lifecycle.live(db, done.holder_id, clock.now())

    assert [] == left
    assert "/sign-in" in browser.get("/account").path
    assert "/account" != browser.sign_in(newcomer(4).phone, PASSWORD).path


def test_both_are_told(counter: Counter) -> None:
    """The wrong holder may object, the owner knows."""
    own_phone = counter.stage.spare_phone()
    owner = counter.stage.browser().register(newcomer(5), phone=own_phone)
    wronged(counter, 5)
    approve(counter, opened(counter, 5, account_code(owner)))
    counter.stage.work()

    assert "归还其持有人" in counter.stage.messages(newcomer(5).phone)[0]["text"]
    assert "归还到您的账号" in counter.stage.messages(own_phone)[0]["text"]
    assert 5 == counter.stage.level(own_phone)


def test_a_document_does_not_return_to_a_strangers_account(counter: Counter) -> None:
    """Neither when the case is opened, nor when the account became another's before it is approved."""
    stage = counter.stage
    wronged(counter, 6)
    stranger = stage.browser().register(newcomer(8))
    answer = counter.visit(newcomer(6), purpose="case", reason=WHY, account=account_code(stranger))
    case, other = opened(counter, 6), stage.person(newcomer(8).number)
    assert other is not None
    with stage.services.database.writing() as db:
        db.execute(update(WindowCase).where(WindowCase.id == case).values(owner_id=other.id))

    assert (409, Fault.DIFFERS) == (answer.status_code, told(answer)["code"])
    assert Fault.DIFFERS is refused(approve, counter, case)
    assert 3 == stage.level(newcomer(6).phone)


def test_a_reason_is_needed(counter: Counter) -> None:
    """Whoever looks at the case later must understand it."""
    wronged(counter, 7)
    answer = counter.visit(newcomer(7), purpose="case", reason=" ")

    assert (409, Fault.REASON) == (answer.status_code, told(answer)["code"])


def test_a_document_nobody_holds_has_no_case(counter: Counter) -> None:
    """An ordinary proof is enough."""
    answer = counter.visit(newcomer(19), purpose="case", reason=WHY)

    assert Fault.NOT_HELD == told(answer)["code"]


def test_one_case_at_a_time(counter: Counter) -> None:
    """A second one would let two operators approve each other's."""
    wronged(counter, 9)
    opened(counter, 9)
    answer = counter.visit(newcomer(9), counter.numbers[1], purpose="case", reason=WHY)

    assert Fault.OPEN_ALREADY == told(answer)["code"]


def test_a_case_is_approved_once(counter: Counter) -> None:
    """The second press finds it settled."""
    wronged(counter, 10)
    case = opened(counter, 10)
    approve(counter, case)

    assert Fault.NOT_OPEN is refused(approve, counter, case, 2)


def test_an_old_case_waits_no_longer(counter: Counter) -> None:
    """What nobody looked at for days is opened anew, with the owner there."""
    wronged(counter, 11)
    case = opened(counter, 11)
    with counter.stage.services.database.writing() as db:
        db.execute(update(WindowCase).values(opened_at=clock.now() - APPROVABLE))

    assert Fault.TOO_LATE is refused(approve, counter, case)


def test_a_holder_who_proved_it_since_keeps_it(counter: Counter) -> None:
    """Two people with the same card are for a court, not for two operators."""
    browser = wronged(counter, 12)
    case = opened(counter, 12)
    counter.visit(newcomer(12), account=account_code(browser))

    assert Fault.OVERTAKEN is refused(approve, counter, case)
    assert 5 == counter.stage.level(newcomer(12).phone)


def test_a_hold_that_runs_finds_the_document_gone(counter: Counter) -> None:
    """A displacement announced before the case was approved settles nothing afterwards."""
    claimant = claiming(counter.stage, newcomer(13))
    wronged(counter, 13)
    counter.visit(newcomer(13), account=account_code(claimant))
    approve(counter, opened(counter, 13))
    counter.stage.pass_pauses()
    counter.stage.work()
    owner = counter.stage.person(newcomer(13).number)

    assert owner is not None and "window" == owner.origin


def test_a_third_operator_can_undo_it(counter: Counter) -> None:
    """Everything is as before: document, level, password."""
    stage, persona = counter.stage, newcomer(15)
    wronged(counter, 15)
    case = opened(counter, 15)
    approve(counter, case)
    undo(counter, case)

    assert 3 == stage.level(persona.number)
    assert "/account" == stage.browser().sign_in(persona.phone, PASSWORD).path


def test_neither_of_the_two_undoes_it(counter: Counter) -> None:
    """Whoever erred does not judge that."""
    wronged(counter, 16)
    case = opened(counter, 16)
    approve(counter, case)

    assert [Fault.OWN, Fault.OWN] == [refused(undo, counter, case, place) for place in (0, 1)]


def test_after_a_week_it_stays(counter: Counter) -> None:
    """The undo window ends, and the secrets that were kept for it are erased."""
    wronged(counter, 17)
    case = opened(counter, 17)
    done = approve(counter, case)
    with counter.stage.services.database.writing() as db:
        db.execute(update(WindowCase).where(WindowCase.id == case).values(undo_until=clock.now() - UNDOABLE))
        db.execute(update(Message).where(Message.topic == returning.FINAL).values(due_at=clock.now()))
    counter.stage.work()
    with counter.stage.services.database.reading() as db:
        secrets = db.scalars(select(Credential.secret).where(Credential.person_id == done.holder_id)).all()

    assert Fault.TOO_LATE is refused(undo, counter, case)
    assert {""} == set(secrets)


def test_the_trail_has_both_operators_and_nobodys_number(counter: Counter) -> None:
    """An auditor sees who opened and who approved."""
    wronged(counter, 18)
    case = opened(counter, 18)
    approve(counter, case)
    with counter.stage.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.topic.in_(("case.opened", "case.approved")))
        events = [e for e in db.scalars(query) if e.details["case"] == str(case)]

    assert set(counter.numbers[:2]) == {event.details["operator"] for event in events}
    assert newcomer(18).number not in str([event.details for event in events])


def test_two_approvals_at_once_move_it_once(either_stage: Stage) -> None:
    """The database decides between the second and the third operator."""
    counter = set_up(either_stage)
    wronged(counter, 19)
    case = opened(counter, 19)

    def outcome(place: int) -> str:
        try:
            approve(counter, case, place)
        except NotPossible as refusal:
            return refusal.fault
        return "approved"

    assert ["approved", "not_open"] == sorted(at_once(lambda: outcome(1), lambda: outcome(2)))


def test_displacement_and_approval_at_once_leave_one_holder(either_stage: Stage) -> None:
    """Whichever comes first, the document has exactly one verified holder."""
    counter = set_up(either_stage)
    claimant = claiming(either_stage, newcomer(3))
    wronged(counter, 3)
    counter.visit(newcomer(3), account=account_code(claimant))
    case = opened(counter, 3)
    either_stage.pass_pauses()

    def settled() -> str:
        try:
            approve(counter, case)
        except (NotPossible, Taken):
            return "overtaken"
        return "approved"

    def worked() -> str:
        either_stage.work()
        return "worked"

    outcomes = at_once(settled, worked)

    assert "worked" in outcomes
    assert 5 == either_stage.level(newcomer(3).number)
