"""Every page with sample values, for the tests and for looking: ``python -m tests.idp.web.gallery``."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.datastructures import MultiDict

from idp.account.consents import by_service
from idp.account.slip import SlipForm
from idp.account.window import Done
from idp.consents import texts
from idp.interaction.reasons import Asker, Missing, SecondWay
from idp.mandates.statement import Name
from idp.matters.models import Action
from idp.sessions.logout import Answer
from idp.sign_in.further import Held
from idp.sign_in.upstreams import Awaited, Failed, Offered
from idp.web import assets, forms, pages, signed_out
from idp.web.legal import legal
from idp.web.pages import Asked, Destination, Me
from tests.idp.web import gallery_enterprises as enterprises

AT = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
FUND = Destination(
    "住房公积金网上服务大厅",
    "市住房公积金管理中心",
    "gjj.example.gov.cn",
    3,
    "提取公积金前，需要确认是您本人。",
)
CITY = Destination("市政务服务网", "市政务服务和数据管理局", "zwfw.example.gov.cn")
GAS = Destination("城市燃气网上营业厅", "市燃气集团有限公司", "gas.example.com")
KINDS = [
    "resident_id_18",
    "hk_residence_permit",
    "macao_residence_permit",
    "taiwan_residence_permit",
    "foreign_permanent_resident_18",
    "hk_macao_travel_permit",
    "taiwan_travel_permit",
    "prc_passport",
    "foreign_passport",
]
COUNTRIES = [("SAU", "沙特阿拉伯"), ("SGP", "新加坡")]
ME = Me("林晓禾", 3, "token", unread=2)
FORM = {"csrf_token": "token", "action": ""}
HELD = Held(AT, ("totp", "sms", "recovery-code"), alone=True, usable=("passkey",))
ASKED = [
    Asked("profile", {"name": "*晓禾", "gender": None, "birthdate": "1949 年"}),
    Asked("identity_document", {"id_type": "resident_id_18", "id_number": "2100**********0390"}),
    Asked("phone", {"phone_number": "138****0000"}, required=False),
    Asked("address", {"address": None}, required=False),
]


def filled(form: type[forms.Fields], **values: str) -> forms.Fields:
    """A form as somebody sent it."""
    sent = form(MultiDict(values))
    sent.validate()
    return sent


def refused(form: forms.Fields, reason: str) -> forms.Fields:
    """A form with a reason at its first field."""
    forms.refuse(next(iter(form)), reason)
    return form


@dataclass(frozen=True)
class Service:
    """A row of the start page."""

    name: str
    department: str
    level: int
    entered_at: datetime | None = None
    url: str = "/go"


@dataclass(frozen=True)
class Row:
    """Any other row: its attributes are what the template reads."""

    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def row(**values: Any) -> Row:
    """A row with these attributes."""
    return Row(values)


def sign_in(**changes: Any) -> dict[str, Any]:
    """The sign-in page on the way to the housing fund."""
    links = {"organisation_url": "/o", "forgot_url": "/recover", "register_url": "/register"}
    return {"destination": FUND, "form": forms.SignIn(), "refusal": "", **FORM, **links, **changes}


COMPANY = row(
    id="company",
    name="示范省某某新能源科技发展有限公司",
    code="91210000MAYYYY0164",
    role="agent",
    through="",
    last_day=AT.date(),
    restricted=False,
    allowed=True,
    reason="",
)


def capacity(**changes: Any) -> dict[str, Any]:
    """As what somebody comes to the city's services."""
    agency = COMPANY.values | {
        "id": "agency",
        "name": "示范代理记账有限公司客户甲",
        "through": "示范代理记账有限公司",
    }
    closing = COMPANY.values | {
        "id": "closing",
        "name": "示范贸易商行",
        "restricted": True,
        "role": "representative",
    }
    ended = COMPANY.values | {"id": "ended", "name": "示范餐饮店", "allowed": False, "reason": "expired"}
    revoked = ended | {"id": "revoked", "name": "示范书店", "reason": "ended"}
    return {
        "destination": CITY,
        "choices": [COMPANY, row(**agency), row(**closing), row(**ended), row(**revoked)],
        "refused": None,
        "refusal": "",
        "wishes": [("企业职工参保登记", "apply"), ("社会保险费缴纳", "pay")],
        "oneself": True,
        "proposed": "",
        "missing": False,
        **FORM,
        **changes,
    }


