"""`idp persons`: create, find and look after natural persons; names and numbers are shown masked."""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TextIO
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.account.ending import end_everything
from idp.authenticators import password
from idp.cli.context import Operation, operator
from idp.cli.listing import Row, as_json, show, show_one
from idp.crypto import passwords
from idp.evidence import levels
from idp.mandates import people
from idp.persons import claim as claims
from idp.persons import enrolment, lifecycle, locking, lookup
from idp.persons.checking import identity_claim
from idp.persons.enrolment import Applicant, Taken
from idp.persons.identifiers import MalformedNumber, mask
from idp.persons.lifecycle import NotPossible
from idp.persons.models import Person, PersonStatus
from idp.persons.names import MalformedName
from idp.persons.registry import Mismatch, Unsupported
from idp.services import Services
from idp.sessions import lifecycle as sessions

MATTER = "operator_registration"
REASON = click.option("--reason", required=True, help="Why; it is kept in the trail, so name nobody.")


@click.group()
def persons() -> None:
    """Create, find and look after natural persons.

    A LOGIN is a login name, a phone, a document number or an id. Give - to read it from standard input, so
    that no number is left in the shell's history.
    """


@persons.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--unchecked", is_flag=True, help="Do not ask the registry; the person stays at level 2.")
@as_json
@click.pass_obj
def create(operation: Operation, file: TextIO, unchecked: bool, as_json: bool) -> None:
    """Create a person from a JSON object: name, id_type, id_number, and optionally country, phone, login,
    password. The registry is asked unless told otherwise.

    \b
    Example:
      idp persons create person.json --json
    """
    given = _given(file)
    services = operation.services
    with operator():
        person_id = _create(services, given, unchecked)
        with services.database.reading() as db:
            show_one(_row(db, db.get_one(Person, person_id)), as_json)


@persons.command("show")
@click.argument("login")
@as_json
@click.pass_obj
def show_person(operation: Operation, login: str, as_json: bool) -> None:
    """Show a person, masked.

    \b
    Example:
      idp persons show zhou_yalin --json
    """
    services = operation.services
    with services.database.reading() as db:
        person = _found(db, services, login)
        documents = [
            f"{document.kind} {mask(document.number or '')} "
            + ("displaced" if document.displaced_at else "verified" if document.verified_at else "claimed")
            for document in person.documents
        ]
        live = len(sessions.live(db, person.id, clock.now()))
        show_one({**_row(db, person), "documents": documents, "sessions": live}, as_json)


@persons.command("list")
@click.option("--status", type=click.Choice([status.value for status in PersonStatus]))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--before", type=click.UUID, help="Go on after this id, the last one shown.")
@as_json
@click.pass_obj
def list_persons(
    operation: Operation, status: str | None, limit: int, before: UUID | None, as_json: bool
) -> None:
    """List persons, the newest first.

    \b
    Example:
      idp persons list --status frozen --json
    """
    query = select(Person).order_by(Person.id.desc()).limit(limit)
    if status:
        query = query.where(Person.status == status)
    if before:
        query = query.where(Person.id < before)
    with operation.database.reading() as db:
        show([_row(db, person) for person in db.scalars(query)], as_json)


@persons.command()
@click.argument("login")
@REASON
@as_json
@click.pass_obj
def freeze(operation: Operation, login: str, reason: str, as_json: bool) -> None:
    """Let a person in nowhere; sessions and tokens end at once.

    \b
    Example:
      idp persons freeze zhou_yalin --reason "phone lost"
    """
    _move(operation, login, as_json, lambda db, person, now: lifecycle.freeze(db, person, reason, now))


@persons.command()
@click.argument("login")
@REASON
@as_json
@click.pass_obj
def unfreeze(operation: Operation, login: str, reason: str, as_json: bool) -> None:
    """Let a frozen person in again.

    \b
    Example:
      idp persons unfreeze zhou_yalin --reason "seen at the counter"
    """
    _move(operation, login, as_json, lambda db, person, now: lifecycle.unfreeze(db, person, reason, now))


@persons.command()
@click.argument("login")
@REASON
@as_json
@click.pass_obj
def close(operation: Operation, login: str, reason: str, as_json: bool) -> None:
    """Begin closing: after the cooling-off period everything that tells who the person was is erased.

    \b
    Example:
      idp persons close zhou_yalin --reason "asked at the counter"
    """
    cooling = timedelta(days=operation.services.settings.closing_days)

    def begin(db: Session, person: Person, now: datetime) -> None:
        lifecycle.begin_closing(db, person, reason, now, cooling)

    _move(operation, login, as_json, begin)


