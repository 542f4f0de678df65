"""Operators without a key of their own stand by readings, and are second eyes, at `/staff/window`."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select, update

from idp import clock
from idp.audit.models import AuditEvent
from idp.authenticators import passkey
from idp.authenticators.ceremonies import New
from idp.clients import onboarding
from idp.crypto import jose
from idp.departments import tree
from idp.departments.models import Department
from idp.departments.tree import Unit
from idp.persons import lifecycle as persons
from idp.persons.models import Person, Staff
from idp.windows import cases, operators, waiting
from idp.windows.cases import Fault, NotPossible
from idp.windows.models import WindowCase, WindowOperator, WindowVisit
from tests.device import Device, encoded
from tests.idp.account.stage import Stage, newcomer, staged
from tests.idp.windows.clerks import WINDOW, Clerk, clerk
from tests.idp.windows.counter import Counter, account_code, set_up, told
from tests.idp.windows.test_cases import WHY
from tests.idp.windows.test_visits import at_once, use_slip
from tests.waiting import eventually

UNITS = (
    Unit("210000", "示范省", "", "province", ""),
    Unit("210100", "示范市", "", "city", "210000"),
    Unit("210102", "和平县", "", "county", "210100"),
    Unit("210103", "沈河县", "", "county", "210100"),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A provider with a host name, for passkeys, and a few departments."""
    with staged(tmp_path_factory.mktemp("home"), issuer="http://localhost") as stage:
        with stage.services.database.writing() as db:
            for unit in UNITS:
                tree.add(db, unit, clock.now())
        yield stage


def department(stage: Stage, code: str = "210102") -> Department:
    with stage.services.database.reading() as db:
        found = tree.find(db, code)
        assert found is not None
        db.expunge(found)
        return found


@pytest.fixture
def counter(stage: Stage) -> Counter:
    """A window of the county's."""
    return set_up(stage, department(stage))


@pytest.fixture
def anna(stage: Stage) -> Clerk:
    """Somebody who witnesses there."""
    return clerk(stage, department(stage))


@pytest.fixture
def ben(stage: Stage) -> Clerk:
    """And somebody else."""
    return clerk(stage, department(stage))


def trail(stage: Stage, topic: str) -> AuditEvent:
    """The last event of a topic."""
    with stage.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.topic == topic).order_by(AuditEvent.id.desc())
        found = db.scalars(query.limit(1)).one()
        db.expunge(found)
        return found


def opened(counter: Counter, anna: Clerk, index: int) -> str:
    """Somebody registered with a document that is not theirs, and its owner came; gives the case's id."""
    counter.stage.browser().register(newcomer(index))
    counter.read(newcomer(index), anna.number, purpose="case", reason=WHY)
    (page,) = anna.waiting()
    assert "等待第二人复核" in anna.answer(page, "witness")
    return page


def test_a_reading_waits_for_the_operator_it_names(counter: Counter, anna: Clerk) -> None:
    """The device is told so; the page shows the name, and of the number what is needed to compare."""
    answer = counter.read(newcomer(1), anna.number)
    (page,) = anna.waiting()
    seen = anna.browser.get(page).text

    assert (202, "waiting") == (answer.status_code, told(answer)["outcome"])
    assert newcomer(1).name in seen
    assert told(answer)["request_id"][:12] in seen
    assert newcomer(1).number not in seen
    assert newcomer(1).number[-2:] in seen


def test_standing_by_it_raises_the_account(counter: Counter, anna: Clerk) -> None:
    """Device, operator and the person agree: level 5; the trail has the factor and the session."""
    browser = counter.stage.browser().register(newcomer(2))
    answer = counter.read(newcomer(2), anna.number, account=account_code(browser))
    (page,) = anna.waiting()
    said = anna.answer(page, "witness")
    event = trail(counter.stage, "window.witnessed")

    assert "升为五级" in said
    assert 5 == counter.stage.level(newcomer(2).phone)
    assert (anna.number, "otp", told(answer)["request_id"], f"operator:{anna.number}") == (
        event.details["operator"],
        event.details["by"],
        event.details["request_id"],
        event.actor,
    )
    assert 32 == len(str(event.details["session"]))


@pytest.mark.parametrize("code", ["000000", "12", ""])
def test_nothing_happens_without_the_factor(counter: Counter, anna: Clerk, code: str) -> None:
    """Whoever finds the page open answers for nothing."""
    counter.stage.browser().register(newcomer(3))
    counter.read(newcomer(3), anna.number)
    (page,) = anna.waiting()
    said = anna.browser.get(f"{page}/witness").fill(code=code).text

    assert "动态码不对" in said
    assert [page] == anna.waiting()
    assert 3 == counter.stage.level(newcomer(3).phone)


