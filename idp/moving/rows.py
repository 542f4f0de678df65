"""What a row of an import says: read, normalised, or refused with what is wrong and what to do.

Columns beside `id` may be empty, but a row needs something it can be recognised by: a document, a phone or a
login name. Documents are named as here or by their code of GA/T 517.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from idp.crypto import legacy, passwords
from idp.crypto.legacy import Malformed, Scheme
from idp.moving.models import Kind
from idp.organisations import identifiers as organisation_numbers
from idp.persons import identifiers, lookup, names
from idp.persons.identifiers import DocumentType, MalformedNumber
from idp.persons.names import MalformedName

COLUMNS = (
    "id",
    "kind",
    "name",
    "id_type",
    "id_number",
    "country",
    "phone",
    "login",
    "scheme",
    "hash",
    "credit_code",
)
RETURNED = ("fault", "advice")
"""Columns that a returned file has on top; a corrected one may still hold them."""
LONGEST = 300
OURS = "argon2id"
"""The scheme of hashes that another instance of ours made."""
OLD_LOGIN = re.compile(r"[^\s\x00-\x1f]{1,64}")
MAINLAND_MOBILE = re.compile(r"(?:\+?86)?(1(?:3[0-9]|5[0-35-9]|8[0-9])[0-9]{8})")
"""Ranges that have been mobile phones for decades; any other number takes the long way."""
GA_T_517 = {
    "111": DocumentType.RESIDENT_ID,
    "414": DocumentType.PRC_PASSPORT,
    "516": DocumentType.HK_MACAO_TRAVEL_PERMIT,
    "511": DocumentType.TAIWAN_TRAVEL_PERMIT,
    "553": DocumentType.FOREIGN_PERMANENT_RESIDENT,
}


class Fault(StrEnum):
    """What is wrong with a row; `ADVICE` says what to do."""

    NOT_A_ROW = "not_a_row"
    NO_ID = "no_id"
    REPEATED = "repeated"
    KIND = "kind_unknown"
    TOO_LONG = "too_long"
    NOTHING_TO_KNOW_BY = "nothing_to_know_by"
    NAME = "name_malformed"
    NAME_MISSING = "name_missing"
    DOCUMENT_KIND = "id_type_unknown"
    DOCUMENT = "id_number_malformed"
    PHONE = "phone_malformed"
    LOGIN = "login_malformed"
    SCHEME = "scheme_unknown"
    HASH = "hash_malformed"
    CREDIT_CODE = "credit_code_malformed"


ADVICE: Mapping[Fault, str] = {
    Fault.NOT_A_ROW: "这一行读不懂：列数与表头不符，或不是一个 JSON 对象。请改正后重新导入。",
    Fault.NO_ID: "缺少 id。请填写账号在原系统中的唯一编号。",
    Fault.REPEATED: "同一文件中已有这个 id。请只保留一行，或改成各自的编号。",
    Fault.KIND: "kind 只能是 person 或 organisation；留空即 person。",
    Fault.TOO_LONG: "有一列超过 300 个字符。请检查是否错列。",
    Fault.NOTHING_TO_KNOW_BY: "证件、手机号、登录名至少要有一项，否则本人无法认领。",
    Fault.NAME: "姓名含有数字、符号或过长。请按证件填写。",
    Fault.NAME_MISSING: "有证件号码就必须有姓名。",
    Fault.DOCUMENT_KIND: "id_type 不认识。请用示例中的名称或 GA/T 517 代码。",
    Fault.DOCUMENT: "证件号码不符合编码规则。请与原件核对；查不到就清空证件两列，由本人登录后补充。",
    Fault.PHONE: "不是可以接收短信的手机号码。请改正或清空。",
    Fault.LOGIN: "登录名含有空格或超过 64 个字符。请改正或清空。",
    Fault.SCHEME: "scheme 不认识。请用示例中的名称，或清空 scheme 和 hash，由本人重新设置密码。",
    Fault.HASH: "hash 与 scheme 的格式不符。请核对导出方式，或清空这两列。",
    Fault.CREDIT_CODE: "统一社会信用代码不符合 GB 32100。kind 为 organisation 时必须填写。",
}


def in_words(faults: Sequence[Fault]) -> dict[str, str]:
    """Both columns of a returned file."""
    return {"fault": " ".join(faults), "advice": "".join(ADVICE[fault] for fault in faults)}


class Faulty(ValueError):
    """A row that cannot be kept; says everything that is wrong with it, and never what it held."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.value for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Account:
    """One account of another system, normalised; not believed."""

    id: str = field(repr=False)
    kind: Kind = Kind.PERSON
    name: str = field(default="", repr=False)
    id_type: str = ""
    id_number: str = field(default="", repr=False)
    country: str = ""
    phone: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    scheme: str = ""
    hash: str = field(default="", repr=False)
    credit_code: str = ""

    @property
    def document_key(self) -> str | None:
        """What is digested to find the holder of its document."""
        if not self.id_number:
            return None
        return lookup.document_key(DocumentType(self.id_type), self.id_number, self.country or None)

    @property
    def cells(self) -> dict[str, str]:
        """As it is sealed and exported: what is empty is left out."""
        return {name: str(value) for name, value in vars(self).items() if value}


def account(cells: Mapping[str, str]) -> Account:
    """What was sealed, read back."""
    return Account(**{**cells, "kind": Kind(cells["kind"])})  # type: ignore[arg-type]