def consents() -> list[Any]:
    """One of each kind."""
    common: dict[str, Any] = {
        "department": "",
        "purpose": "",
        "withdrawn_at": None,
        "at": AT,
        "claims": [],
        "client_id": None,
        "text_version": "2026-11",
        "shared_subject": False,
    }
    return [
        row(
            **common
            | {
                "service": GAS.name,
                "department": GAS.department,
                "kind": "provision",
                "client_id": "gas",
                "claims": ["sub", "name", "id_number"],
                "purpose": "办理用气开户和过户，核对户主身份",
                "text": texts.TEXTS["provision"],
            }
        ),
        row(
            **common
            | {
                "service": FUND.name,
                "department": FUND.department,
                "kind": "notice",
                "client_id": "fund",
                "claims": ["sub", "name", "id_number", "ial"],
                "shared_subject": True,
                "text": texts.TEXTS["duty-notice"],
            }
        ),
        row(**common | {"service": "", "kind": "sensitive", "text": texts.TEXTS["identity-number"]}),
        row(
            **common
            | {"service": "", "kind": "agreement", "text": texts.TEXTS["privacy-policy"], "withdrawn_at": AT}
        ),
    ]


def activity() -> list[Row]:
    """A few lines of the trail, and what a service read."""
    read = {"topic": "data.read", "at": AT, "service": GAS.name, "actor": "service", "times": 3, "text": None}
    return [
        row(**read, claims=["name", "id_number"], device=None, source=None),
        *(
            row(topic=topic, at=at, service=service, device="Edge · Windows", source="10.0.*.*", actor="self")
            for topic, service, at in (
                ("session.begun", FUND.name, AT),
                ("consent.given", GAS.name, AT),
                ("sign_in.refused", None, AT - timedelta(days=1)),
                ("identity.verified", None, AT - timedelta(days=1)),
                ("person.registered", CITY.name, AT - timedelta(days=9)),
            )
        ),
    ]


