"""What recovered an account is spent for a day: it adds up with nothing, whoever shows it, here or there."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import recovery_codes
from idp.authenticators.models import Credential
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.attacks.whole import Whole, told
from tests.idp.account.stage import Browser, newcomer
from tests.idp.api.app import SCOPE, App, document
from tests.idp.oauth.world import Registered, claims_of

NEW = "five patient cranes"
MEANS = ("phone", "totp", "recovery_code")
HELD = "之后才能再作第二种方式"


@pytest.fixture(scope="module")
def approved(whole: Whole) -> Registered:
    """A client that may sign people in."""
    return whole.client(scope=SCOPE)


@dataclass
class Somebody:
    """A person with a phone, an authenticator app and a printed sheet of codes."""

    whole: Whole
    index: int
    two_steps: str = "no"
    persona: Persona = field(init=False)
    sheet: list[str] = field(init=False)
    app: pyotp.TOTP = field(init=False)

    def __post_init__(self) -> None:
        self.persona = newcomer(self.index)
        browser = self.whole.stage.browser().register(self.persona).get("/account/methods/totp")
        seed = re.findall(r'id="seed">([A-Z2-7 ]+)<', browser.text)[0]
        self.app = pyotp.TOTP(seed.replace(" ", ""))
        browser.fill("/account/methods/totp", code=self.app.now(), two_steps=self.two_steps)
        browser.get("/account/methods/recovery-codes").fill("/account/methods/recovery-codes")
        self.sheet = re.findall(r"<code>([0-9a-z-]{14})</code>", browser.text)

    @property
    def id(self) -> Any:
        found = self.whole.stage.person(self.persona.phone)
        assert found is not None
        return found.id

    def code(self, means: str) -> str:
        """The next good one; time passes for an app as far as it takes."""
        if means == "recovery_code":
            return self.sheet.pop()
        if means == "phone":
            return self.whole.stage.messages(self.persona.phone)[0]["code"]
        self.written(update(Credential).where(Credential.person_id == self.id).values(used=0))
        return self.app.now()

    def recover(self, app: App, means: str) -> App:
        """By these means and the document."""
        if means == "phone":
            app.step("/recovery", phone=self.persona.phone)
            app.step("/recovery/code", code=self.code(means))
            app.step("/recovery/identity", **document(self.persona))
        else:
            shown = {"login": self.persona.phone, "code": self.code(means), **document(self.persona)}
            app.step("/recovery/without-phone", **shown)
        assert "done" == app.step("/recovery/password", password=NEW)["recovery"]
        return app

    def signs_in(self, app: App) -> Any:
        return app.step("/password", login=self.persona.phone, password=NEW)

    def written(self, statement: Any) -> None:
        with self.whole.stage.services.database.writing() as db:
            db.execute(statement)

    def a_day_passes(self) -> None:
        past = clock.now() - timedelta(seconds=1)
        self.written(update(Person).where(Person.id == self.id).values(held_until=past))

    def loses(self, kind: str) -> None:
        own = update(Credential).where(Credential.person_id == self.id, Credential.kind == kind)
        self.written(own.values(ended_at=clock.now()))

    def session(self) -> tuple[int, set[str]]:
        """What the latest one reaches, and what it rests on."""
        own = select(SignInSession).where(SignInSession.person_id == self.id)
        with self.whole.stage.services.database.reading() as db:
            latest = db.scalars(own.order_by(SignInSession.last_seen_at.desc())).first()
            assert latest is not None
            return latest.aal, set(latest.amr)

    def codes_left(self) -> int:
        with self.whole.stage.services.database.reading() as db:
            return recovery_codes.left(db, self.id)


def confirm(app: App, means: str, code: str) -> tuple[int, str]:
    """Show it as the second way; gives what came of it."""
    path = {"phone": "/code/check", "totp": "/totp", "recovery_code": "/recovery-code"}[means]
    answer = app.step(path, code=code)
    return app.answer.status_code, answer.get("next") or answer["code"]


@pytest.mark.parametrize(("index", "means"), list(enumerate(MEANS, 1)))
def test_no_means_is_its_own_second(whole: Whole, approved: Registered, index: int, means: str) -> None:
    """Two codes of one printed sheet are one thing; so are two of one app, and two to one phone."""
    person = Somebody(whole, index)
    app = person.recover(App(whole, approved).begin(acr_values="ial3.aal2"), means)
    second, left = person.signs_in(app), person.codes_left()
    outcome = confirm(app, means, person.code(means))
    named = {"phone": "sms"}.get(means, means)

    assert (409, "not_due") == outcome
    assert (named in second["details"]["held"]["ways"], named in second["ways"]) == (True, False)
    assert (1, {"pwd"}, left) == (*person.session(), person.codes_left())


@pytest.mark.parametrize(
    ("index", "means", "another"),
    [(4, "phone", "totp"), (5, "totp", "recovery_code"), (6, "recovery_code", "totp")],
)
def test_another_own_factor_counts(
    whole: Whole, approved: Registered, index: int, means: str, another: str
) -> None:
    """What had no part in the recovery is as good as ever."""
    person = Somebody(whole, index)
    app = person.recover(App(whole, approved).begin(acr_values="ial3.aal2"), means)
    ways = person.signs_in(app)["ways"]
    outcome = confirm(app, another, person.code(another))

    assert another in ways
    assert (200, 2) == (outcome[0], person.session()[0])


@pytest.mark.parametrize(("index", "means"), [(7, "totp"), (8, "recovery_code")])
def test_after_a_day_it_is_one_again(whole: Whole, approved: Registered, index: int, means: str) -> None:
    """The hold is a delay, and nothing is taken from anybody for good."""
    person = Somebody(whole, index)
    app = person.recover(App(whole, approved).begin(acr_values="ial3.aal2"), means)
    person.signs_in(app)
    person.a_day_passes()
    outcome = confirm(app, means, person.code(means))

    assert (200, 2) == (outcome[0], person.session()[0])
    assert "held" not in app.step().get("details", {})


def test_what_was_recovered_twice_has_spent_both(whole: Whole, approved: Registered) -> None:
    """A second recovery does not give the means of the first one back."""
    person = Somebody(whole, 9)
    app = App(whole, approved).begin(acr_values="ial3.aal2")
    person.recover(person.recover(app, "recovery_code"), "totp")
    second = person.signs_in(app)

    assert {"sms", "totp", "recovery_code"} == set(second["details"]["held"]["ways"])
    assert not {"sms", "totp", "recovery_code"} & set(second["ways"])


def test_somebody_with_two_steps_is_let_in_and_no_further(whole: Whole, approved: Registered) -> None:
    """With nothing else left it opens the door; what asks for two ways hears that there was one."""
    person = Somebody(whole, 10, two_steps="yes")
    app = person.recover(App(whole, approved).begin(), "totp")
    person.loses("recovery_code")
    second = person.signs_in(app)
    outcome = confirm(app, "totp", person.code("totp"))

    assert ("second-factor", "totp") == (second["next"], second["ways"][0])
    assert ([], True, False) == told_of(second)
    assert ((200, "notice"), (1, {"pwd"})) == (outcome, person.session())


def test_it_lets_nobody_in_past_something_that_counts(whole: Whole, approved: Registered) -> None:
    """Whoever found the sheet stands before the owner's app, as anybody with a password does."""
    person = Somebody(whole, 11, two_steps="yes")
    app = person.recover(App(whole, approved).begin(), "recovery_code")
    second = person.signs_in(app)
    outcome = confirm(app, "recovery_code", person.code("recovery_code"))

    assert ("second-factor", False) == (second["next"], "recovery_code" in second["ways"])
    assert (["totp", "qr"], False, False) == told_of(second)
    assert (409, "not_due") == outcome


