"""What is about to be granted, between the form and the signature: read from the form, kept for an hour."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import cast
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField

from idp import clock
from idp.account.enterprises.picking import TICKED
from idp.account.enterprises.seeking import Seeking
from idp.keys.vault import Vault
from idp.mandates.granting import Offer
from idp.mandates.models import Role
from idp.mandates.scope import Scope
from idp.mandates.statement import last_day
from idp.matters.models import Action
from idp.organisations.identifiers import credit_code
from idp.persons import lookup
from idp.persons import names as person_names
from idp.persons.divisions import issues_identity_numbers
from idp.persons.identifiers import MalformedNumber, normalise
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms

LIFETIME = 3600.0
"""Seconds in which somebody who filled the form in has to sign."""
MOST_LIMITS = 20
LEVELS = (12, 9, 6, 4, 2)
"""Digits of a division code: village, town, county, city, province (GB/T 2260, GB/T 10114)."""
REGION = re.compile("|".join(f"[0-9]{{{digits}}}" for digits in LEVELS))
PROJECT = re.compile(r"[0-9A-Za-z-]{1,64}")
AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
BREAK = re.compile(r"[\s,;，；、]+")
OFFERED = (Role.AGENT, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Draft:
    """An offer that nobody has signed yet, and to whom; `sent` is the link once it has been."""

    organisation_id: UUID
    grantor_id: UUID
    role: Role
    scope: Scope
    last_day: date
    may_delegate: bool = False
    phone: str = field(default="", repr=False)
    """E.164, and the name with it, for a person."""
    name: str = field(default="", repr=False)
    code: str = ""
    """The credit code, for an organisation."""
    supersedes: UUID | None = None
    sent: str = field(default="", repr=False)

    def offer(self, now: datetime, statement: str = "") -> Offer:
        """What is signed at this moment."""
        return Offer(
            role=self.role,
            scope=self.scope,
            valid_from=now,
            valid_until=end_of(self.last_day),
            may_delegate=self.may_delegate,
            statement=statement,
            supersedes=self.supersedes,
        )


Drafts = Collection[Draft]


def create_drafts(state: StateStore, vault: Vault) -> Drafts:
    """Where drafts are; `wsgi.py` keeps it in `Services.extras["drafts"]`."""
    return Collection(state, Draft, "mandate-draft", LIFETIME, vault.sealer("mandate-draft"))


def drafts() -> Drafts:
    """The drafts of the application that answers this request."""
    return cast(Drafts, current().extras["drafts"])


class ScopeForm(Seeking):
    """What is granted, within which limits, until when; a box that is not ticked grants nothing."""

    everything = BooleanField()
    action = SelectMultipleField(validate_choice=False)
    region = StringField(filters=[forms.trimmed])
    project = StringField(filters=[forms.trimmed])
    amount = StringField(filters=[forms.compact])
    once = BooleanField()
    until = StringField(filters=[forms.trimmed])
    may_delegate = BooleanField()

    def fault(self, name: str, reason: str) -> None:
        """Note what is wrong with one field."""
        forms.refuse(self[name], reason)


class InvitationForm(ScopeForm):
    """The same with whom it is for."""

    whom = SelectField(validate_choice=False, default="person")
    phone = StringField(filters=[forms.compact])
    name = StringField(filters=[forms.trimmed])
    code = StringField(filters=[forms.compact])
    role = SelectField(validate_choice=False, default=Role.AGENT.value)


def scope_of(form: ScopeForm) -> Scope:
    """What the form names; faults are noted at its fields."""
    everything = bool(form.everything.data)
    named = (form.named(), frozenset(form.group.data or ()))
    if not everything and not any(named):
        form.fault("matter", "grant_nothing_named")
    actions = frozenset(form.action.data or ()) & frozenset(Action)
    if not actions:
        form.fault("action", "grant_no_action")
    return Scope(
        everything=everything,
        matters=frozenset() if everything else named[0],
        groups=frozenset() if everything else named[1],
        actions=actions,
        regions=_listed(form, "region", REGION, "region_malformed"),
        projects=_listed(form, "project", PROJECT, "project_malformed"),
        amount=_fen(form),
        once=bool(form.once.data),
    )


def day_of(form: ScopeForm) -> date:
    """The last day; a fault is noted at its field."""
    try:
        return date.fromisoformat(form.until.data or "")
    except ValueError:
        form.fault("until", "day_malformed")
        return date.max


def invitee_of(form: InvitationForm) -> tuple[str, str, str]:
    """Phone, name and code, normalised; faults are noted at the fields."""
    if form.whom.data == "organisation":
        try:
            return "", "", credit_code(normalise(form.code.data or "")).value
        except MalformedNumber:
            form.fault("code", "credit_code_malformed")
            return "", "", ""
    phone = lookup.normalise_phone(form.phone.data or "")
    if phone is None:
        form.fault("phone", "phone_malformed")
    try:
        name = person_names.normalise(form.name.data or "")
    except person_names.MalformedName:
        form.fault("name", "invitee_name_malformed")
        name = ""
    return phone or "", name, ""


def role_of(form: InvitationForm) -> Role:
    """The role, an agent's where none is said; an organisation is never more."""
    if form.whom.data == "organisation":
        return Role.AGENT
    return Role.ADMINISTRATOR if form.role.data == Role.ADMINISTRATOR else Role.AGENT