def read(cells: Mapping[str, str], today: date) -> Account:
    """Understand a row; raises Faulty, with all its faults at once."""
    told = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    if any(len(value) > LONGEST or "\0" in value for value in told.values()):
        raise Faulty(Fault.TOO_LONG)
    try:
        return _understood(told, today)
    except Faulty:
        raise Faulty(*_faults(told, today)) from None


def _understood(told: Mapping[str, str], today: date) -> Account:
    """A row without a fault; raises Faulty with the first one."""
    _known_by(told)
    kind = _kind(told["kind"])
    id_type, id_number, country = _document(told, today)
    return Account(
        id=told["id"],
        kind=kind,
        name=_name(told["name"], needed=bool(id_number)),
        id_type=id_type,
        id_number=id_number,
        country=country,
        phone=_phone(told["phone"]),
        login=_login(told["login"]),
        scheme=_scheme(told["scheme"], told["hash"]),
        hash=told["hash"],
        credit_code=_credit_code(kind, told["credit_code"]),
    )


def _faults(told: Mapping[str, str], today: date) -> list[Fault]:
    """Everything that is wrong with a row, so that it need not be brought once for each."""
    is_organisation = told["kind"] == Kind.ORGANISATION
    checks: tuple[Callable[[], object], ...] = (
        lambda: _known_by(told),
        lambda: _kind(told["kind"]),
        lambda: _name(told["name"], needed=bool(told["id_number"])),
        lambda: _document(told, today),
        lambda: _phone(told["phone"]),
        lambda: _login(told["login"]),
        lambda: kept_at_once(_scheme(told["scheme"], told["hash"]), told["hash"]),
        lambda: _credit_code(Kind.ORGANISATION if is_organisation else Kind.PERSON, told["credit_code"]),
    )
    found: list[Fault] = []
    for check in checks:
        try:
            check()
        except Faulty as refusal:
            found += refusal.faults
    return found


def _known_by(told: Mapping[str, str]) -> None:
    missing = [] if told["id"] else [Fault.NO_ID]
    if not (told["id_number"] or told["phone"] or told["login"]):
        missing.append(Fault.NOTHING_TO_KNOW_BY)
    if missing:
        raise Faulty(*missing)


def is_weak(scheme: str) -> bool:
    """Whether only a wrapped hash of this scheme may be kept."""
    return bool(scheme) and scheme not in {OURS, Scheme.BCRYPT, Scheme.PBKDF2_SHA1, Scheme.PBKDF2_SHA256}


def kept_at_once(scheme: str, hashed: str) -> str | None:
    """A strong hash as it is kept; None for a weak one or none at all. Raises Faulty."""
    if not scheme or is_weak(scheme):
        return None
    return hashed if scheme == OURS else _taken(Scheme(scheme), hashed)


def _taken(scheme: Scheme, hashed: str) -> str:
    try:
        return passwords.take_in(scheme, hashed)
    except Malformed:
        raise Faulty(Fault.HASH) from None


def _well_formed(scheme: Scheme, hashed: str) -> None:
    """Find out now what the worker would when it wraps it."""
    try:
        legacy.taken_in(scheme, hashed, lambda old: old)
    except Malformed:
        raise Faulty(Fault.HASH) from None


def _kind(text: str) -> Kind:
    try:
        return Kind(text or Kind.PERSON)
    except ValueError:
        raise Faulty(Fault.KIND) from None


def _name(text: str, needed: bool) -> str:
    if not text:
        if needed:
            raise Faulty(Fault.NAME_MISSING)
        return ""
    try:
        return names.normalise(text)
    except MalformedName:
        raise Faulty(Fault.NAME) from None


def _document(told: Mapping[str, str], today: date) -> tuple[str, str, str]:
    """Kind, number and country, as the person's own document would be filed."""
    number, named = told["id_number"], told["id_type"]
    if not number:
        return "", "", ""
    try:
        kind = GA_T_517.get(named) or DocumentType(named or DocumentType.RESIDENT_ID)
    except ValueError:
        raise Faulty(Fault.DOCUMENT_KIND) from None
    country = told["country"].upper() if kind is DocumentType.FOREIGN_PASSPORT else ""
    try:
        filed = lookup.filed_as(identifiers.parse(kind, number, today, country or None))
    except MalformedNumber:
        raise Faulty(Fault.DOCUMENT) from None
    return filed[0].value, filed[1], country


def _phone(text: str) -> str:
    usual = MAINLAND_MOBILE.fullmatch(text)
    phone = f"+86{usual[1]}" if usual else lookup.normalise_phone(text) if text else ""
    if phone is None:
        raise Faulty(Fault.PHONE)
    return phone


def _login(text: str) -> str:
    if text and not OLD_LOGIN.fullmatch(text):
        raise Faulty(Fault.LOGIN)
    return text


def _scheme(scheme: str, hashed: str) -> str:
    if not hashed:
        return ""
    if scheme != OURS and scheme not in set(Scheme):
        raise Faulty(Fault.SCHEME)
    if scheme == OURS:
        if not passwords.is_ours(hashed):
            raise Faulty(Fault.HASH)
    elif is_weak(scheme):
        _well_formed(Scheme(scheme), hashed)
    return scheme


def _credit_code(kind: Kind, text: str) -> str:
    if not text and kind is Kind.PERSON:
        return ""
    try:
        return organisation_numbers.credit_code(identifiers.normalise(text)).value
    except MalformedNumber:
        raise Faulty(Fault.CREDIT_CODE) from None