def told_of(second: Any) -> tuple[list[str], bool, bool]:
    """What the interface says of the hold, beside what is spent: as the page does."""
    held = second["details"]["held"]
    return held["usable"], held["lets_in"], held["alone"]


def test_the_pages_say_why_and_until_when(whole: Whole) -> None:
    """In both languages, instead of an offer to add a way, which the hold refuses as well."""
    browser, person = page_after_recovery(whole, 12)
    chinese = browser.text
    english = browser.get(f"{browser.address}?all&ui_locales=en").text

    assert "/second-factor" == browser.path
    assert HELD in chinese and "恢复码" in chinese and "添加登录方式" not in chinese
    assert "no second way until" in english or "do not count as two ways" in english
    assert (1, {"pwd"}) == person.session()


def test_it_names_what_still_counts(whole: Whole) -> None:
    """The app of who recovered by a printed code, above the field that takes it; and nothing they lack."""
    browser, _ = page_after_recovery(whole, 15, "")

    assert "/totp" == browser.path
    assert "照常可以和密码合用：验证器应用的动态码" in browser.text
    assert "数字证书" not in browser.text.partition('id="held"')[2].partition("</div>")[0]


def test_two_steps_hear_what_this_sign_in_takes(whole: Whole) -> None:
    """Recovered by the app, with a printed sheet at home: a code of it comes first."""
    person = Somebody(whole, 16, two_steps="yes")
    page = whole.stage.browser().get("/recover/without-phone")
    said = {**document(person.persona), "login": person.persona.phone, "code": person.code("totp")}
    page.fill("/recover/without-phone", **said).fill("/recover/password", password=NEW)
    page.sign_in(person.persona.phone, NEW)

    assert "/recovery-code" == page.path
    assert "您开启了两步验证，这次登录请用：恢复码" in page.text
    assert "照常可以办" not in page.text


def test_a_page_that_was_kept_open_does_not_help(whole: Whole) -> None:
    """The form of a spent way posts into nothing, and uses no code up."""
    browser, person = page_after_recovery(whole, 13)
    left = person.codes_left()
    place = browser.address.rpartition("/")[0]
    browser.post(f"{place}/recovery-code", {"recovery_code": person.code("recovery_code")})

    assert ("/second-factor", left) == (browser.path, person.codes_left())
    assert 1 == person.session()[0]


def page_after_recovery(whole: Whole, index: int, lost: str = "totp") -> tuple[Browser, Somebody]:
    """Recovered and signed in by pages, at one that asks for two ways, with a sheet of codes alone."""
    person = Somebody(whole, index)
    person.loses(lost)
    browser = whole.stage.browser().get("/recover/without-phone")
    said = {**document(person.persona), "login": person.persona.phone, "code": person.code("recovery_code")}
    browser.fill("/recover/without-phone", **said).fill("/recover/password", password=NEW)
    browser.sign_in(person.persona.phone, NEW)
    return browser.get("/sign-in?again=2&next=/account/levels"), person


def test_a_let_in_session_serves_a_portal_at_one_step(whole: Whole, approved: Registered) -> None:
    """Its code is redeemed, its token lives, and both say AAL 1."""
    person = Somebody(whole, 14, two_steps="yes")
    person.loses("recovery_code")
    app = person.recover(App(whole, approved).begin(), "totp")
    person.signs_in(app)
    confirm(app, "totp", person.code("totp"))
    app.step("/agreement", decision="accept")
    code = app.step("/finish")["parameters"]["code"]
    tokens = told(whole.redeem(approved, code))
    alive = whole.userinfo(tokens["access_token"])

    assert 200 == alive.status_code
    assert ("ial3.aal1", ["pwd"]) == tuple(claims_of(tokens["id_token"])[name] for name in ("acr", "amr"))
