"""Once past every page a person can meet, on the ways that lead there."""

from playwright.sync_api import Page

from tests.journeys import steps
from tests.journeys.relying_party import RelyingParty
from tests.journeys.sandbox import Citizen, Sandbox
from tests.journeys.steps import Seen

LEGAL = (
    "service-agreement",
    "privacy-policy",
    "minors",
    "identity-number",
    "real-person",
    "verification",
    "provision",
    "duty-notice",
)
OWN = (
    "profile",
    "profile/renaming",
    "upstreams",
    "security",
    "security/password",
    "security/ended",
    "phone",
    "export",
    "preferences",
    "family",
    "family/add",
    "real-person",
    "window",
    "consents",
    "activity",
    "notices",
    "close",
)


def every_page(
    page: Page,
    sandbox: Sandbox,
    application: RelyingParty,
    newcomer: Citizen,
    seen: Seen,
    *,
    in_english: bool = False,
) -> None:
    """Tell `seen` the name of each page while the page is open; portals say which language they speak."""
    _before_signing_in(page, sandbox, newcomer, in_english, seen)
    _from_the_province(page, sandbox, seen)
    _registering(page, sandbox, newcomer, seen)
    _own_pages(page, sandbox, newcomer, seen)
    _agreeing(page, application, seen)
    _leaving(page, sandbox, seen)
    _recovering(page, sandbox, newcomer, seen)
    _below_the_level(page, sandbox, seen)


def _before_signing_in(page: Page, sandbox: Sandbox, newcomer: Citizen, in_english: bool, seen: Seen) -> None:
    page.goto(f"{sandbox.city}?lang={'en' if in_english else 'zh'}")
    page.goto(f"{sandbox.city}/sign-in")
    seen("sign-in")
    steps.sign_in(page, "", "")
    seen("sign-in-empty")
    steps.sign_in(page, "nobody_at_all", "not the password")
    seen("sign-in-wrong")
    steps.press(page, ".tabs a[href*=organisation]")
    seen("organisation")
    steps.guess_until_slowed(page, f"{sandbox.city}/sign-in", f"guessed_{newcomer.phone[-3:]}")
    seen("slow-down")
    for text in LEGAL:
        page.goto(f"{sandbox.issuer}/legal/{text}")
        seen(f"legal-{text}")
    for name, path in {
        "accessibility": "/accessibility",
        "not-found": "/nothing/here",
        "other-browser": "/interaction/x",
        "client-error": "/oauth/authorize?client_id=nobody",
        "sign-in-alone": "/sign-in",
    }.items():
        page.goto(f"{sandbox.issuer}{path}")
        seen(name)


def _from_the_province(page: Page, sandbox: Sandbox, seen: Seen) -> None:
    for key, name in {
        "nameless": "upstream-new-below-level-3",
        "unregistered-33": "upstream-new",
        "owner": "upstream-link",
        "resident": "upstream-conflict",
    }.items():
        _come(page, sandbox, key)
        if name == "upstream-conflict":
            steps.send(page, "form#joining", agreement="yes", sensitive="yes")
        seen(name)
    sandbox.province_meets("drop", "oidc.token", 1)
    _come(page, sandbox, "nameless")
    seen("sign-in-upstream-failed")


def _come(page: Page, sandbox: Sandbox, key: str) -> None:
    """Be somebody at the province, and arrive from there."""
    page.goto(f"{sandbox.province}/login")
    steps.press(page, f"button[value={key}]")
    page.goto(f"{sandbox.city}/sign-in")
    steps.press(page, "a[href$='/upstream/province']")


def _registering(page: Page, sandbox: Sandbox, newcomer: Citizen, seen: Seen) -> None:
    page.goto(f"{sandbox.city}/register")
    steps.send(page, "form#register-phone", phone="12")
    seen("register-phone-malformed")
    steps.register(page, sandbox, newcomer, seen)
    seen("notice")
    steps.agree(page)


def _own_pages(page: Page, sandbox: Sandbox, newcomer: Citizen, seen: Seen) -> None:
    page.goto(f"{sandbox.issuer}/account")
    seen("account")
    for own in OWN:
        page.goto(f"{sandbox.issuer}/account/{own}")
        seen(f"account-{own.replace('/', '-')}")
    _wrong_on_own_pages(page, sandbox, newcomer, seen)


def _wrong_on_own_pages(page: Page, sandbox: Sandbox, newcomer: Citizen, seen: Seen) -> None:
    page.goto(f"{sandbox.issuer}/account/security/password")
    steps.send(page, "form#password", current="not the password", password=steps.OTHER_PASSWORD)
    seen("account-security-password-wrong")
    page.goto(f"{sandbox.issuer}/account/profile/renaming")
    steps.tell_identity(page, "form#renaming", newcomer, name="并非本人")
    seen("account-profile-renaming-mismatch")
    page.goto(f"{sandbox.issuer}/account/phone")
    steps.send(page, "form#new-phone", phone="12")
    seen("account-phone-malformed")
    page.goto(f"{sandbox.issuer}/account/family/add")
    steps.send(page, "form#child", name="", number="12")
    seen("account-family-add-malformed")
    page.goto(f"{sandbox.issuer}/account/consents")
    steps.press(page, "main a[href^='/account/consents/']")
    seen("account-receipt")
    page.goto(f"{sandbox.issuer}/account/security")
    steps.press(page, "#sessions a[href^='/account/security/devices/']")
    seen("account-device")
    page.goto(f"{sandbox.issuer}/sign-in?again=yes&next=/account/profile/renaming")
    seen("sign-in-again")


def _agreeing(page: Page, application: RelyingParty, seen: Seen) -> None:
    page.goto(application.request())
    seen("consent")
    steps.press(page, "#consent-accept")


def _leaving(page: Page, sandbox: Sandbox, seen: Seen) -> None:
    page.goto(f"{sandbox.issuer}/oauth/logout")
    seen("sign-out")
    steps.press(page, "#sign-out-confirm")
    seen("signed-out")


def _recovering(page: Page, sandbox: Sandbox, newcomer: Citizen, seen: Seen) -> None:
    page.goto(f"{sandbox.issuer}/recover")
    steps.recover(page, sandbox, newcomer, seen)
    page.goto(f"{sandbox.issuer}/recover")
    code = steps.give_phone(page, "form#recover-phone", sandbox, newcomer.phone)
    steps.send(page, "form#sms-code", code=code)
    steps.tell_identity(page, "form#recover-identity", newcomer, name="并非本人")
    seen("check-messages")


def _below_the_level(page: Page, sandbox: Sandbox, seen: Seen) -> None:
    person = sandbox.people["unregistered-20"]
    page.goto(f"{sandbox.fund}/sign-in")
    steps.sign_in(page, person.login, person.password)
    seen("step-up")
    steps.press(page, "a[href*='/account/verify']")
    seen("account-verify")