LINK: dict[str, Any] = {
    "destination": FUND,
    "upstream": "浙里办",
    "person": "*晓禾",
    "number": "2***************2",
    "ways": [("sign-in", "/in"), ("sms", "/sms")],
    "others": [Offered(f"p{n}", f"第{n}平台", f"/up/{n}", n == 2) for n in range(1, 6)],
    "forgot_url": "/recover",
    **FORM,
}
PAGES: dict[str, Callable[[], dict[str, Any]]] = {
    **enterprises.PAGES,
    "interaction/sign_in.html": sign_in,
    "interaction/sign_in.html#own": lambda: sign_in(destination=None, organisation_url=None),
    "interaction/sign_in.html#awaited": lambda: sign_in(
        organisation_url=None,
        register_url=None,
        awaited=Awaited("/link", "浙里办", "远山仪器有限公司"),
    ),
    "interaction/sign_in.html#down": lambda: sign_in(
        failed_upstream=Failed("p2", "第2平台", "unavailable"),
        upstreams=[Offered(f"p{n}", f"第{n}平台", f"/up/{n}", n == 2) for n in range(1, 6)],
    ),
    "interaction/sign_in.html#refused": lambda: sign_in(
        form=filled(forms.SignIn, login="linxiaohe", password="not it"), refusal="wrong"
    ),
    "interaction/sign_in.html#empty": lambda: sign_in(form=filled(forms.SignIn)),
    "interaction/slow_down.html": lambda: sign_in(
        form=forms.SignIn(MultiDict({"login": "linxiaohe"})), seconds=30
    ),
    "interaction/sign_in.html#broker": lambda: sign_in(registers_at="浙里办"),
    "sign_in/sms_new.html#broker": lambda: {
        "destination": FUND,
        "phone": "138****0000",
        "register_url": "/register",
        "registers_at": "浙里办",
        "change_url": "/change",
        "other_ways_url": "/in",
    },
    "interaction/organisation.html": lambda: {
        "destination": FUND,
        "personal_url": "/in",
        "register_url": "/register",
        "upstreams": [Offered("province", "浙里办", "/up?as=organisation", False)],
    },
    "federation/organisation.html": lambda: {
        "destination": FUND,
        "upstream": "浙里办",
        "organisation": "远山仪器有限公司",
        "comes_for": True,
        "ways": [("sign-in", "/in"), ("sms", "/sms"), ("certificate", "/certificate")],
        **FORM,
    },
    "federation/unauthorised.html": lambda: {
        "destination": FUND,
        "organisation": "远山仪器有限公司",
        **FORM,
    },
    "federation/unwelcome.html#child": lambda: {
        "destination": FUND,
        "upstream": "浙里办",
        "reason": "child",
        "other_ways_url": "/in",
        "family_url": "/account/family",
    },
    "federation/link.html": lambda: LINK,
    "federation/link.html#held": lambda: LINK | {"held_until": AT},
    "interaction/consent.html": lambda: {
        "destination": GAS,
        "asked": ASKED,
        "away_days": 30,
        "purpose": "办理用气开户和过户，核对户主身份。",
        "separate": True,
        "first": True,
        "retention_days": 180,
        "contact": "96777",
        "privacy_url": "https://gas.example.com/privacy",
        "person": "*晓禾",
        **FORM,
    },
    "interaction/consent.html#plain": lambda: {
        "destination": CITY,
        "asked": ASKED[:1],
        "purpose": "显示您的姓名。",
        "separate": False,
        "first": False,
        "person": "*晓禾",
        **FORM,
    },
    "interaction/notice.html": lambda: {
        "destination": FUND,
        "asked": ASKED[:2],
        "purpose": "办理住房公积金的缴存、提取和贷款。",
        "contact": "12329",
        "person": "*晓禾",
        **FORM,
    },
    "interaction/capacity.html": lambda: capacity(),
    "interaction/capacity.html#refused": lambda: capacity(
        choices=[], refused=COMPANY, refusal="matter_not_granted", oneself=False
    ),
    "interaction/capacity.html#missing": lambda: capacity(missing=True),
    "interaction/step_up.html": lambda: {
        "destination": FUND,
        "level": 2,
        "needed": 3,
        "ways": [("registry", "/account/verify"), ("window", "")],
        **FORM,
    },
    "interaction/step_up.html#pending": lambda: {
        "destination": FUND,
        "level": 2,
        "needed": 3,
        "ways": [("pending", "/interaction/i")],
        "why": SecondWay((Asker.SELF, Asker.SERVICE), ("pwd",), Missing.POSSESSION),
        **FORM,
    },
    "sign_in/second_factor.html#held": lambda: {
        "destination": FUND,
        "ways": [],
        "certificate_url": "/certificate",
        "needed": 2,
        "is_staff": False,
        "methods_url": "/account/methods",
        "may_turn_back": True,
        "why": SecondWay((Asker.SERVICE,), ("pwd",), Missing.POSSESSION),
        "held": HELD,
        "begin_url": "/in",
        **FORM,
    },
    "sign_in/second_factor.html#office": lambda: {
        "destination": replace(FUND, level=None, reason=None),
        "ways": [],
        "certificate_url": "",
        "needed": 3,
        "is_staff": True,
        "methods_url": "/staff",
        "may_turn_back": True,
        "why": SecondWay((Asker.SERVICE,), ("pwd", "otp"), Missing.DEVICE_KEY),
        **FORM,
    },
    "sign_in/totp.html#lets-in": lambda: {
        "form": forms.Code(),
        "other_ways_url": "/ways",
        "why": SecondWay((Asker.SELF,), ("pwd",), Missing.POSSESSION),
        "held": replace(HELD, usable=(), lets_in=True, is_half=True),
        **FORM,
    },
    "sign_in/recovery_code.html#two-steps": lambda: {
        "form": forms.RecoveryCode(),
        "other_ways_url": "/ways",
        "why": SecondWay((Asker.SELF,), ("pwd",), Missing.POSSESSION),
        "held": replace(HELD, ways=("totp", "sms"), usable=("recovery-code",), alone=False, is_half=True),
        **FORM,
    },
    "interaction/resume.html": lambda: {
        "destination": FUND,
        "reason": "expired",
        "restart_url": "/again",
        "home_url": "/account",
    },
    "interaction/resume.html#finished": lambda: {"reason": "finished", "home_url": "/account"},
    "interaction/form_post.html": lambda: {
        "destination": FUND,
        "redirect_uri": "https://gjj.example.gov.cn/callback",
        "fields": {"code": "sample", "state": "sample"},
    },
    "register/phone.html": lambda: {
        "destination": FUND,
        "form": filled(forms.Phone, phone="138"),
        "sign_in_url": "/in",
        "minutes": 30,
        "speaks": True,
        **FORM,
    },
    "register/phone.html#old-account": lambda: {
        "destination": FUND,
        "form": forms.Phone(),
        "sign_in_url": "/in",
        "minutes": 30,
        "speaks": True,
        "old_system": "住房公积金网厅",
        **FORM,
    },
    "register/phone.html#too-soon": lambda: {
        "form": filled(forms.Phone, phone="13800000000"),
        "refusal": "code_too_soon",
        "seconds": 60,
        **FORM,
    },
    "register/code.html": lambda: {
        "destination": FUND,
        "form": forms.Code(),
        "phone": "138****0000",
        "seconds": 60,
        "change_url": "/register",
        "minutes": 10,
        "speaks": True,
        **FORM,
    },
    "register/code.html#wrong": lambda: {
        "form": filled(forms.Code, code="12345"),
        "minutes": 10,
        "phone": "138****0000",
        "seconds": 0,
        "change_url": "/register",
        **FORM,
    },
    "register/identity.html": lambda: {
        "destination": FUND,
        "form": forms.Identity(),
        "kinds": KINDS,
        "countries": COUNTRIES,
        **FORM,
    },
    "register/identity.html#mismatch": lambda: {
        "destination": FUND,
        "form": filled(
            forms.Identity,
            kind="foreign_passport",
            name="TEST PERSON",
            number="TEST00001",
            country="SGP",
            agreement="yes",
        ),
        "refusal": "mismatch",
        "attempts_left": 3,
        "kinds": KINDS,
        "countries": COUNTRIES,
        **FORM,
    },
    **{
        f"register/verifying.html#{outcome}": lambda outcome=outcome, level=level: {  # type: ignore[misc]
            "destination": FUND,
            "outcome": outcome,
            "level": level,
            "name": "*晓禾",
            "number": "2100**********0390",
            "continue_url": "/next",
        }
        for outcome, level in (("verified", 3), ("unconfirmed", 2), ("pending", 2), ("unsupported", 2))
    },
    "register/password.html": lambda: {"destination": FUND, "form": forms.NewPassword(), **FORM},
    "register/password.html#short": lambda: {
        "form": filled(forms.NewPassword, login="9", password="short"),
        **FORM,
    },
    "register/check_messages.html": lambda: {
        "destination": FUND,
        "phone": "138****0000",
        "back_url": "/in",
    },
    "register/under_age.html": lambda: {"destination": FUND, "home_url": "/account"},
    "recover/start.html": lambda: {
        "form": forms.Phone(),
        "sign_in_url": "/in",
        "minutes": 30,
        "speaks": True,
        **FORM,
    },
    "recover/code.html": lambda: {
        "destination": FUND,
        "form": forms.Code(),
        "phone": "138****0000",
        "seconds": 0,
        "change_url": "/recover",
        "minutes": 10,
        "is_call": True,
        "speaks": True,
        **FORM,
    },
    "recover/identity.html": lambda: {
        "form": forms.Document(),
        "kinds": KINDS,
        "countries": COUNTRIES,
        **FORM,
    },
    "recover/password.html": lambda: {"form": forms.NewPassword(), "by_phone": True, **FORM},
    "recover/password.html#without-phone": lambda: {
        "form": forms.NewPassword(),
        "by_phone": False,
        **FORM,
    },
    "recover/done.html": lambda: {"sign_in_url": "/in"},
    "recover/overtaken.html": lambda: {"begin_url": "/recover", "sign_in_url": "/in"},
    "recover/check_messages.html": lambda: {"phone": "138****0000", "back_url": "/in"},
    "legal/accessibility.html": lambda: {"examined_on": AT.date()},
    "account/home.html": lambda: {
        "me": Me("林晓禾", 2, "token"),
        "held_until": AT,
        "services": [
            Service(CITY.name, "市政务服务和数据管理局", 1, AT),
            Service(FUND.name, "市住房公积金管理中心", 3),
            Service("医保个人网厅", "市医疗保障局", 2),
        ],
        "pending": False,
        "verify_url": "/account/verify",
    },
    "account/home.html#kept": lambda: {"me": ME, "services": [], "kept_at": AT, "verify_url": None},
    "account/home.html#attended": lambda: {
        "me": ME,
        "services": [],
        "attended_until": AT,
        "verify_url": None,
    },
    "account/home.html#pending": lambda: {"me": ME, "services": [], "pending": True, "verify_url": None},
    "account/profile.html": lambda: {
        "me": ME,
        "profile": row(
            name="林晓禾",
            gender="F",
            birthdate=date(1949, 10, 1),
            phone="138****0000",
            login_name="linxiaohe",
            address=None,
            created_at=AT,
        ),
        "documents": [
            row(kind="resident_id_18", masked="2100**********0390", verified_at=AT),
            row(kind="prc_passport", masked="E99****01", verified_at=None),
        ],
        "renaming_url": "/account/profile/renaming",
        "checked": "renamed",
    },
    **{
        f"account/renaming.html{state}": lambda refusal=refusal: {  # type: ignore[misc]
            "me": ME,
            "form": forms.Document(),
            "kinds": KINDS,
            "countries": COUNTRIES,
            "refusal": refusal,
            "attempts_left": 3,
            **FORM,
        }
        for state, refusal in (("", ""), ("#mismatch", "mismatch"), ("#number", "another_number"))
    },
    "account/security.html": lambda: {
        "me": ME,
        "sessions": [
            row(
                id="1",
                device="Edge · Windows",
                started_at=AT,
                last_seen_at=AT,
                current=True,
                services=[CITY.name, FUND.name],
            ),
            row(id="2", device="Safari · iPhone", started_at=AT, last_seen_at=AT, current=False, services=[]),
        ],
        "password_changed_at": AT,
        "changed": True,
        **FORM,
    },
    "account/password.html": lambda: {"me": ME, "form": forms.ChangedPassword(), "refusal": "", **FORM},
    "account/password.html#wrong": lambda: {
        "me": ME,
        "form": refused(filled(forms.ChangedPassword, current="x", password="long enough"), "password_wrong"),
        "refusal": "",
        **FORM,
    },
    "account/methods/recovery_codes.html": lambda: {
        "me": ME,
        "codes": ["2b7k-9fqm-x3tz", "h4dw-c8rn-p6vj"],
        "whose": "li***e",
        "made_at": AT,
        "onward_url": "/account/methods",
        **FORM,
    },
    "account/consents.html": lambda: {
        "me": ME,
        "services": [one for one in by_service(consents()) if one.client_id],
        "platform": [one for one in consents() if one.client_id is None],
        "printed_at": AT,
        **FORM,
    },
    "account/activity.html": lambda: {
        "me": ME,
        "events": activity(),
        "older_url": "?before=1",
        "printed_at": AT,
        "kept_days": 180,
    },
    "account/notices.html": lambda: {
        "me": ME,
        "notices": [
            row(topic="identity.verified", at=AT, read_at=None),
            row(topic="password.changed", at=AT, read_at=AT),
            row(id="n-3", topic="organisation.restricted", at=AT, read_at=AT),
        ],
        "about": {"n-3": "示范科技有限公司"},
    },
    "account/verify.html": lambda: {
        "me": ME,
        "form": forms.Document(),
        "kinds": KINDS,
        "countries": COUNTRIES,
        "refusal": "mismatch",
        "attempts_left": 1,
        "return_url": "/back",
        **FORM,
    },
    "account/verify.html#pending": lambda: {"me": ME, "form": forms.Document(), "pending": True, **FORM},
    "account/real_person.html": lambda: {
        "me": ME,
        "refusal": "face_unsure",
        "standing": row(level=3, pending=False),
        "until": None,
        "possible": True,
        "days": 365,
        "verify_url": "/verify",
        "return_url": "/back",
        **FORM,
    },
    "account/real_person.html#done": lambda: {
        "me": ME,
        "refusal": "",
        "standing": row(level=4, pending=False),
        "until": AT,
        "possible": True,
        "days": 365,
        "verify_url": "/verify",
        "return_url": None,
        **FORM,
    },
    "account/window.html": lambda: {
        "me": ME,
        "code": "1234 5678",
        "minutes": 15,
        "slip_ready_at": AT,
        "attended_until": AT,
        "noted": [Done(Name("居住证签注", "Residence permit"), Action.APPLY, AT)],
        **FORM,
    },
    "recover/slip.html": lambda: {
        "form": refused(filled(SlipForm, slip="A" * 16, password="x" * 9), "slip_wrong"),
        "refusal": "",
        "destination": None,
        **FORM,
    },
    "recover/slip_done.html": lambda: {"sign_in_url": "/in", "destination": None},
    "account/close.html": lambda: {"me": ME, "form": forms.Password(), "cooling_days": 15, **FORM},
    "account/close.html#begun": lambda: {
        "me": ME,
        "form": forms.Password(),
        "cooling_days": 15,
        "close_after": AT,
        **FORM,
    },
    "interaction/declined.html": lambda: {
        "service": FUND.name,
        "service_url": "https://gjj.example.gov.cn/",
        "reason": "unfinished",
        "home_url": "/account",
    },
    "oauth/sign_out.html": lambda: {"service": FUND.name, "services": [FUND.name, CITY.name], **FORM},
    "signed_out.html#closing": lambda: {"services": [], "closes_at": AT, "sign_in_url": "/in"},
    "signed_out.html": lambda: {
        "service": FUND.name,
        "services": [
            signed_out.Service(CITY.name, Answer.ANSWERED),
            signed_out.Service(FUND.name, Answer.WAITING),
            signed_out.Service("不动产登记", Answer.AWAY, "/signed-out/next?to=2"),
            signed_out.Service("陕西政务服务网", Answer.NO_SERVICE),
        ],
        "told": 3,
        "done": 1,
        "unanswered": [FUND.name],
        "away": ["不动产登记"],
        "again_url": "/signed-out",
        "next_url": "/signed-out/next?on=1",
        "back_url": None,
        "sign_in_url": "/in",
    },
    "errors/error.html": lambda: {"status": 500, "error_id": "7QK4-M2PX", "home_url": "/account"},
    "errors/error.html#missing": lambda: {"status": 404, "error_id": "7QK4-M2PX", "home_url": "/account"},
    "errors/client.html": lambda: {
        "reason": "redirect_uri",
        "field": "redirect_uri",
        "sent": "https://gjj.example.gov.cn/callback/",
        "service": FUND.name,
        "contact": "12329",
        "error_id": "7QK4-M2PX",
    },
    "errors/unavailable.html": lambda: {"error_id": "7QK4-M2PX", "retry_url": ""},
    **{
        f"legal/text.html#{key}": lambda text=text: {  # type: ignore[misc]
            "text": text,
            "title": text.title,
            "blocks": list(texts.blocks(texts.text(text.key))),
            "translated": True,
            "texts": [(other.key, other.title) for other in texts.TEXTS.values()],
        }
        for key, text in texts.TEXTS.items()
    },
}


def address(sample: str, query: str) -> str:
    """Where the gallery shows a sample."""
    name, _, state = sample.partition("#")
    return f"/page/{name}?{f'state={state}&' if state else ''}{query}"


def gallery() -> Flask:
    """An application that shows any of them at ``/page/<name>``, assets and legal texts included."""
    app = Flask("idp", static_folder=None)
    pages.install(app)
    app.register_blueprint(legal)

    @app.get("/page/<path:name>")
    def page(name: str) -> Response:
        sample = name + ("#" + request.args["state"] if "state" in request.args else "")
        values = PAGES[sample]()
        return pages.render(name, **values)

    @app.get("/account", defaults={"name": "home"})
    @app.get("/account/<name>")
    def account(name: str) -> Response:
        return page(f"account/{name}.html")

    @app.get("/static/<path:name>")
    def static(name: str) -> Response:
        asset = assets.at(request.path) or abort(404)
        return Response(
            asset.body, headers={"Cache-Control": assets.CACHE_CONTROL}, content_type=asset.content_type
        )

    return app


if __name__ == "__main__":
    gallery().run(port=8390)
