"""办事人员 as a table: one row each, read with all its faults, and written in the same shape.

Headings and words are read in every language of the pages, and written in the reader's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from idp.account.enterprises import drafts
from idp.account.enterprises.choices import Choices
from idp.account.enterprises.drafts import Draft, Drafts, InvitationForm
from idp.keys.vault import Vault
from idp.mandates.models import Mandate, Role
from idp.mandates.roster import Agent
from idp.mandates.scope import Scope
from idp.mandates.statement import ACTIONS, CHINESE, Names, last_day, money
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import languages

KEYS = (
    "name", "phone", "code", "role", "matters", "actions", "until", "region", "project", "amount", "once",
    "may_delegate",
)  # fmt: skip
NEEDED = ("name", "phone", "matters", "actions", "until")
"""Columns without which it is not this table."""
WIDTHS = (14, 16, 22, 12, 48, 24, 14, 16, 16, 16, 10, 12)
MOST_ROWS = 500
YES = frozenset("是 yes y true 1 √ ✓".split())
ADMINISTRATOR = frozenset({"管理员", "administrator"})
ROLES = ADMINISTRATOR | frozenset({"", "经办人", "agent"})
"""Words for a role; none means agent."""
EPOCH = date(1899, 12, 30)
"""From which spreadsheets count days."""
SEPARATOR = re.compile(r"[;；,，、\n]+")
DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?")
SERIAL = re.compile(r"\d{5}")
WHOLE = re.compile(r"(?:整组|whole group)\s*[:：]?\s*|（整组）|\(the whole group\)")


@dataclass(frozen=True)
class Line:
    """One row as it came, what it means, and what is wrong with it (reason codes)."""

    place: int
    """Which row of the table it is, as spreadsheets count."""
    cells: tuple[str, ...]
    draft: Draft | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """A table that somebody brought, between looking at it and signing; `sent` counts what went out."""

    organisation_id: UUID
    person_id: UUID
    kind: str
    """`xlsx` or `csv`, as it came."""
    headings: tuple[str, ...]
    lines: tuple[Line, ...] = field(repr=False)
    done: bool = False
    sent: int = 0

    @property
    def right(self) -> Sequence[Line]:
        """The rows that can be signed."""
        return [one for one in self.lines if one.draft is not None]


Batches = Collection[Batch]


def kept(state: StateStore, vault: Vault) -> dict[str, Drafts | Batches]:
    """Where drafts and tables are, by their names in `Services.extras`."""
    batches = Collection(state, Batch, "mandate-batch", drafts.LIFETIME, vault.sealer("mandate-batch"))
    return {"drafts": drafts.create_drafts(state, vault), "batches": batches}


def batches() -> Batches:
    """The tables of the application that answers this request."""
    return cast(Batches, current().extras["batches"])


def headings() -> list[str]:
    """The first row, in the reader's language."""
    return [str(sheet_words().sheet_column(key)) for key in KEYS]


def known_headings() -> Mapping[str, str]:
    """Heading → key, in every language."""
    found: dict[str, str] = {}
    for locale in languages.LOCALES.values():
        with force_locale(locale):
            found |= {str(sheet_words().sheet_column(key)): key for key in KEYS}
    return found


def read(
    cells: Mapping[str, str], organisation_id: UUID, grantor_id: UUID, held: Choices
) -> tuple[Draft, tuple[str, ...]]:
    """What a row means as far as it means anything, and its faults, which are those of the form."""
    form, unknown = _form(cells, held)
    phone, name, code = drafts.invitee_of(form)
    role = drafts.role_of(form)
    draft = Draft(
        organisation_id=organisation_id,
        grantor_id=grantor_id,
        role=role,
        scope=drafts.scope_of(form),
        last_day=drafts.day_of(form),
        may_delegate=bool(form.may_delegate.data) and role is Role.AGENT and not code,
        phone=phone,
        name=name,
        code=code,
    )
    faults = [*unknown, *(reason for reasons in form.errors.values() for reason in reasons)]
    if "sheet_matter_unknown" in unknown:
        faults = [one for one in faults if one != "grant_nothing_named"]
    return draft, tuple(faults)


def typed(cells: Mapping[str, str]) -> tuple[str, ...]:
    """A row as it came, in our order."""
    return tuple(cells.get(key, "") for key in KEYS)


