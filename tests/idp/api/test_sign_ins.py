"""Signing in and registering through the interface: the pages' steps as data, and no way around any."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from idp import clock
from idp.persons import lifecycle
from idp.persons.models import Person
from tests.attacks.whole import Whole, standing, told
from tests.idp.account.stage import PASSWORD, newcomer
from tests.idp.api.app import SCOPE, App, bearer
from tests.idp.oauth.world import CALLBACK, VERIFIER, Registered


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def portal(whole: Whole) -> Registered:
    return whole.client(scope=SCOPE)


@pytest.fixture
def app(whole: Whole, portal: Registered) -> App:
    return App(whole, portal)


def test_a_password_leads_by_the_notice_to_a_code_for_the_client(whole: Whole, app: App) -> None:
    """The code is exchanged as any other, with the verifier; the person is who signed in."""
    person = whole.resident("by_password")
    first = app.begin().step("/password", login="by_password", password=PASSWORD)
    app.step("/agreement", decision="accept")
    finished = app.step("/finish")
    code = finished["parameters"]["code"]
    tokens = told(
        whole.post(
            "/oauth/token",
            app.portal,
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
    )

    assert "notice" == first["next"]
    assert ("s-1", CALLBACK) == (finished["parameters"]["state"], finished["redirect_uri"])
    assert {"access_token", "id_token"} <= set(tokens)
    assert person is not None


def test_a_sign_in_is_answered_once(whole: Whole, app: App) -> None:
    """Afterwards it is over, for its own device too."""
    whole.resident("only_once")
    app.begin().step("/password", login="only_once", password=PASSWORD)
    app.step("/agreement", decision="accept")
    app.step("/finish")
    app.step("/finish")

    assert (409, "sign_in_over") == app.refusal


def test_strangers_and_mistakes_are_answered_alike(whole: Whole, app: App) -> None:
    """Nobody learns from an answer who is registered."""
    whole.resident("is_known_here")
    app.begin().step("/password", login="is_known_here", password="wrong")  # noqa: S106
    known = app.refusal
    app.step("/password", login="nobody_at_all", password="wrong")  # noqa: S106

    assert (403, "wrong") == known == app.refusal


def test_another_client_and_another_device_get_nowhere(whole: Whole, app: App) -> None:
    """A sign-in belongs to its client and to the device that has its secret."""
    app.begin()
    other = App(whole, whole.client(scope=SCOPE), sign_in=app.sign_in, secret=app.secret)
    other.step("/password", login="x", password="y")  # noqa: S106
    guessed = App(whole, app.portal, sign_in=app.sign_in, secret="A" * 43)
    guessed.step()

    assert [(404, "sign_in_unknown")] * 2 == [other.refusal, guessed.refusal]


@pytest.mark.parametrize("address", ["", "here", "fe80::1%" + "x" * 90, "fe80::1%张三"])
def test_a_device_has_an_address_and_no_words(app: App, address: str) -> None:
    """What stands in the trail as its address is one: a zone could be any text (RFC 4007 §11)."""
    app.begin(address=address)

    assert (400, "malformed") == app.refusal


@pytest.mark.parametrize(
    "step", ["/finish", "/agreement", "/capacity", "/identity", "/totp", "/recovery-code", "/qr/state"]
)
def test_no_step_can_be_skipped(app: App, step: str) -> None:
    """What is not due is refused, whatever is sent."""
    bodies = {
        "/agreement": {"decision": "accept"},
        "/capacity": {"capacity": "self"},
        "/identity": {"kind": "resident_id_18", "number": "1", "name": "林晓云"},
        "/totp": {"code": "123456"},
        "/recovery-code": {"code": "k7wm-3q9x-t2rd"},
    }
    app.begin().step(step, **bodies.get(step, {}))

    assert (409, "not_due") == app.refusal


def test_a_client_without_approval_is_refused(whole: Whole) -> None:
    """The scope is approved one by one; a public client has no token of its own at all."""
    app = App(whole, whole.client())
    app.begin()

    assert (403, "insufficient_scope") == app.refusal


def test_only_registered_addresses_are_answered(app: App) -> None:
    """The request is checked as at the authorization endpoint."""
    app.begin(redirect_uri="https://elsewhere.example/callback")

    assert (400, "redirect_unknown") == app.refusal


def test_two_steps_are_asked_for_here_too(whole: Whole, app: App) -> None:
    """A level needs its second way, and the code goes to their own phone; or that phone confirms."""
    person_id = whole.resident("needs_two")
    begun = app.begin(acr_values="ial3.aal2").step("/password", login="needs_two", password=PASSWORD)

    assert person_id is not None
    assert ("second-factor", ["sms", "qr"]) == (begun["next"], begun["ways"])


@pytest.mark.parametrize(("least_aal", "status"), [(2, "closing"), (1, "active")])
def test_a_closing_is_taken_back_by_whole_sign_ins_alone(
    whole: Whole, app: App, least_aal: int, status: str
) -> None:
    """Who wants two steps of every sign-in has not signed in by the first, here no more than on the pages."""
    person_id = whole.resident(f"leaving_{least_aal}")
    with whole.oauth.database.writing() as db:
        person = db.get_one(Person, person_id)
        person.least_aal = least_aal
        lifecycle.begin_closing(db, person, "own_wish", clock.now(), timedelta(days=15))
    app.begin().step("/password", login=f"leaving_{least_aal}", password=PASSWORD)

    with whole.oauth.database.reading() as db:
        assert status == db.get_one(Person, person_id).status


def test_somebody_registers_on_the_way_to_a_service(whole: Whole, app: App) -> None:
    """Phone, code, identity with the texts, password; then the same steps as for anybody."""
    who = newcomer(3)
    app.begin()
    texts = told(whole.http.get("/api/v1/texts", headers=bearer(whole, app.portal)))["texts"]
    app.step("/registration", phone=who.phone)
    app.step("/registration/code", code=whole.stage.messages(who.phone)[0]["code"])
    agreed = {one["key"]: one["version"] for one in texts}
    identity = {"kind": who.kind, "number": who.number, "name": who.name, "agreed": agreed}
    checked = app.step("/registration/identity", **identity)
    done = app.step("/registration/password", password="four patient herons")  # noqa: S106

    assert "verified" == checked["verification"]["outcome"]
    assert "notice" == done["next"]
    assert 3 == whole.stage.level(who.phone)


def test_texts_must_have_been_shown_as_they_are_today(whole: Whole, app: App) -> None:
    """A client that shows yesterday's wording has nobody's consent."""
    who = newcomer(4)
    app.begin().step("/registration", phone=who.phone)
    app.step("/registration/code", code=whole.stage.messages(who.phone)[0]["code"])
    identity = {"kind": who.kind, "number": who.number, "name": who.name}
    app.step("/registration/identity", **identity, agreed={"service-agreement": "2020-01"})

    assert (409, "texts_changed") == app.refusal


def test_everything_that_is_wrong_is_told_at_once(whole: Whole, app: App) -> None:
    """Number, name and texts at one step, login name and password at another; each with its pointer."""
    who = newcomer(5)
    app.begin().step("/registration", phone=who.phone)
    app.step("/registration/code", code=whole.stage.messages(who.phone)[0]["code"])
    wrong = {"kind": who.kind, "number": "210000199001019002", "name": "12345", "agreed": {}}
    identity = app.step("/registration/identity", **wrong)
    agreed = {
        one["key"]: one["version"]
        for one in told(whole.http.get("/api/v1/texts", headers=bearer(whole, app.portal)))["texts"]
    }
    app.step("/registration/identity", kind=who.kind, number=who.number, name=who.name, agreed=agreed)
    secret = app.step("/registration/password", login="1", password="short")  # noqa: S106

    assert (400, "number_malformed") == (identity["status"], identity["code"])
    assert [
        ("#/number", "number_malformed"),
        ("#/name", "name_malformed"),
        ("#/agreed", "texts_changed"),
    ] == [(one["pointer"], one["code"]) for one in identity["errors"]]
    assert ["#/login", "#/password"] == [one["pointer"] for one in secret["errors"]]


@pytest.mark.parametrize("country", [None, "XXX"])
def test_a_foreign_passport_names_its_country(app: App, country: str | None) -> None:
    """Its number alone names nobody; what is wrong with that is told beside it."""
    refused = app.begin().step(
        "/recovery/without-phone",
        login="nobody",
        code="123456",
        kind="foreign_passport",
        number="A12",
        name=newcomer(6).name,
        country=country,
    )

    assert "country_required" == refused["code"]
    assert ["#/country", "#/number"] == [one["pointer"] for one in refused["errors"]]


def test_what_somebody_has_none_of_is_told_as_that(whole: Whole, app: App) -> None:
    """A page says 未登记, the interface null: an empty line would leave open what one agrees to."""
    person_id = whole.resident("no_sex")
    with whole.oauth.database.writing() as db:
        db.execute(update(Person).where(Person.id == person_id).values(sex=None, address_sealed=None))
    app.portal = whole.client(scope=f"{SCOPE} address identity_document")
    asked = {"scope": "openid profile address identity_document"}
    told_here = app.begin(**asked).step("/password", login="no_sex", password=PASSWORD)["details"]["asked"]
    page = whole.visitor().go(whole.request(app.portal, **asked)).fill(login="no_sex", password=PASSWORD).text
    lines = [re.sub(r"\s*<[^>]+>\s*", " ", line) for line in page.split('<span class="pair">')[1:]]
    claims = {name: value for one in told_here for name, value in one["claims"].items()}

    assert {"gender": None, "address": None} == {name: claims[name] for name in ("gender", "address")}
    assert ("resident_id_18", True) == (claims["id_type"], bool(claims["name"]))
    assert ["性别 未登记", "住址 未登记", "证件类型 居民身份证"] == [
        " ".join(line.split()[:2]) for line in lines if line.split()[0] in {"性别", "住址", "证件类型"}
    ]


def test_that_access_outlives_the_sign_in_is_told_as_on_the_page(whole: Whole, app: App) -> None:
    """For how many days; it is no claim, and nobody who did not ask for it is told of it."""
    whole.resident("stays_away")
    app.portal = whole.client(scope=f"{SCOPE} offline_access")
    typed = {"login": "stays_away", "password": PASSWORD}
    plain = app.begin().step("/password", **typed)["details"]
    told_here = app.begin(scope=f"{SCOPE} offline_access").step("/password", **typed)["details"]
    request = whole.request(app.portal, scope=f"{SCOPE} offline_access", prompt="consent")
    page = whole.visitor().go(request).fill(**typed).text

    assert "offline_access" not in plain
    assert plain["asked"] == told_here["asked"]
    assert f"最长 {told_here['offline_access']['days']} 天" in page


def test_civil_servants_begin_on_our_pages(whole: Whole) -> None:
    """Their directory is asked there; a citizen's password, right or wrong, is judged for nobody here."""
    whole.resident("citizen_here")
    app = App(whole, whole.client(scope=SCOPE, realms=["staff"])).begin()
    ways = told(app.answer)["ways"]
    refusals = set()
    for typed in (PASSWORD, "wrong"):
        app.step("/password", login="citizen_here", password=typed)
        refusals.add(app.refusal)

    assert ([], {(409, "not_due")}) == (ways, refusals)


@pytest.mark.parametrize("path", ["/qr", "/certificate/text", "/passkey/options"])
def test_ways_that_are_none_here_are_not_due(whole: Whole, path: str) -> None:
    """In another realm, without an authority, at a bare address."""
    app = App(whole, whole.client(scope=SCOPE, realms=["staff"])).begin()
    app.step(path)

    assert (409, "not_due") == app.refusal