def test_a_code_is_good_for_one_answer(counter: Counter, anna: Clerk) -> None:
    """The next one takes the next code."""
    counter.read(newcomer(4), anna.number, purpose="slip")
    counter.read(newcomer(5), anna.number, purpose="slip")
    first, second = anna.waiting()
    code = anna.code()
    anna.answer(first, "refuse", code)

    assert "动态码不对" in anna.answer(second, "refuse", code)


def test_a_passkey_answers_for_the_page_it_was_asked_on(counter: Counter, anna: Clerk) -> None:
    """Its signature covers this reading and this answer, and is none for any other."""
    device = keep_passkey(anna)
    counter.stage.browser().register(newcomer(6))
    counter.read(newcomer(6), anna.number)
    counter.read(newcomer(7), anna.number)
    first, second = anna.waiting()
    anna.browser.get(f"{first}/refuse")
    signed = device.get(asked(anna))
    elsewhere = anna.browser.get(f"{second}/witness").fill(credential=signed).text
    otherwise = anna.browser.get(f"{first}/witness").fill(credential=signed).text
    done = anna.browser.get(f"{first}/refuse").fill(credential=signed).text

    assert "没有见证" in done
    assert all("没有见证" not in text and "请再提交一次" in text for text in (elsewhere, otherwise))
    assert "hwk" == trail(counter.stage, "window.refused").details["by"]


def keep_passkey(clerk: Clerk) -> Device:
    device = Device(user=clerk.person_id.bytes)
    new = New(encoded(device.id), encoded(device.public_key), count=0, synced=False)
    with clerk.stage.services.database.writing() as db:
        passkey.keep(db, clerk.person_id, new, "", clock.now())
    return device


def asked(clerk: Clerk) -> dict[str, object]:
    """What the page's script would hand to the device."""
    found = re.search(r"data-get='([^']*)'", clerk.browser.text)
    assert found is not None
    said: dict[str, object] = json.loads(unescape(found.group(1)))
    return said


def test_not_standing_by_it_changes_nothing_and_is_recorded(counter: Counter, anna: Clerk) -> None:
    """Who refused, which reading, by which proof."""
    browser = counter.stage.browser().register(newcomer(8))
    answer = counter.read(newcomer(8), anna.number, account=account_code(browser))
    (page,) = anna.waiting()
    said = anna.answer(page, "refuse")
    event = trail(counter.stage, "window.refused")

    assert "什么都没有改变" in said
    assert 3 == counter.stage.level(newcomer(8).phone)
    assert [] == anna.waiting()
    assert ("refused_by_operator", anna.number, told(answer)["request_id"], "otp") == tuple(
        event.details[name] for name in ("reason", "operator", "request_id", "by")
    )


def test_it_is_answered_once(counter: Counter, anna: Clerk) -> None:
    """The second press finds nothing, whatever it wanted; and the assertion cannot be sent again."""
    assertion = counter.signed(counter.reading(newcomer(9), anna.number))
    post = counter.stage.app.test_client().post
    sent, again = (post("/api/v1/window/assertions", json={"assertion": assertion}) for _ in range(2))
    (page,) = anna.waiting()
    anna.answer(page, "refuse")
    late = anna.browser.get(f"{page}/witness")
    later = post("/api/v1/window/assertions", json={"assertion": assertion})

    assert (202, 403, 403) == (sent.status_code, again.status_code, later.status_code)
    assert "replayed" == told(again)["code"] == told(later)["code"]
    assert 410 == late.status


def test_a_reading_does_not_wait_for_ever(counter: Counter, anna: Clerk) -> None:
    """Whoever stood there has gone; and nothing of them is kept."""
    counter.read(newcomer(10), anna.number)
    (page,) = anna.waiting()
    with counter.stage.services.database.writing() as db:
        db.execute(update(WindowVisit).values(expires_at=clock.now() - timedelta(seconds=1)))
    seen, late = anna.waiting(), anna.browser.get(page).status
    gone = waiting.purge(counter.stage.services.database, clock.now())

    assert ([], 410, True) == (seen, late, gone >= 1)


def test_what_waits_is_sealed(counter: Counter, anna: Clerk) -> None:
    """A copied table has nobody's number in it."""
    counter.read(newcomer(11), anna.number)
    with counter.stage.services.database.reading() as db:
        rows = db.scalars(select(WindowVisit)).all()
        sealed = b"".join(row.assertion_sealed or b"" for row in rows)
        spoken = [row.assertion for row in rows]

    assert spoken and all(text and text.count(".") == 2 for text in spoken)
    assert not any(part.encode() in sealed for text in spoken for part in (text or "?").split("."))