@persons.command()
@click.argument("login")
@REASON
@click.option("--withdraw", is_flag=True, help="The report was wrong.")
@as_json
@click.pass_obj
def deceased(operation: Operation, login: str, reason: str, withdraw: bool, as_json: bool) -> None:
    """Report a person's death, or take the report back.

    \b
    Example:
      idp persons deceased sun_guizhen --reason "civil affairs 2026-11"
    """

    def report(db: Session, person: Person, now: datetime) -> None:
        change = lifecycle.withdraw_death if withdraw else lifecycle.report_death
        change(db, person, reason, now)

    _move(operation, login, as_json, report)


def _move(
    operation: Operation, login: str, as_json: bool, act: Callable[[Session, Person, datetime], None]
) -> None:
    """Do it and end what must end, then what follows for mandates, and show what the person is now."""
    services, now = operation.services, clock.now()
    try:
        with operator(), services.database.writing() as db:
            person = _found(db, services, login)
            locking.alone(db, person.id)
            act(db, person, now)
            if person.status != PersonStatus.ACTIVE:
                end_everything(db, person.id, f"person_{person.status}", now)
        with operator(), services.database.writing() as db:  # organisations before their people (`locking`)
            person = db.get_one(Person, person.id)
            people.follow(db, person.id, person.status, now)
            row = _row(db, person)
    except NotPossible as refusal:
        raise click.ClickException(str(refusal)) from refusal
    show_one(row, as_json)


def _create(services: Services, given: dict[str, Any], unchecked: bool) -> UUID:
    now = clock.now()
    applicant = _applicant(services, given, unchecked, now)
    secret = given.get("password")
    weak = password.weakness(secret) if secret else None
    if weak:
        raise click.ClickException(f"password: {weak}")
    hashed = passwords.hash_password(secret) if secret else None
    hold = timedelta(seconds=services.settings.displacement_hold)
    try:
        with services.database.writing() as db:
            person = enrolment.enrol(db, services.vault, applicant, now, hold)
            if hashed:
                password.set_hash(db, person.id, hashed, "operator", now)
            return person.id
    except Taken:
        raise click.ClickException("document, phone or login name belong to somebody already") from None


def _applicant(services: Services, given: dict[str, Any], unchecked: bool, now: datetime) -> Applicant:
    phone = lookup.normalise_phone(given["phone"]) if given.get("phone") else None
    login = str(given["login"]).lower() if given.get("login") else None
    if given.get("phone") and phone is None:
        raise click.ClickException("phone: not a phone number")
    if login and not lookup.is_login_name(login, now):
        raise click.ClickException("login: a letter first, then 5 to 31 letters, digits, - or _")
    try:
        kind, number, name = (str(given[key]) for key in ("id_type", "id_number", "name"))
        claim = claims.read(kind, number, name, given.get("country"), clock.day(now))
    except KeyError as missing:
        raise click.ClickException(f"{missing.args[0]}: missing") from missing
    except (MalformedNumber, MalformedName) as fault:
        raise click.ClickException(f"document: {fault}") from fault
    answer = Unsupported() if unchecked else services.registry.verify(identity_claim(claim, phone, MATTER))
    if isinstance(answer, Mismatch):
        raise click.ClickException("the registry does not confirm name and number")
    return Applicant(claim, answer, phone, login, origin="operator")


def _given(file: TextIO) -> dict[str, Any]:
    try:
        given = json.load(file)
    except ValueError as fault:
        raise click.ClickException("not a JSON object") from fault
    if not isinstance(given, dict):
        raise click.ClickException("not a JSON object")
    return given


def _found(db: Session, services: Services, login: str) -> Person:
    typed = sys.stdin.readline().strip() if login == "-" else login
    person = lookup.by_login(db, services.vault, typed, clock.now()) or _by_id(db, typed)
    if person is None:
        raise click.ClickException("nobody has this login")
    return person


def _by_id(db: Session, typed: str) -> Person | None:
    try:
        return db.get(Person, UUID(typed))
    except ValueError:
        return None


def _row(db: Session, person: Person) -> Row:
    name, phone = person.name, person.phone
    return {
        "id": str(person.id),
        "login": person.login_name,
        "name": name[0] + "*" * (len(name) - 1) if name else None,
        "phone": f"{phone[:6]}****{phone[-4:]}" if phone else None,
        "status": person.status,
        "ial": levels.identity_level(db, person.id, clock.now()),
        "origin": person.origin,
        "created_at": person.created_at,
        "close_after": person.close_after,
    }
