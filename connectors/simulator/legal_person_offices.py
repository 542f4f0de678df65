"""Civil affairs, 机构编制, the base of legal persons and the list of changes, as the simulator plays them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors import civil_affairs, institutions, legal_person_base
from connectors.legal_person_base import Account
from connectors.simulator.faults import FaultKind
from connectors.simulator.market_office import ADDRESS, ANOTHER, CAPITAL, SCOPE, complete
from connectors.simulator.platform import CLOCK_SKEW
from connectors.simulator.registered import Register, RegisteredOrganisation, on_file
from idp.organisations.registry import RegisteredState
from idp.persons.identifiers import DocumentType

Posted = Mapping[str, str]
Answers = Callable[[Posted, FaultKind | None], Mapping[str, object]]

CERTIFIED = {
    RegisteredState.LIVE: "正常",
    RegisteredState.DEREGISTERED: "注销",
    RegisteredState.CANCELLED: "撤销",
    RegisteredState.LICENCE_REVOKED: "吊销",
    RegisteredState.LIQUIDATION: "清算中",
    RegisteredState.MOVED_OUT: "迁出",
    RegisteredState.UNKNOWN: "其他情形",
}
CODES = {
    RegisteredState.LIVE: "1",
    RegisteredState.LICENCE_REVOKED: "2",
    RegisteredState.DEREGISTERED: "4",
    RegisteredState.CANCELLED: "5",
    RegisteredState.MOVED_OUT: "6",
    RegisteredState.LIQUIDATION: "清算",
    RegisteredState.UNKNOWN: "9",
}
"""The base uses the codes where there is one."""
PAPERS = {kind: paper for paper, kinds in legal_person_base.PAPERS.items() for kind in kinds}


class CivilAffairsOffice:
    """Certificates of associations, social services and foundations."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def certificate(self, category: str) -> Answers:
        """The service that knows this category."""

        def answer(posted: Posted, fault: FaultKind | None) -> Mapping[str, object]:
            if not complete(posted, "request_id"):
                return {"code": "0", "msg": "缺少参数", "biz_data": {}}
            one = _held(self._register, code_in(posted), civil_affairs.AUTHORITY, fault)
            known = one is not None and one.credit_code.startswith(f"5{category}")
            found = [self._row(one, fault)] if one and known else []
            counts = {"returncount": str(len(found)), "recordcount": str(len(found))}
            return {"code": "1", "msg": "成功", "biz_data": {**counts, "rows": found}}

        return answer

    def _row(self, one: RegisteredOrganisation, fault: FaultKind | None) -> dict[str, str]:
        return {
            "usc_code": one.credit_code,
            "org_name": ANOTHER if fault is FaultKind.MISMATCH else one.name,
            "legal_name": on_file(self._register.representative(one)),
            "registration_date": "2016-09-01",
            "valid_from": "2020-09-01",
            "valid_to": one.valid_to.isoformat() if one.valid_to else "",
            "issue_certificate_dept": "示范省民政厅",
            "manager_dept": "示范主管单位",
            "business_scope": SCOPE,
            "domicile_addres": ADDRESS,
            "registered_capital": CAPITAL,
            "ifcharity": "0",
            "org_status": CERTIFIED[one.state],
            "used_name": ";".join(one.former_names),
        }


