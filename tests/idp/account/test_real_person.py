"""Level 4: a separate consent, the service's camera page, and only whoever began it is raised."""

import urllib.error
import urllib.request
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update

from idp import clock
from idp.audit.models import AuditEvent
from idp.consents.models import Consent
from idp.evidence.models import Evidence
from idp.sessions.models import SignInSession
from tests.idp.account.stage import Browser, Stage, newcomer

PAGE = "/account/real-person"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow nothing: the page sends the browser back to us."""

    def redirect_request(self, *_: object) -> None:
        return None


def at_level_three(stage: Stage, index: int) -> Browser:
    browser = stage.browser().register(newcomer(index))
    assert 3 == stage.level(newcomer(index).phone)
    return browser


def to_the_camera(browser: Browser, consent: str = "yes", query: str = "") -> str:
    """Agree, and be sent to the service; gives its address."""
    browser.get(PAGE + query)
    token = browser.text.split('id="real-person"')[1].split('name="csrf_token" value="')[1].split('"')[0]
    answer = browser.client.post(
        PAGE + query,
        data={"csrf_token": token, "consent": consent},
        environ_overrides={"REMOTE_ADDR": browser.source},
    )
    browser.page = answer
    return answer.headers.get("Location", "")


def seen(camera: str, whom: str = "holder") -> str:
    """What the camera's page sends the browser back to."""
    try:
        urllib.request.build_opener(_Stay).open(camera, f"seen={whom}".encode(), timeout=60)
    except urllib.error.HTTPError as answer:
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"
    raise AssertionError("no redirect")


def level(stage: Stage, index: int) -> int:
    return stage.level(newcomer(index).phone)


def evidence(stage: Stage, index: int) -> list[Evidence]:
    person = stage.person(newcomer(index).phone)
    assert person is not None
    with stage.services.database.reading() as db:
        query = select(Evidence).where(Evidence.person_id == person.id, Evidence.method == "real_person")
        return list(db.scalars(query))


def test_the_holders_face_makes_level_four(stage: Stage) -> None:
    """The evidence expires, and what is kept is the result alone."""
    browser = at_level_three(stage, 1)
    browser.get(seen(to_the_camera(browser)))
    (record,) = evidence(stage, 1)

    assert (PAGE, 4) == (browser.path, level(stage, 1))
    assert record.expires_at is not None
    assert timedelta(days=364) < record.expires_at - clock.now() <= timedelta(days=365)
    assert "实人核验通过" in browser.get("/account/notices").text


def test_a_face_confirms_the_session_too(stage: Stage) -> None:
    """Whoever was seen has proven themselves at AAL 2 (amr `face`)."""
    browser = at_level_three(stage, 2)
    browser.get(seen(to_the_camera(browser)))
    person = stage.person(newcomer(2).phone)
    assert person is not None
    with stage.services.database.reading() as db:
        session = db.scalars(select(SignInSession).where(SignInSession.person_id == person.id)).one()

    assert ("face" in session.amr, 2) == (True, session.aal)


def test_without_the_separate_consent_nobody_is_asked(stage: Stage) -> None:
    """Sensitive information takes a consent of its own (PIPL Art. 29)."""
    browser = at_level_three(stage, 3)
    location = to_the_camera(browser, consent="")

    assert ("", 400) == (location, browser.status)
    assert "请勾选单独同意" in browser.text


def test_the_consent_is_recorded_before_the_camera(stage: Stage) -> None:
    """Its text, version and purpose can be shown afterwards."""
    browser = at_level_three(stage, 4)
    to_the_camera(browser)
    person = stage.person(newcomer(4).phone)
    assert person is not None
    with stage.services.database.reading() as db:
        query = select(Consent).where(Consent.person_id == person.id, Consent.purpose == "real_person")
        consent = db.scalars(query).one()

    assert ("sensitive", "real-person") == (consent.kind, consent.text_key)


def test_it_is_never_the_only_way(stage: Stage) -> None:
    """Window and certificate stand beside it, every time (face rules, Art. 10)."""
    page = at_level_three(stage, 5).get(PAGE).text

    assert "到政务服务窗口核验" in page
    assert "数字证书" in page


def test_level_three_comes_first(stage: Stage) -> None:
    """There is nobody to compare with before name and number are verified."""
    stage.order("error_500", newcomer(6).key, -1)
    browser = stage.browser().register(newcomer(6))
    stage.order("clear", newcomer(6).key)
    page = browser.get(PAGE).text

    assert "先做实名核验" in page
    assert 'name="consent"' not in page


