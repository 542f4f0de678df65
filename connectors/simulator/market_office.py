"""Market regulation as the simulator plays it: its two queries, its comparison, its four-element service.

It answers as freely as the real ones: whole records, and the true value of whatever was asked wrongly.
"""

import secrets
from collections.abc import Mapping

from connectors.market_regulation import AUTHORITY, DIFFERENT, FIELDS, FOUND, NOT_ON_FILE, SAME
from connectors.simulator.faults import FaultKind
from connectors.simulator.registered import Register, RegisteredOrganisation, on_file
from idp.organisations import names
from idp.organisations.registry import RegisteredState

TEXTS = {
    RegisteredState.LIVE: ("存续（在营、开业、在册）", "开业", "在营（开业）企业"),
    RegisteredState.LICENCE_REVOKED: ("吊销,未注销", "吊销.未注销"),
    RegisteredState.DEREGISTERED: ("注销", "吊销，已注销"),
    RegisteredState.CANCELLED: ("撤销",),
    RegisteredState.MOVED_OUT: ("迁出",),
    RegisteredState.LIQUIDATION: ("清算",),
    RegisteredState.UNKNOWN: ("待核",),
}
"""The registry never settled on one spelling."""
ADDRESS, CAPITAL = "示范路17号示范大厦8层", "8642.000000"
SCOPE = "一般项目：技术服务、技术开发、技术咨询"
ANOTHER = "另一家示范有限公司"
MISSING = {"code": "4001", "msg": "缺少参数"}


class MarketOffice:
    """Companies, cooperatives and individual businesses of the register."""

    def __init__(self, register: Register, authcode: str) -> None:
        self._register = register
        self._authcode = authcode

    def query(self, posted: Mapping[str, str], fault: FaultKind | None) -> dict[str, object]:
        """A company's record, by its code."""
        return self._records(posted, fault, individual=False)

    def individual(self, posted: Mapping[str, str], fault: FaultKind | None) -> dict[str, object]:
        """An individual business's record, by its code."""
        return self._records(posted, fault, individual=True)

    def verify(self, posted: Mapping[str, str], fault: FaultKind | None) -> dict[str, object]:
        """Compare name and representative; ``out_val`` tells what they should have been."""
        if not complete(posted, "requestId"):
            return dict(MISSING)
        one = self._find(posted.get("uniscid", ""), fault)
        if one is None or one.credit_code[1] == "2":
            return {"code": FOUND, "ent_idx": {}, "entchk_checkrcs_msg": "未查询到企业", "diff_list": []}
        holder = on_file(self._register.representative(one))
        wrong = fault is FaultKind.MISMATCH
        pairs = {"entname": ANOTHER if wrong else one.name, "name": holder}
        different = [
            {"chk_key": key, "in_val": posted[key], "out_val": true}
            for key, true in pairs.items()
            if key in posted and not names.same(posted[key], true)
        ]
        message = "核对不一致" if different else "核对一致"
        index = {"uniscid": one.credit_code, "regno": one.licence, "dom": ADDRESS}
        return {
            "code": FOUND,
            "ent_idx": index,
            "regstateCn": spelt(one),
            "entchk_checkrcs_msg": message,
            "diff_list": different,
        }

    def four_elements(self, posted: Mapping[str, str], fault: FaultKind | None) -> dict[str, object]:
        """Compare name, code, and the representative's name and number, each by itself."""
        if not complete(posted, "userTransId"):
            return {"status": "97", "data": {}}
        one = self._find(posted.get("enterpriseMark", ""), fault)
        said = dict.fromkeys(FIELDS, NOT_ON_FILE) if one is None else self._compared(one, posted, fault)
        status = next((s for s in (DIFFERENT, NOT_ON_FILE) if s in said.values()), SAME)
        details = {"resultCode": status, "resultMessage": "", "transId": secrets.token_hex(8), "items": said}
        return {"status": status, "data": {**details, "userTransId": posted["userTransId"]}}

    def _compared(
        self, one: RegisteredOrganisation, posted: Mapping[str, str], fault: FaultKind | None
    ) -> dict[str, str]:
        persona, wrong = self._register.representative(one), fault is FaultKind.MISMATCH
        same = {
            "enterpriseName": posted.get("enterpriseName") == one.name,
            "enterpriseMark": True,
            "legalPerson": posted.get("legalPerson") == on_file(persona),
            "legalPersonNo": posted.get("legalPersonNo") == persona.number and not wrong,
        }
        return {name: SAME if same[name] else DIFFERENT for name in FIELDS}

    def _records(
        self, posted: Mapping[str, str], fault: FaultKind | None, *, individual: bool
    ) -> dict[str, object]:
        if not complete(posted, "requestId"):
            return dict(MISSING)
        if posted.get("authcode") != self._authcode:
            return {"code": "4003", "msg": "授权码错误"}
        one = self._find(posted.get("uniscid", ""), fault)
        if one is None or (one.credit_code[1] == "2") is not individual:
            return {"code": FOUND, "msg": "查询成功", "data": []}
        row = self._individual_business(one) if individual else self._company(one)
        if fault is FaultKind.MISMATCH:
            row = {**row, "traname" if individual else "entname": ANOTHER}
        return {"code": FOUND, "msg": "查询成功", "data": [row]}

    def _company(self, one: RegisteredOrganisation) -> dict[str, str]:
        return {
            "uniscid": one.credit_code,
            "regno": one.licence,
            "entname": one.name,
            "enttypeCn": one.form,
            "dom": ADDRESS,
            "name": on_file(self._register.representative(one)),
            "opfrom": "2016-06-01",
            "opto": one.valid_to.isoformat() if one.valid_to else "长期",
            "estdate": "2016-06-01",
            "opscope": SCOPE,
            "regcap": CAPITAL,
            "regcapcurCn": "人民币",
            "regorg": one.division,
            "regorgcn": "示范市市场监督管理局",
            "apprdate": "2024-01-02",
            "regstateCn": spelt(one),
            "usedname": ";".join(one.former_names),
        }

    def _individual_business(self, one: RegisteredOrganisation) -> dict[str, str]:
        holder = on_file(self._register.representative(one))
        return {
            "uniscid": one.credit_code,
            "traname": "" if one.name == holder else one.name,
            "name": holder,
            "compformcn": "个人经营",
            "regstatecn": spelt(one),
            "oploc": ADDRESS,
            "opscope": SCOPE,
        }

    def _find(self, code: str, fault: FaultKind | None) -> RegisteredOrganisation | None:
        one = self._register.find(code)
        hidden = one is None or code[0] != "9" or AUTHORITY in one.unknown_to
        return None if hidden or fault is FaultKind.NOT_FOUND else one


def spelt(one: RegisteredOrganisation) -> str:
    """The organisation's state, in one of the registry's spellings."""
    texts = TEXTS[one.state]
    return texts[int(one.credit_code[10:16]) % len(texts)]


def complete(posted: Mapping[str, str], request_id: str) -> bool:
    """Whether the call says why it is made, and has an id."""
    return all(posted.get(name) for name in (request_id, "system", "matter", "operator"))