class InstitutionsOffice:
    """Government bodies, institutions, mass organisations."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def unit(self, posted: Posted, fault: FaultKind | None) -> Mapping[str, object]:
        """The unit of a code."""
        if not complete(posted, "requestId"):
            return {"code": "400", "message": "缺少参数"}
        one = _held(self._register, posted.get("uscc", ""), institutions.AUTHORITY, fault)
        if one is None or not one.credit_code.startswith("1"):
            return {"code": "200", "message": "成功", "data": []}
        row = {
            "uscc": one.credit_code,
            "name": ANOTHER if fault is FaultKind.MISMATCH else one.name,
            "formerNames": list(one.former_names),
            "type": one.form,
            "responsiblePerson": on_file(self._register.representative(one)),
            "organiser": "示范省人民政府办公厅",
            "registerAuthority": "示范省事业单位登记管理局",
            "registerDivision": one.division,
            "validFrom": "2021-04-01",
            "validTo": one.valid_to.strftime("%Y年%m月%d日") if one.valid_to else "",
            "status": CERTIFIED[one.state],
            "funds": CAPITAL,
            "address": ADDRESS,
            "purpose": SCOPE,
        }
        return {"code": "200", "message": "成功", "data": [row]}


class LegalPersonOffice:
    """The base: everybody's records, representatives' numbers included."""

    def __init__(self, register: Register, account: Account, now: Callable[[], datetime]) -> None:
        self._register = register
        self._account = account
        self._now = now

    def find(self, posted: Posted, fault: FaultKind | None) -> Mapping[str, object]:
        """The record of a code."""
        if not complete(posted, "requestId") or not posted.get("uniscId"):
            return {"code": "97", "msg": "缺少参数"}
        if not self._is_signed(posted):
            return {"code": "96", "msg": "签名错误"}
        if posted.get("entType") != ("P" if posted["uniscId"].startswith("92") else "E"):
            return {"code": "98", "msg": "类型错误"}
        one = _held(self._register, posted["uniscId"], legal_person_base.AUTHORITY, fault)
        found = [self._row(one, fault)] if one else []
        return {"code": "00", "dataCount": len(found), "datas": found}

    def _is_signed(self, posted: Posted) -> bool:
        moment = posted.get("requestTime", "")
        if not (moment.isascii() and moment.isdigit()):
            return False
        late = abs(self._now().timestamp() - int(moment) / 1000)
        signed = self._account.signed(moment).items()
        return late <= CLOCK_SKEW.total_seconds() and signed <= posted.items()

    def _row(self, one: RegisteredOrganisation, fault: FaultKind | None) -> dict[str, str]:
        persona = self._register.representative(one)
        moved = one.state is RegisteredState.MOVED_OUT and one.moved_to
        return {
            "companyName": ANOTHER if fault is FaultKind.MISMATCH else one.name,
            "usedName": ";".join(one.former_names),
            "uniscId": one.credit_code,
            "registerNo": one.licence,
            "companyType": one.form,
            "operatingStatus": CODES[RegisteredState.LIVE if moved else one.state],
            "operatingPeriodTo": one.valid_to.strftime("%Y%m%d") if one.valid_to else "99991231",
            "areaCode": one.moved_to if moved else one.division,
            "legalPerson": on_file(persona),
            "legalPersonPaperType": PAPERS[DocumentType(persona.kind)],
            "legalPersonPaperNo": persona.number,
            "registeredCapital": CAPITAL,
            "address": ADDRESS,
            "businessScope": SCOPE,
        }


def change_list(register: Register, posted: Posted, fault: FaultKind | None) -> Mapping[str, object]:
    """One page of who changed."""
    if not complete(posted, "requestId") or not posted.get("size", "").isdigit():
        return {"code": "400", "message": "缺少参数"}
    found, cursor = register.changes_after(posted.get("cursor", ""), int(posted["size"]))
    items = [
        {"uniscId": one.credit_code, "changeType": one.what, "changeTime": one.at.isoformat()}
        for one in found
    ]
    return {"code": "200", "message": "成功", "data": {"cursor": cursor, "items": items}}


def code_in(posted: Posted) -> str:
    """The credit code inside ``biz_content``."""
    try:
        content = json.loads(posted.get("biz_content", ""))
    except ValueError:
        return ""
    return str(content.get("usc_code", "")) if isinstance(content, dict) else ""


def _held(
    register: Register, code: str, authority: str, fault: FaultKind | None
) -> RegisteredOrganisation | None:
    one = register.find(code)
    hidden = one is None or authority in one.unknown_to or fault is FaultKind.NOT_FOUND
    return None if hidden else one
