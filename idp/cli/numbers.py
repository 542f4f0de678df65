"""`idp numbers`: look at identity and organisation numbers without storing them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click

from idp import clock
from idp.organisations import identifiers as organisations
from idp.organisations.identifiers import OrganisationNumber, OrganisationNumberType
from idp.persons import identifiers as persons
from idp.persons.identifiers import DocumentNumber, DocumentType, MalformedNumber, Reason, normalise

Parser = Callable[[str, date], DocumentNumber | OrganisationNumber]

ALL_VALID, SOME_INVALID, UNREADABLE = 0, 1, 2

MEANINGS = {
    Reason.LENGTH: "wrong number of characters",
    Reason.CHARSET: "a character that may not stand there",
    Reason.FORMAT: "not the form of this number",
    Reason.PREFIX: "begins like no number of this type",
    Reason.CHECK_CHAR: "the check character does not fit",
    Reason.ORG_CHECK_CHAR: "the check character of the subject code does not fit",
    Reason.DATE_INVALID: "no such day in the calendar",
    Reason.DATE_FUTURE: "a birth date in the future",
    Reason.DATE_TOO_OLD: "a birth date before 1800",
    Reason.DIVISION_UNKNOWN: "no such province",
    Reason.COUNTRY_UNKNOWN: "no such country",
    Reason.DEPT_UNKNOWN: "no such registering department",
    Reason.CATEGORY_UNKNOWN: "a category this department is not known to register",
    Reason.SEQ_RANGE: "sequence 000 is never allotted",
    Reason.TYPE_MISMATCH: "the number of another type of document",
}


@dataclass(frozen=True)
class Finding:
    """What is known about one number."""

    type: str
    input: str
    valid: bool
    normalised: str
    reason: Reason | None = None
    derived: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """A line that holds no number of a known type, and what was expected of it."""

    error: str
    valid: bool = False


@click.group()
def numbers() -> None:
    """Look at identity and organisation numbers."""


@numbers.command(epilog=f"Types: {', '.join([*DocumentType, *OrganisationNumberType])}.")
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def check(context: click.Context, source: BinaryIO, as_json: bool) -> None:
    """Check numbers, one a line: TYPE, a tab, NUMBER; from standard input unless SOURCE names a file.

    Says of each number whether it is well formed, which check failed, and what it holds. Whether it was ever
    issued only a registry knows. Lines without a tab or with an unknown type are named on standard error.

    \b
    Exit code 0: all valid; 1: some not; 2: some lines could not be read.

    \b
    Example:
      printf 'resident_id_18\\t50000020010909929x\\n' | idp numbers check --json
      {"type": "resident_id_18", "input": "50000020010909929x", "valid": true, ...}
    """
    code, today = ALL_VALID, clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    for position, line in _lines(source):
        finding = examine(line, today)
        if isinstance(finding, Unreadable):
            click.echo(f"line {position}: {finding.error}", err=True)
        if as_json:
            click.echo(json.dumps(asdict(finding), ensure_ascii=False).encode())
        elif isinstance(finding, Finding):
            click.echo(row(finding))
        code = max(code, _exit_code(finding))
    context.exit(code)


def examine(line: bytes, today: date) -> Finding | Unreadable:
    """Check one line of TYPE, tab, NUMBER in UTF-8."""
    try:
        kind, tab, number = line.decode("utf-8").partition("\t")
    except UnicodeDecodeError:
        return Unreadable("not UTF-8")
    if not tab:
        return Unreadable("no tab; write TYPE, a tab, NUMBER")
    if kind not in _PARSERS:
        return Unreadable(f"unknown type; known are {', '.join(_PARSERS)}")
    try:
        parsed = _PARSERS[kind](number, today)
    except MalformedNumber as malformed:
        return Finding(kind, number, False, normalise(number), reason=malformed.reason)
    return Finding(kind, number, True, parsed.value, derived=dict(parsed.derived))


def row(finding: Finding) -> str:
    """One line of a table for the eye."""
    if finding.reason:
        remark = f"{finding.reason}: {MEANINGS[finding.reason]}"
    else:
        remark = " ".join(f"{name}={part}" for name, part in finding.derived.items())
    verdict = "valid" if finding.valid else "invalid"
    return f"{verdict:<8} {finding.type:<30} {finding.normalised:<20} {remark}".rstrip()


def _person_parser(kind: DocumentType) -> Parser:
    return lambda raw, today: persons.parse(kind, raw, today)


def _organisation_parser(kind: OrganisationNumberType) -> Parser:
    return lambda raw, today: organisations.parse(kind, raw)


_PARSERS: dict[str, Parser] = {kind.value: _person_parser(kind) for kind in DocumentType} | {
    kind.value: _organisation_parser(kind) for kind in OrganisationNumberType
}


def _exit_code(finding: Finding | Unreadable) -> int:
    if isinstance(finding, Unreadable):
        return UNREADABLE
    return ALL_VALID if finding.valid else SOME_INVALID


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    for position, line in enumerate(source, start=1):
        content = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
        if content:
            yield position, content