def written(mandate: Mandate, agent: Agent, credit_code: str, names: Names, language: str) -> list[str]:
    """A mandate as a row; the phone is its person's to tell."""
    scope = mandate.scope
    day = last_day(mandate.valid_until)
    limits = [
        " ".join(sorted(code.ljust(6, "0") for code in scope.regions)),
        " ".join(sorted(scope.projects)),
        money(scope.amount).replace(",", "") if scope.amount is not None else "",
    ]
    return [
        "" if agent.organisation else agent.name,
        "",
        credit_code,
        str(sheet_words().sheet_role(mandate.role)),
        _matters(scope, names, language),
        ", ".join(_action(action, language) for action in ACTIONS if action in scope.actions),
        day.isoformat() if day else "",
        *limits,
        str(sheet_words().sheet_yes(scope.once)),
        str(sheet_words().sheet_yes(mandate.may_delegate)),
    ]


def fault_words(faults: Iterable[str]) -> str:
    """What is wrong, in the reader's words."""
    reason = _module("_reasons.html").reason
    return "；".join(str(reason(code)) for code in faults)


def _form(cells: Mapping[str, str], held: Choices) -> tuple[InvitationForm, list[str]]:
    """The row as the form would have sent it, and what in it means nothing."""
    matters, groups, unknown = _named(cells.get("matters", ""), held)
    actions = [_meant(word) for word in _split(cells.get("actions", ""))]
    fields = [
        ("whom", "organisation" if cells.get("code") else "person"),
        ("role", "administrator" if _is_administrator(cells.get("role", "")) else "agent"),
        *(("matter", code) for code in matters),
        *(("group", code) for code in groups),
        *(("action", action) for action in actions if action),
        ("until", _day(cells.get("until", ""))),
        *((key, cells.get(key, "")) for key in ("name", "phone", "code", "region", "project", "amount")),
        *((key, "yes") for key in ("once", "may_delegate") if cells.get(key, "").lower() in YES),
    ]
    faults = ["sheet_matter_unknown"] if unknown else []
    faults += ["action_unknown"] if not all(actions) else []
    faults += ["role_unknown"] if cells.get("role", "").strip().lower() not in ROLES else []
    return InvitationForm(MultiDict(fields)), faults


def _named(text: str, held: Choices) -> tuple[list[str], list[str], bool]:
    """Matters and groups by code or name, and whether something is neither."""
    matters = {choice.code: choice.code for group in held.groups for choice in group.matters}
    groups = {group.code: group.code for group in held.groups}
    for group in held.groups:
        groups |= dict.fromkeys(filter(None, (group.name.chinese, group.name.english)), group.code)
        for choice in group.matters:
            matters |= dict.fromkeys(filter(None, (choice.name.chinese, choice.name.english)), choice.code)
    found: tuple[list[str], list[str]] = [], []
    unknown = False
    for word in _split(text):
        whole = WHOLE.search(word) is not None
        meant, kept = groups if whole else matters, WHOLE.sub("", word).strip()
        code = meant.get(kept) or meant.get(kept.partition(" ")[0])
        if code is None:
            unknown = True
        else:
            found[whole].append(code)
    return (*found, unknown)


def _matters(scope: Scope, names: Names, language: str) -> str:
    if scope.everything:
        return str(sheet_words().sheet_everything())
    groups = [f"{_called(names.groups, code, language)}（整组）" for code in sorted(scope.groups)]
    return "；".join(
        [*groups, *(f"{code} {_called(names.matters, code, language)}" for code in sorted(scope.matters))]
    )


def _called(names: Mapping[str, Any], code: str, language: str) -> str:
    return names[code].said(language) if code in names else code


def _split(text: str) -> list[str]:
    return [word.strip() for word in SEPARATOR.split(text) if word.strip()]


def _meant(word: str) -> str:
    """The action of a word, in either language or by its code; empty for none."""
    meant = {said.lower(): action for action, both in ACTIONS.items() for said in (*both, action.value)}
    action = meant.get(word.lower())
    return action.value if action else ""


def _action(action: Any, language: str) -> str:
    return ACTIONS[action][0 if language == CHINESE else 1]


def _is_administrator(word: str) -> bool:
    return word.strip().lower() in ADMINISTRATOR


def _day(text: str) -> str:
    """A day as people and spreadsheets write it, as a date field sends it."""
    if SERIAL.fullmatch(text):
        return (EPOCH + timedelta(days=int(text))).isoformat()
    found = DATE.match(text)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else text


def sheet_words() -> Any:
    """The words of the table, which is no page."""
    return _module("account/enterprises/_sheet.html")


def _module(name: str) -> Any:
    return current_app.jinja_env.get_template(name).module