def test_nobody_else_sees_or_answers_it(counter: Counter, anna: Clerk, ben: Clerk) -> None:
    """It names one operator; to who is none there is no such page."""
    stranger = clerk(counter.stage, department(counter.stage), is_operator=False)
    counter.read(newcomer(12), anna.number)
    (page,) = anna.waiting()

    assert [] == ben.waiting()
    assert (410, 404, 404) == (
        ben.browser.get(f"{page}/witness").status,
        stranger.browser.get(WINDOW).status,
        stranger.browser.get(page).status,
    )
    assert "/staff" == counter.stage.browser().get(WINDOW).path


@pytest.mark.parametrize(
    ("place", "accepted"), [("210102", 202), ("210103", 403), ("210100", 403), (None, 403)]
)
def test_a_reader_fills_the_lists_of_its_own_window(
    stage: Stage, anna: Clerk, place: str | None, accepted: int
) -> None:
    """The county's operator is not asked by the next county's device, nor by the city's."""
    counter = set_up(stage, department(stage, place) if place else None)

    assert accepted == counter.read(newcomer(1), anna.number).status_code


def test_an_operator_may_be_at_windows_of_another_department(stage: Stage) -> None:
    """Staff of many departments work in one service centre: the administrator says where."""
    ben = clerk(stage, department(stage, "210103"))
    with stage.services.database.writing() as db:
        operators.find(db, ben.number).department_id = department(stage).id

    assert 202 == set_up(stage, department(stage)).read(newcomer(1), ben.number).status_code


def test_a_device_that_was_suspended_meanwhile_is_not_believed(counter: Counter, anna: Clerk) -> None:
    """Its signature is looked at again when somebody stands by it."""
    counter.read(newcomer(13), anna.number)
    (page,) = anna.waiting()
    with counter.stage.services.database.writing() as db:
        onboarding.suspend(db, counter.device, clock.now())  # known everywhere within a second

    assert eventually(lambda: not anna.waiting())
    assert 410 == anna.browser.get(f"{page}/witness").status


def test_a_rule_that_refuses_is_told_in_words(counter: Counter, anna: Clerk) -> None:
    """Somebody holds the document, and no account was shown: the operator learns what to do."""
    counter.stage.browser().register(newcomer(14))
    counter.read(newcomer(14), anna.number)
    (page,) = anna.waiting()
    said = anna.answer(page, "witness")

    assert "没有出示账号上的代码" in said
    assert ([], "held") == (anna.waiting(), trail(counter.stage, "window.refused").details["reason"])


def test_the_second_pair_of_eyes_is_another_operator_of_the_window(
    counter: Counter, anna: Clerk, ben: Clerk
) -> None:
    """Who opened it does not see it; who is elsewhere does not; the one beside them does, and returns it."""
    opened(counter, anna, 15)
    elsewhere, above = (
        clerk(counter.stage, department(counter.stage, code)) for code in ("210103", "210100")
    )
    (case,) = ben.waiting("cases")
    looked = ben.browser.get(case).text
    own = anna.browser.get(f"{case}/approve").status
    said = ben.answer(case, "approve")
    slip = re.search(r"<b>([A-Z0-9-]{19})</b>", said)
    event = trail(counter.stage, "case.approved")

    assert newcomer(15).name in looked and WHY in looked and newcomer(15).number not in looked
    assert ([], [], 410) == (anna.waiting("cases"), elsewhere.waiting("cases"), own)
    assert [] == above.waiting("cases")
    assert (ben.number, "otp") == (event.details["operator"], event.details["by"])
    assert slip is not None and "新密码已生效" in use_slip(counter.stage, slip.group(1))
    assert 5 == counter.stage.level(newcomer(15).number)


def test_whoever_is_above_a_window_may_be_its_second_eyes(counter: Counter, anna: Clerk) -> None:
    """The city sees what its counties opened."""
    opened(counter, anna, 16)
    above = clerk(counter.stage, department(counter.stage, "210100"))

    assert 1 == len(above.waiting("cases"))


def test_a_case_that_was_refused_stays_as_it_was(counter: Counter, anna: Clerk, ben: Clerk) -> None:
    """Nothing moves, nobody approves it later, and the owner may come again."""
    opened(counter, anna, 17)
    *_, case = ben.waiting("cases")
    said = ben.answer(case, "refuse")
    event = trail(counter.stage, "case.refused")
    found = UUID(case.rpartition("/")[2])
    with counter.stage.services.database.writing() as db, pytest.raises(NotPossible) as late:
        cases.approve(db, counter.stage.services.vault, found, operators.find(db, ben.number), clock.now())
    counter.read(newcomer(17), anna.number, purpose="case", reason=WHY)
    (page,) = anna.waiting()

    assert "没有核准" in said
    assert (ben.number, "otp", str(found)) == tuple(event.details[k] for k in ("operator", "by", "case"))
    assert Fault.NOT_OPEN is late.value.fault
    assert 3 == counter.stage.level(newcomer(17).number)
    assert "等待第二人复核" in anna.answer(page, "witness")


