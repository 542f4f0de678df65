"""The population base behind the platform: answers GK_GXFW_SFHC from the synthetic population."""

from dataclasses import dataclass, field

from lxml import etree

from connectors.gateway import SOAP
from connectors.population_base import OPERATION, PHONE, PHONE_MATCHES, national
from connectors.simulator.credentials import Credentials
from connectors.simulator.faults import FaultKind
from connectors.simulator.population import Population, Resident
from idp.safe_xml import Untrusted, child, has, parse, text

HEAD = (
    "FWQQBH QQBWDM QQBWMC SJLYXTDM SJLYXTMC JLS FSSJ QQRGMSFHM QQRXM QQRDWDM QQRDWMC "
    "QQYWLXDM QQYWLXMC QQYWXTDM QQYWXTMC"
).split()
"""What a request must fill in: who asks, for which business and in which system."""


@dataclass(frozen=True)
class Request:
    """A SOAP call taken apart: the platform's four values, the registry's user, the package."""

    values: dict[str, str]
    user: str
    password: str = field(repr=False)
    package: etree._Element = field(repr=False)

    @property
    def number(self) -> str:
        return text(self._record, "GMSFHM")

    @property
    def name(self) -> str:
        return text(self._record, "XM")

    @property
    def phone(self) -> str:
        """Empty when it is not asked for."""
        return text(self._record, PHONE) if has(self._record, PHONE) else ""

    @property
    def _record(self) -> etree._Element:
        return child(child(self.package, "DATA"), "RECORD")


def read(body: bytes) -> Request:
    """The call in this body; raises `Untrusted` for what is not one."""
    envelope = parse(body)
    carried = child(child(envelope, "Header"), "tongtechheader")
    called = child(child(envelope, "Body"), OPERATION)
    values = {str(element.tag): str(element.text or "") for element in carried}
    return Request(values, text(called, "in1"), text(called, "in2"), parse(text(called, "in0").encode()))


def answer(
    request: Request, population: Population, credentials: Credentials, fault: FaultKind | None
) -> bytes:
    """The SOAP answer: refused, or one record with the degrees of match and the mark of death."""
    if (request.user, request.password) != (credentials.user, credentials.password):
        return _enveloped(request, "20", "用户名或密码错误")
    head = child(request.package, "PACKAGEHEAD")
    try:
        complete = all(text(head, name) for name in HEAD) and text(head, "JLS") == "1"
    except Untrusted:
        complete = False
    if not complete:
        return _enveloped(request, "20", "请求报文头不完整")
    record = _record(request, population.residents.get(request.number), fault)
    return _enveloped(request, "10", "接口调用成功", record)


def _record(request: Request, resident: Resident | None, fault: FaultKind | None) -> dict[str, str]:
    if resident is None or fault is FaultKind.NOT_FOUND:
        return {"GMSFHM_PPDDM": "0", "XM_PPDDM": "0", "SWBS": ""}
    same_name = resident.name == request.name and fault is not FaultKind.MISMATCH
    deceased = resident.deceased or fault is FaultKind.DECEASED
    record = {"GMSFHM_PPDDM": "1", "XM_PPDDM": "1" if same_name else "0", "SWBS": "1" if deceased else "0"}
    return record | ({PHONE_MATCHES: _phone_matches(request, resident, fault)} if request.phone else {})


def _phone_matches(request: Request, resident: Resident, fault: FaultKind | None) -> str:
    """Empty when no phone is on file."""
    if fault is FaultKind.PHONE_MISMATCH:
        return "0"
    return str(int(request.phone == national(resident.phone))) if resident.phone else ""


def _enveloped(request: Request, code: str, message: str, record: dict[str, str] | None = None) -> bytes:
    package = etree.Element("PACKAGE")
    head = etree.SubElement(package, "PACKAGEHEAD")
    asked = request.package.findtext("PACKAGEHEAD/FWQQBH") or ""
    for name, value in {"FWQQBH": asked, "FHDM": code, "FHMS": message}.items():
        etree.SubElement(head, name).text = value
    results = etree.SubElement(package, "DATA")
    if record is not None:
        row = etree.SubElement(results, "RECORD", no="1", code="", msg="")
        for name, value in {"GMSFHM": request.number, **record}.items():
            etree.SubElement(row, name).text = value
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    response = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{OPERATION}Response")
    etree.SubElement(response, "out").text = etree.CDATA(etree.tostring(package, encoding="unicode"))
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))