def test_another_face_changes_nothing_and_is_told(stage: Stage) -> None:
    """The person hears that somebody else sat there."""
    browser = at_level_three(stage, 7)
    browser.get(seen(to_the_camera(browser), "somebody_else"))
    stage.work()

    assert ("不是证件持有人本人" in browser.text, 3) == (True, level(stage, 7))
    assert "不是您本人" in stage.messages(newcomer(7).phone)[0]["text"]


def test_a_dark_room_says_nothing_about_anybody(stage: Stage) -> None:
    """Unsure is neither yes nor no."""
    browser = at_level_three(stage, 8)
    browser.get(seen(to_the_camera(browser), "dark"))

    assert ("没有看清楚" in browser.text, 3) == (True, level(stage, 8))


def test_the_result_of_another_person_never_counts(stage: Stage) -> None:
    """A sitting raises only the session that asked for it, whoever brings its ticket."""
    attacker, victim = at_level_three(stage, 9), at_level_three(stage, 10)
    lured = seen(to_the_camera(attacker))  # the victim's face, at the attacker's address
    victim.get(lured)

    assert (400, 3, 3) == (victim.status, level(stage, 9), level(stage, 10))


def test_swapped_results_prove_neither(stage: Stage) -> None:
    """The ticket of one sitting opens no other."""
    one, other = at_level_three(stage, 11), at_level_three(stage, 12)
    mine, theirs = seen(to_the_camera(one)), seen(to_the_camera(other))
    ticket = theirs.split("ticket=")[1]
    one.get(f"{mine.split('&ticket=')[0]}&ticket={ticket}")

    assert (3, 3) == (level(stage, 11), level(stage, 12))


def test_a_result_counts_once(stage: Stage) -> None:
    """The address in the history of a browser is worth nothing."""
    browser = at_level_three(stage, 13)
    address = seen(to_the_camera(browser))
    browser.get(address).get(address)

    assert (400, 1) == (browser.status, len(evidence(stage, 13)))


def test_an_outage_costs_no_attempt(stage: Stage) -> None:
    """Only what was begun is counted against the person."""
    browser = at_level_three(stage, 14)
    stage.order("error_500", newcomer(14).key, 4)
    for _ in range(4):
        to_the_camera(browser)
    told = "这次不计入次数" in browser.text
    begun = [bool(to_the_camera(browser)) for _ in range(5)]

    assert (True, [True] * 5) == (told, begun)


def test_five_sittings_a_day(stage: Stage) -> None:
    """The sixth is refused, whatever the others came to."""
    browser = at_level_three(stage, 15)
    for _ in range(5):
        to_the_camera(browser)
    to_the_camera(browser)

    assert 429 == browser.status


def test_the_level_falls_when_the_proof_expires(stage: Stage) -> None:
    """Levels are what valid evidence adds up to."""
    browser = at_level_three(stage, 16)
    browser.get(seen(to_the_camera(browser)))
    (record,) = evidence(stage, 16)
    with stage.services.database.writing() as db:
        db.execute(update(Evidence).where(Evidence.id == record.id).values(expires_at=clock.now()))

    assert 3 == level(stage, 16)


def test_taking_the_consent_back_takes_the_level_back(stage: Stage) -> None:
    """Withdrawing is as easy as agreeing (PIPL Art. 15)."""
    browser = at_level_three(stage, 17)
    browser.get(seen(to_the_camera(browser))).get(PAGE)
    browser.fill(PAGE, decision="withdraw")

    assert 3 == level(stage, 17)


def test_the_trail_has_the_result_and_nobodys_name(stage: Stage) -> None:
    """Outcome, band and the service's id of the call: enough to find it again."""
    browser = at_level_three(stage, 18)
    browser.get(seen(to_the_camera(browser)))
    person = stage.person(newcomer(18).phone)
    assert person is not None
    with stage.services.database.reading() as db:
        query = select(AuditEvent).where(
            AuditEvent.topic == "real_person.compared", AuditEvent.person_id == person.id
        )
        details = db.scalars(query).one().details

    assert {"outcome": "same", "band": "high"} == {k: details[k] for k in ("outcome", "band")}


def test_a_form_without_its_token_begins_nothing(stage: Stage) -> None:
    """Another site cannot send somebody before a camera."""
    browser = at_level_three(stage, 19)

    assert 400 == browser.post(PAGE, {"consent": "yes"}).status
