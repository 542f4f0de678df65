"""Sample values for the pages of who acts for an organisation; a part of the gallery."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import segno
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from idp.account.enterprises.choices import Choice, Choices, Group
from idp.account.enterprises.drafts import ScopeForm
from idp.account.enterprises.mandate import Story
from idp.account.enterprises.shown import Shown
from idp.mandates.models import Letter, Role, State
from idp.mandates.roster import Agent
from idp.mandates.statement import Name
from idp.organisations.models import Organisation
from idp.storage.base import new_id
from idp.web.pages import Me

AT = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
LAST = date(2027, 2, 18)
ME = Me("林晓禾", 4, "token", unread=2)
COMPANY = Organisation(
    id=new_id(), name="示范省某某新能源科技发展有限公司", credit_code="91210000MAYYYY0164", standing="active"
)
SENTENCE = (
    "示范省某某新能源科技发展有限公司授权薛云在2027年2月18日前（含当日）"
    "办理以下事项：社会保险中的企业职工参保登记；可以申请、查询；只限 210000 地区。"
)
IN_ENGLISH = (
    "示范省某某新能源科技发展有限公司 authorises 薛云, up to and including 2027-02-18, to handle: "
    "Social insurance: Enrolment of employees; to apply and enquire; in region 210000 only."
)
BOTH = {"sentence": SENTENCE, "sentence_in_english": IN_ENGLISH}
PLACE = "/account/organisations/1/mandates/1"
FORM = {"csrf_token": "token", "action": "", "back_url": PLACE}
MATTERS = [
    Choice("210100-sb-002", Name("企业职工参保登记", "Enrolment of employees")),
    Choice("210100-sb-006", Name("社会保险费缴纳", "Payment of contributions")),
]
CHOICES = Choices(
    [Group("sb", Name("社会保险", "Social insurance"), True, MATTERS)],
    True,
    frozenset({"apply", "query", "pay", "receive"}),
    {one.code: "sb" for one in MATTERS},
)
MANY = [
    Choice(f"210100-gjj-{one:03}", Name(f"住房公积金示范事项第{one}项", f"Sample matter {one} of the fund"))
    for one in range(90)
]
STOCK = replace(
    CHOICES,
    groups=[
        *CHOICES.groups,
        Group("gjj", Name("住房公积金", "Housing fund"), False, MANY),
        Group(
            "bdc",
            Name("不动产登记", "Registration of real estate"),
            False,
            [Choice(f"bdc-{one}", Name(f"登记事项{one}", f"Registration {one}")) for one in range(30)],
        ),
    ],
)


def mandate(**changes: Any) -> Shown:
    """An agent's mandate for one matter, within a limit."""
    values: dict[str, Any] = {
        "id": new_id(),
        "agent": "薛云",
        "agent_is_organisation": False,
        "role": Role.AGENT,
        "things": "社会保险中的企业职工参保登记",
        "actions": "申请、查询",
        "limits": ["只限 210000 地区"],
        "everything": False,
        "valid_from": AT,
        "last_day": LAST,
        "state": State.ACTIVE,
        "because": "",
        "grace_until": None,
        "may_delegate": False,
        "settles_at": AT,
        "own": False,
        "may_end": True,
        "url": PLACE,
    }
    return Shown(**values | changes)


AGENCY = mandate(agent="示范代理记账有限公司", agent_is_organisation=True, things="税费（整组）")
LEFT = mandate(state=State.SUSPENDED, because="representative_left", role=Role.ADMINISTRATOR, everything=True)


def one(**changes: Any) -> dict[str, Any]:
    """The page of one mandate."""
    return {
        "me": ME,
        "refusal": "",
        "organisation": COMPANY,
        "mandate": mandate(),
        "story": Story("丁国栋", AT, AT, None, "grant"),
        **BOTH,
        "is_open": True,
        "is_waiting": False,
        "may_renew": True,
        "administers": True,
        "url": PLACE,
        **FORM,
        **changes,
    }


def ending(what: str, **changes: Any) -> dict[str, Any]:
    """Before it ends."""
    return {
        "me": ME,
        "refusal": "",
        "organisation": COMPANY,
        "mandate": mandate(),
        "below": [],
        "sign_ins": 2,
        "what": what,
        "administers": True,
        **FORM,
        **changes,
    }


def changing(what: str, **changes: Any) -> dict[str, Any]:
    """Narrowing or renewing it."""
    sent = {"matter": "210100-sb-002", "action": "apply", "region": "210000", "until": "2027-02-18"}
    form = ScopeForm(MultiDict(sent))
    return {
        "me": ME,
        "organisation": COMPANY,
        "agent": "薛云",
        "what": what,
        "form": form,
        "refusal": "",
        "choices": CHOICES,
        "picking": form.picking(CHOICES),
        "may_pass_on": what == "renew",
        "latest": LAST,
        **FORM,
        **changes,
    }


def opened() -> dict[str, Any]:
    """Renewing it out of a large catalogue: one group is open."""
    sent = {"matter": "210100-sb-002", "action": "apply", "until": "2027-02-18", "at": "gjj", "page": "2"}
    form = ScopeForm(MultiDict(sent))
    return changing("renew", form=form, choices=STOCK, picking=form.picking(STOCK))


def letter(made: bool) -> dict[str, Any]:
    """The letter, or the button that makes it."""
    code = "7K3M-Q9TB-2WXD-E5HN"
    picture = segno.make(f"https://id.example.gov.cn/verify/mandate#{code}", error="m")
    return {
        "me": ME,
        "organisation": COMPANY,
        "agent": Agent("薛云"),
        "agency_code": "",
        "role": Role.AGENT,
        **BOTH,
        "last_day": LAST,
        "signed_at": AT,
        "accepted_at": AT,
        "letter": Letter(issued_at=AT) if made else None,
        "code": code,
        "picture": Markup(picture.svg_inline(omitsize=True, border=2)),
        "verify_url": "https://id.example.gov.cn/verify/mandate",
        **FORM,
    }


def handover(*mandates: Shown) -> dict[str, Any]:
    """What a former representative left."""
    return {"me": ME, "refusal": "", "organisation": COMPANY, "mandates": list(mandates), **FORM}


COOLING = {"mandate": mandate(state=State.COOLING), "is_open": True}
HERE = "account/enterprises"
PAGES: dict[str, Callable[[], dict[str, Any]]] = {
    f"{HERE}/mandate.html": one,
    f"{HERE}/mandate.html#cooling": lambda: one(**COOLING, story=Story("", AT, AT, None, "window")),
    f"{HERE}/end.html": lambda: ending("end", below=[AGENCY, mandate(agent="马平", everything=True)]),
    f"{HERE}/end.html#refused": lambda: ending("end", refusal="end_last_to_administer", sign_ins=0),
    f"{HERE}/end.html#resign": lambda: ending("resign", mandate=mandate(own=True)),
    f"{HERE}/end.html#object": lambda: ending("object", mandate=mandate(state=State.COOLING)),
    f"{HERE}/change.html": lambda: changing("narrow"),
    f"{HERE}/change.html#renew": lambda: changing("renew"),
    f"{HERE}/change.html#refused": lambda: changing("renew", refusal="renewal_unreachable"),
    f"{HERE}/change.html#opened": opened,
    f"{HERE}/letter.html": lambda: letter(made=True),
    f"{HERE}/letter.html#before": lambda: letter(made=False),
    f"{HERE}/handover.html": lambda: handover(LEFT, AGENCY, mandate(grace_until=AT)),
    f"{HERE}/handover.html#nothing": handover,
}
