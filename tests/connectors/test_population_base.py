"""The identity check's package, and a corpus of answers that must prove nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.population_base import (
    Asker,
    Declined,
    Office,
    Operator,
    Question,
    Reading,
    Result,
    operation,
    read,
)
from idp.persons.registry import PhoneMatch
from idp.safe_xml import Untrusted

ASKER = Asker(Office("M", "部"), Office("P", "省"), Office("U", "单位"), "user", "secret")
QUESTION = Question(
    request_id="8f9d0c8e-0000-4000-8000-000000000001",
    asked_at=datetime(2026, 6, 1, 4, 5, 6, tzinfo=UTC),
    business=Office("registration", "注册"),
    system=Office("yitong", "一通"),
    operator=Operator("210000198001019001", "操作员"),
    number="210000194910019390",
    name="张·三",
)
PHONE = "+8619900000000"
RECORD = (
    "<GMSFHM>210000194910019390</GMSFHM><GMSFHM_PPDDM>1</GMSFHM_PPDDM><XM_PPDDM>1</XM_PPDDM><SWBS>0</SWBS>"
)


def package(record: str = RECORD, head: str = "", attributes: str = 'no="1"') -> str:
    head = head or f"<FWQQBH>{QUESTION.request_id}</FWQQBH><FHDM>10</FHDM><FHMS/>"
    return (
        f"<PACKAGE><PACKAGEHEAD>{head}</PACKAGEHEAD>"
        f"<DATA><RECORD {attributes}>{record}</RECORD></DATA></PACKAGE>"
    )


def enveloped(inner: str, prolog: str = "") -> bytes:
    out = inner.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'{prolog}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f"<GK_GXFW_SFHCResponse><out>{out}</out></GK_GXFW_SFHCResponse></s:Body></s:Envelope>"
    ).encode()


def answered(**fields: str) -> Result:
    record = RECORD
    for name, value in fields.items():
        start, end = record.index(f"<{name}>"), record.index(f"</{name}>")
        record = record[:start] + f"<{name}>{value}" + record[end:]
    return read(enveloped(package(record)), QUESTION).result


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Result.MATCH),
        ({"XM_PPDDM": "0"}, Result.NAME),
        ({"XM_PPDDM": "2"}, Result.NAME),
        ({"GMSFHM_PPDDM": "0", "SWBS": ""}, Result.NOT_FOUND),
        ({"GMSFHM_PPDDM": "9"}, Result.NOT_FOUND),
        ({"SWBS": "1"}, Result.DECEASED),
        ({"SWBS": "1", "XM_PPDDM": "0"}, Result.NAME),
    ],
)
def test_only_one_one_zero_is_a_match(fields: dict[str, str], expected: Result):
    """
    Match degrees other than 1 match nothing, and a wrong name learns of no death.
    """
    assert expected is answered(**fields)


def test_code_eleven_is_handled_too():
    """
    FHDM 10 and 11 both mean that the request was handled.
    """
    head = f"<FWQQBH>{QUESTION.request_id}</FWQQBH><FHDM>11</FHDM>"

    assert Result.MATCH is read(enveloped(package(head=head)), QUESTION).result


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ("<SJHM_PPDDM>1</SJHM_PPDDM>", PhoneMatch.MATCH),
        ("<SJHM_PPDDM>0</SJHM_PPDDM>", PhoneMatch.MISMATCH),
        ("<SJHM_PPDDM/>", PhoneMatch.UNKNOWN),
        ("<SJHM_PPDDM>2</SJHM_PPDDM>", PhoneMatch.UNKNOWN),
        ("<SJHM_PPDDM>11</SJHM_PPDDM>", PhoneMatch.UNKNOWN),
        ("", PhoneMatch.UNKNOWN),
    ],
)
def test_a_phone_matches_by_a_one_alone(answered: str, expected: PhoneMatch):
    """
    0 is another phone; what is missing, empty or undocumented tells nothing of it, and is never a match.
    """
    reading = read(enveloped(package(RECORD + answered)), replace(QUESTION, phone=PHONE))

    assert Reading(Result.MATCH, expected) == reading


def test_a_phone_that_was_not_asked_about_is_unknown():
    """
    A degree of match without a question is about somebody else's.
    """
    answer = enveloped(package(RECORD + "<SJHM_PPDDM>1</SJHM_PPDDM>"))

    assert PhoneMatch.UNKNOWN is read(answer, QUESTION).phone


@pytest.mark.parametrize(
    "doubtful",
    ["<SJHM_PPDDM>1</SJHM_PPDDM><SJHM_PPDDM>0</SJHM_PPDDM>", "<SJHM_PPDDM>1<!-- -->0</SJHM_PPDDM>"],
)
def test_an_answer_with_two_words_about_the_phone_proves_nothing(doubtful: str):
    """
    Not even what it says of the number and the name.
    """
    with pytest.raises(Untrusted):
        read(enveloped(package(RECORD + doubtful)), replace(QUESTION, phone=PHONE))


@pytest.mark.parametrize(("phone", "sent"), [(None, []), ("+8619900000000", ["19900000000"])])
def test_the_phone_is_asked_for_as_the_registry_writes_it(phone: str | None, sent: list[str]):
    """
    Without the country code of the mainland; and not at all when there is none.
    """
    element = operation(ASKER, replace(QUESTION, phone=phone))
    asked = etree.fromstring(str(element.findtext("in0")))

    assert sent == [found.text for found in asked.iter("SJHM")]


ENTITY = '<!DOCTYPE x [<!ENTITY e "1">]>'
FILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
LEVELS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
LAUGHS = f"<!DOCTYPE x [<!ENTITY a0 'ha'>{LEVELS}]>"
HOSTILE = {
    "empty": b"",
    "not xml": b"\x00\xff",
    "json": b'{"code":"-1"}',
    "html": b"<html><body>1</body></html>",
    "no package": enveloped(""),
    "truncated": enveloped(package())[:-20],
    "truncated package": enveloped(package()[:-20]),
    "entity outside": enveloped(package(), ENTITY),
    "entity inside": enveloped(ENTITY + package(RECORD.replace(">1<", ">&e;<"))),
    "external file": enveloped(FILE + package(RECORD.replace(">1<", ">&e;<"))),
    "remote document type": enveloped(REMOTE + package()),
    "billion laughs": enveloped(LAUGHS + package(RECORD.replace(">1<", ">&a9;<"))),
    "utf-16": enveloped(package()).decode().encode("utf-16"),
    "utf-16 without a mark": enveloped(package()).decode().encode("utf-16-le"),
    "declared gbk": enveloped(package(), '<?xml version="1.0" encoding="GBK"?>'),
    "unknown encoding": enveloped(package(), '<?xml version="1.0" encoding="x-none"?>'),
    "invalid utf-8": enveloped(package()).replace("·".encode(), b"") + b"<!-- \xc3\x28 -->",
    "oversized": enveloped(package() + " " * 200_000),
    "two envelopes of data": enveloped(package().replace("</DATA>", "</DATA><DATA/>")),
    "two records": enveloped(package().replace("</DATA>", f"<RECORD>{RECORD}</RECORD></DATA>")),
    "no record": enveloped(package().replace(f'<RECORD no="1">{RECORD}</RECORD>', "")),
    "number twice": enveloped(package(RECORD + "<GMSFHM>210000194910019390</GMSFHM>")),
    "degree twice": enveloped(package("<XM_PPDDM>0</XM_PPDDM>" + RECORD)),
    "degree missing": enveloped(package(RECORD.replace("<XM_PPDDM>1</XM_PPDDM>", ""))),
    "degree empty": enveloped(package(RECORD.replace("<XM_PPDDM>1<", "<XM_PPDDM><"))),
    "degree split by a comment": enveloped(package(RECORD.replace("M>1<", "M>1<!-- -->0<"))),
    "degree with a child": enveloped(package(RECORD.replace("<XM_PPDDM>1<", "<XM_PPDDM>1<b>0</b><"))),
    "death missing": enveloped(package(RECORD.replace("<SWBS>0</SWBS>", ""))),
    "death empty": enveloped(package(RECORD.replace("<SWBS>0<", "<SWBS><"))),
    "death unknown": enveloped(package(RECORD.replace("<SWBS>0<", "<SWBS>2<"))),
    "another number": enveloped(package(RECORD.replace("9390", "9912"))),
    "another request": enveloped(package().replace(QUESTION.request_id, "other")),
    "no request": enveloped(package(head="<FHDM>10</FHDM>")),
    "no outcome": enveloped(package(head=f"<FWQQBH>{QUESTION.request_id}</FWQQBH>")),
    "failed outcome": enveloped(package().replace("<FHDM>10<", "<FHDM>20<")),
    "record error": enveloped(package(attributes='no="1" code="E1"')),
    "record message": enveloped(package(attributes='no="1" msg="错误"')),
    "deep": enveloped("<a>" * 5000 + "</a>" * 5000),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_doubtful_answer_proves_nothing(answer: bytes):
    """
    Whatever is not plainly an answer to our question is refused as a whole.
    """
    with pytest.raises((Untrusted, Declined)):
        read(answer, QUESTION)


@given(st.binary(max_size=40), st.integers(0, 600), st.integers(0, 40))
def test_a_damaged_answer_is_judged_or_refused(damage: bytes, at: int, length: int):
    """
    Bytes changed anywhere give a result or a typed refusal, never a crash.
    """
    whole = enveloped(package())
    try:
        outcome = read(whole[:at] + damage + whole[at + length :], QUESTION).result
    except (Untrusted, Declined):
        return

    assert outcome in Result


def test_the_request_names_who_asks_and_why():
    """
    Every call carries business, system and operator, and the time of China.
    """
    carried = etree.fromstring(operation(ASKER, QUESTION).findtext("in0"))
    head = {element.tag: element.text for element in carried.find("PACKAGEHEAD")}

    assert "20260601120506" == head["FSSJ"]
    assert ("registration", "注册") == (head["QQYWLXDM"], head["QQYWLXMC"])
    assert ("yitong", "一通") == (head["QQYWXTDM"], head["QQYWXTMC"])
    assert ("210000198001019001", "操作员") == (head["QQRGMSFHM"], head["QQRXM"])


@pytest.mark.parametrize("name", ["]]><x/>", "</XM><XM>李四", "&lt;", '<!ENTITY x "y">'])
def test_a_name_stays_text(name: str):
    """
    No name breaks out of the package or of the CDATA that carries it.
    """
    sent = etree.tostring(operation(ASKER, replace(QUESTION, name=name)))
    carried = etree.fromstring(etree.fromstring(sent).findtext("in0"))

    assert [name] == [element.text for element in carried.iter("XM")]