def filled(draft: Draft) -> InvitationForm:
    """The form as it was filled in, to change something."""
    return InvitationForm(
        MultiDict(
            [
                ("whom", "organisation" if draft.code else "person"),
                ("phone", draft.phone.removeprefix("+86")),
                ("name", draft.name),
                ("code", draft.code),
                ("role", draft.role.value),
                *_scope_fields(draft.scope),
                ("until", draft.last_day.isoformat()),
                *([("may_delegate", "yes")] if draft.may_delegate else []),
            ]
        )
    )


def filled_from(scope: Scope, until: date, may_delegate: bool = False) -> ScopeForm:
    """The form as a mandate has it, to narrow or to renew it."""
    fields = [*_scope_fields(scope), ("until", until.isoformat())]
    return ScopeForm(MultiDict(fields + ([("may_delegate", "yes")] if may_delegate else [])))


def usual_day(now: datetime, usual: timedelta, own_until: datetime) -> date:
    """The last day that is proposed: the usual one, or one's own if that is earlier."""
    usual_one, own = clock.day(now) + usual, last_day(own_until)
    return min(usual_one, own) if own else usual_one


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Beijing."""
    following = day + timedelta(days=1) if day < date.max else day
    return datetime.combine(following, time(), clock.CHINA)


def _listed(form: ScopeForm, name: str, pattern: re.Pattern[str], reason: str) -> frozenset[str]:
    words = [word for word in BREAK.split(form[name].data or "") if word]
    known = all(pattern.fullmatch(word) for word in words) and len(words) <= MOST_LIMITS
    if name == "region":
        known = known and all(issues_identity_numbers(word) for word in words)
        words = [_without_zeros(word) for word in words]
    if not known:
        form.fault(name, reason)
        return frozenset()
    return frozenset(words)


def _without_zeros(code: str) -> str:
    """A division code without the levels that are only filled up; the zeros of town 100 are its own."""
    for digits, above in pairwise(LEVELS):
        if len(code) == digits and not code[above:].strip("0"):
            code = code[:above]
    return code


def _fen(form: ScopeForm) -> int | None:
    text = (form.amount.data or "").replace(",", "")
    if not text:
        return None
    found = AMOUNT.fullmatch(text)
    if found is None:
        form.fault("amount", "amount_malformed")
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _scope_fields(scope: Scope) -> list[tuple[str, str]]:
    amount = "" if scope.amount is None else f"{scope.amount / 100:.2f}".removesuffix(".00")
    return [
        *([("everything", "yes")] if scope.everything else []),
        *(("group", one) for one in sorted(scope.groups)),
        *(("matter", one) for one in sorted(scope.matters)),
        *(("action", one) for one in sorted(scope.actions)),
        ("region", " ".join(code.ljust(6, "0") for code in sorted(scope.regions))),
        ("project", " ".join(sorted(scope.projects))),
        ("amount", amount),
        *([("once", "yes")] if scope.once else []),
        ("at", TICKED),
    ]