def test_nobody_is_their_own_second_eyes_under_another_number(counter: Counter, anna: Clerk) -> None:
    """Neither may they have two at once, nor does a new one after the first has ended help."""
    opened(counter, anna, 18)
    with counter.stage.services.database.writing() as db:
        latest = select(WindowCase.id).order_by(WindowCase.opened_at.desc()).limit(1)
        case_id = db.scalars(latest).one()
        with pytest.raises(operators.OperatorFault, match="operator already"):
            operators.add(db, "P-901", "罗杰", None, clock.now(), anna.person_id)
        operators.end(db, anna.number, clock.now())
        again = operators.add(db, "P-902", "罗杰", None, clock.now(), anna.person_id)
        with pytest.raises(NotPossible) as refusal:
            cases.approve(db, counter.stage.services.vault, case_id, again, clock.now())

    assert Fault.OWN is refusal.value.fault
    assert f"{WINDOW}/cases/{case_id}" not in anna.waiting("cases")


def test_an_operator_answers_for_themselves(stage: Stage) -> None:
    """By a key or as a civil servant; a citizen is none."""
    stage.browser().register(newcomer(19))
    citizen = stage.person(newcomer(19).phone)
    assert citizen is not None
    with stage.services.database.writing() as db:
        with pytest.raises(operators.OperatorFault, match="key or person"):
            operators.add(db, "P-903", "罗杰", None, clock.now())
        with pytest.raises(operators.OperatorFault, match="civil servant"):
            operators.add(db, "P-903", "罗杰", None, clock.now(), citizen.id)


def test_without_a_key_no_signature_counts(counter: Counter, anna: Clerk) -> None:
    """Nobody signs for an operator who has none."""
    assertion = counter.signed(counter.reading(newcomer(1), anna.number))
    key = jose.generate("ES256", "any")
    answer = counter.post(assertion, counter.witness(assertion, anna.number, key))

    assert (403, "bad_witness") == (answer.status_code, told(answer)["code"])


def test_whoever_is_shut_out_witnesses_by_no_key_either(counter: Counter) -> None:
    """The directory has disabled them: their number is nobody's, at the page and beside it."""
    key = jose.generate("ES256", "own")
    carl = clerk(counter.stage, department(counter.stage), key=key)
    with counter.stage.services.database.writing() as db:
        persons.freeze(db, db.get_one(Person, carl.person_id), "directory_disabled", clock.now())
    assertion = counter.signed(counter.reading(newcomer(1), carl.number))
    signed = counter.post(assertion, counter.witness(assertion, carl.number, key))

    assert (403, "unknown_operator") == (signed.status_code, told(signed)["code"])
    assert 403 == counter.read(newcomer(1), carl.number).status_code
    assert "/staff" == carl.browser.get(WINDOW).path


def test_whoever_moved_is_at_other_windows(counter: Counter, anna: Clerk) -> None:
    """Where nothing else was said, the windows are those of the department they work in today."""
    before = counter.read(newcomer(1), anna.number).status_code
    with counter.stage.services.database.writing() as db:
        db.get_one(Staff, anna.person_id).department_id = department(counter.stage, "210103").id

    assert (202, 403) == (before, counter.read(newcomer(1), anna.number).status_code)


def test_a_form_of_another_page_answers_nothing(counter: Counter, anna: Clerk) -> None:
    """A token is good for one answer to one reading."""
    counter.read(newcomer(1), anna.number)
    counter.read(newcomer(2), anna.number)
    first, second = anna.waiting()
    text = anna.browser.get(f"{first}/witness").text
    token = re.search(r'name="csrf_token" value="([^"]*)"', text)
    assert token is not None
    anna.browser.post(f"{second}/witness", {"csrf_token": token.group(1), "code": anna.code()})

    assert 400 == anna.browser.status
    assert [first, second] == anna.waiting()


def test_two_answers_at_once_are_one(either_stage: Stage) -> None:
    """The database decides between two windows of the same operator."""
    with either_stage.services.database.writing() as db:
        for unit in UNITS:
            tree.add(db, unit, clock.now())
    counter, anna = (
        set_up(either_stage, department(either_stage)),
        clerk(either_stage, department(either_stage)),
    )
    counter.read(newcomer(1), anna.number, purpose="slip")
    with either_stage.services.database.reading() as db:
        visit = db.scalars(select(WindowVisit)).one()
        operator = db.scalars(select(WindowOperator).where(WindowOperator.number == anna.number)).one()
        db.expunge_all()

    def take() -> bool:
        with either_stage.services.database.writing() as db:
            return waiting.take(db, visit)

    assert operator.id == visit.operator_id
    assert [False, True] == sorted(at_once(take, take))
