"""
The wire format of the population base's identity check, SOAP operation GK_GXFW_SFHC: package in, result out.

Pure: it makes the operation element and reads the answer. `read` decides what an answer proves; whatever is
undocumented, missing, double or not about our question proves nothing (`Untrusted`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from lxml import etree

from idp.persons.registry import PhoneMatch
from idp.safe_xml import Untrusted, child, has, parse, text

OPERATION = "GK_GXFW_SFHC"
HANDLED = ("10", "11")
PHONE, PHONE_MATCHES = "SJHM", "SJHM_PPDDM"
"""Elements of the phone and its match degree, where a province's service has them."""
PHONE_DEGREES = {"1": PhoneMatch.MATCH, "0": PhoneMatch.MISMATCH}
CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Office:
    """A code and the name that goes with it: a ministry, a unit, a system, a kind of business."""

    code: str
    name: str


@dataclass(frozen=True)
class Operator:
    """The officer in whose name the registry is asked; for self-service the one the platform registered."""

    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True)
class Asker:
    """The standing part of every question: who asks, for which ministry and provincial system."""

    ministry: Office
    province_system: Office
    unit: Office
    user: str
    password: str = field(repr=False)
    namespace: str = "urn:population-base"


@dataclass(frozen=True)
class Question:
    """One identity check and its purpose; every question names business, system and operator."""

    request_id: str
    asked_at: datetime
    business: Office
    system: Office
    operator: Operator
    number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    """E.164; None leaves the phone out of the question."""


class Result(StrEnum):
    """What the population base says of a number and a name."""

    MATCH = "match"
    NAME = "name"
    NOT_FOUND = "not_found"
    DECEASED = "deceased"


@dataclass(frozen=True)
class Reading:
    """What an answer proves: of number and name, and of the phone."""

    result: Result
    phone: PhoneMatch


class Declined(Exception):
    """The registry did not handle the request or found fault with the record."""


def operation(asker: Asker, question: Question) -> etree._Element:
    """The SOAP body; raises ValueError for text that XML cannot carry, such as control characters."""
    element = etree.Element(f"{{{asker.namespace}}}{OPERATION}", nsmap={"tns": asker.namespace})
    etree.SubElement(element, "in0").text = etree.CDATA(_package(asker, question))
    etree.SubElement(element, "in1").text = asker.user
    etree.SubElement(element, "in2").text = asker.password
    return element


def read(answer: bytes, question: Question) -> Reading:
    """What the answer proves about the question; raises `Untrusted` or `Declined`."""
    package = _unpacked(answer)
    head = child(package, "PACKAGEHEAD")
    if text(head, "FWQQBH") != question.request_id:
        raise Untrusted("answer to another request")
    if text(head, "FHDM") not in HANDLED:
        raise Declined("request")
    record = child(child(package, "DATA"), "RECORD")
    if record.get("code") or record.get("msg"):
        raise Declined("record")
    if text(record, "GMSFHM") != question.number:
        raise Untrusted("answer about another number")
    result = _judged(text(record, "GMSFHM_PPDDM"), text(record, "XM_PPDDM"), text(record, "SWBS"))
    return Reading(result, _phone(record, question))


def national(phone: str) -> str:
    """A phone as the population base writes it: mainland ones without the country code."""
    return phone.removeprefix("+86")


def _judged(number_matches: str, name_matches: str, deceased: str) -> Result:
    """
    Judge number, then name, then death, so that a wrong name learns nothing about a holder's death.

    Only 1 is documented as a match, and 0 and 1 as marks of death; an empty field is no answer at all.
    """
    if not number_matches or (number_matches == "1" and not name_matches):
        raise Untrusted("no match degree")
    if number_matches != "1":
        return Result.NOT_FOUND
    if name_matches != "1":
        return Result.NAME
    if deceased not in ("0", "1"):
        raise Untrusted("unknown mark of death")
    return Result.DECEASED if deceased == "1" else Result.MATCH


def _phone(record: etree._Element, question: Question) -> PhoneMatch:
    """An element that is missing, empty or says neither 0 nor 1 tells nothing; nor does one not asked for."""
    if question.phone is None or not has(record, PHONE_MATCHES):
        return PhoneMatch.UNKNOWN
    return PHONE_DEGREES.get(text(record, PHONE_MATCHES), PhoneMatch.UNKNOWN)


def _package(asker: Asker, question: Question) -> str:
    package = etree.Element("PACKAGE")
    head = etree.SubElement(package, "PACKAGEHEAD")
    for name, value in _head(asker, question).items():
        etree.SubElement(head, name).text = value
    record = etree.SubElement(etree.SubElement(package, "DATA"), "RECORD", no="1")
    etree.SubElement(record, "GMSFHM").text = question.number
    etree.SubElement(record, "XM").text = question.name
    if question.phone is not None:
        etree.SubElement(record, PHONE).text = national(question.phone)
    return str(etree.tostring(package, encoding="unicode"))


def _head(asker: Asker, question: Question) -> dict[str, str]:
    return {
        "FWQQBH": question.request_id,
        "QQBWDM": asker.ministry.code,
        "QQBWMC": asker.ministry.name,
        "SJLYXTDM": asker.province_system.code,
        "SJLYXTMC": asker.province_system.name,
        "JLS": "1",
        "FSSJ": question.asked_at.astimezone(CHINA).strftime("%Y%m%d%H%M%S"),
        "QQRGMSFHM": question.operator.number,
        "QQRXM": question.operator.name,
        "QQRDWDM": asker.unit.code,
        "QQRDWMC": asker.unit.name,
        "QQYWLXDM": question.business.code,
        "QQYWLXMC": question.business.name,
        "QQYWXTDM": question.system.code,
        "QQYWXTMC": question.system.name,
    }


def _unpacked(answer: bytes) -> etree._Element:
    """The package inside Envelope, Body, …Response, out."""
    envelope = parse(answer)
    response = child(child(envelope, "Body"), f"{OPERATION}Response")
    try:
        return parse(text(response, "out").encode())
    except UnicodeEncodeError as fault:
        raise Untrusted("encoding") from fault
