"""`/interaction/<id>/capacity`: choose, or be told why what the application asks for is not allowed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.interaction import capacity, steps
from idp.interaction.capacity import SELECT
from idp.interaction.record import COMES_FOR, Facts, Interaction, OnBehalf, Step
from idp.mandates import holdings, statement
from idp.mandates.holdings import Holdings
from idp.mandates.rules import Reason
from idp.matters.catalogue import Catalogue, Listed
from idp.organisations import freshness, history
from idp.organisations.models import Organisation
from idp.services import current
from idp.sessions.models import Capacity
from idp.web import languages, showing
from idp.web.doorway import answered, client_of, door, facts_here, opened, protocol_of, token, token_fits
from idp.web.pages import render
from idp.web.request_scope import now

bp = Blueprint("choosing", __name__, url_prefix="/interaction")
ONESELF = "self"


@dataclass(frozen=True)
class Choice:
    """An organisation one may act for, as the page shows it."""

    id: UUID
    name: str
    code: str
    role: str
    through: str
    """The organisation in between, if there is one."""
    last_day: date | None
    """None: as long as the registry says so."""
    restricted: bool
    allowed: bool
    reason: str
    """Why not, if not (`Reason`)."""


@bp.get("/<handle>/capacity")
def ask(handle: str) -> ResponseReturnValue:
    """List what there is to choose from."""
    interaction = opened(handle, Step.CAPACITY)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = facts_here(interaction)
    if facts is None or interaction.demand.on_behalf is None:
        return door(handle)
    return _page(handle, interaction, facts, interaction.demand.on_behalf)


@bp.post("/<handle>/capacity")
def choose(handle: str) -> ResponseReturnValue:
    """Keep the choice for this application in this session, or go back to it with a no."""
    interaction = opened(handle, Step.CAPACITY)
    if not isinstance(interaction, Interaction):
        return interaction
    facts, wanted = facts_here(interaction), interaction.demand.on_behalf
    if facts is None or wanted is None or not token_fits(handle, Step.CAPACITY, facts):
        return door(handle)
    if request.form.get("decision") == "decline":
        current().interactions.spend(handle)  # one answer each: a yes that comes later is none
        return answered(interaction, protocol_of(interaction).decline(interaction, "access_denied"))
    picked = request.form.get("capacity", "")
    organisation = picked_of(interaction, facts, wanted, picked)
    if organisation is None and not (picked == ONESELF and wanted.oneself):
        return _page(handle, interaction, facts, wanted, missing=True)
    with current().database.writing() as db:
        keep(db, facts, interaction.demand.client_id, organisation, now())
    current().interactions.revise(handle, steps.answered(interaction, SELECT))
    return door(handle)


def keep(db: Session, facts: Facts, client_id: str, organisation: UUID | None, at: datetime) -> None:
    """As what somebody comes to this application from now on, in this session."""
    chosen = db.get(Capacity, (facts.session_id, client_id))
    if chosen is None:
        chosen = Capacity(session_id=facts.session_id, client_id=client_id)
        db.add(chosen)
    chosen.organisation_id, chosen.chosen_at = organisation, at
    if organisation is not None:
        known = db.get_one(Organisation, organisation)
        if freshness.due(known, at):
            freshness.ask_soon(db, known)
        history.note(db, organisation, "capacity.entered", at, person_id=facts.person_id, client_id=client_id)


def picked_of(interaction: Interaction, facts: Facts, wanted: OnBehalf, picked: str) -> UUID | None:
    """The organisation that was picked, if the person may act for it here."""
    choices = choices_of(facts, wanted)
    return next((one.id for one in choices if str(one.id) == picked and one.allowed), None)


def _holdings(facts: Facts, wanted: OnBehalf) -> Holdings:
    prepared = current().prepared
    if wanted.organisation is not None:
        return holdings.towards_code(prepared, facts.person_id, wanted.organisation, now())
    return holdings.everywhere(prepared, facts.person_id, now())


def choices_of(facts: Facts, wanted: OnBehalf) -> list[Choice]:
    """What there is to choose from, what is allowed first."""
    known = _holdings(facts, wanted)
    catalogue, found = current().extras["matters"], []
    for organisation_id, paths in known.paths.items():
        verdict = capacity.judged(known, paths, wanted.wishes, catalogue, now())
        path, side = verdict.path or paths[0], known.sides[organisation_id]
        between = known.sides[path.own.organisation_id] if len(path.links) > 1 else None
        found.append(
            Choice(
                id=organisation_id,
                name=side.name,
                code=side.code,
                role=path.own.role.value,
                through=between.name if between else "",
                last_day=statement.last_day(path.ends_at),
                restricted=side.standing == "restricted",
                allowed=verdict.allowed,
                reason="" if verdict.allowed else verdict.reason.value,
            )
        )
    return sorted(found, key=lambda one: (not one.allowed, one.name))


def _page(
    handle: str, interaction: Interaction, facts: Facts, wanted: OnBehalf, missing: bool = False
) -> Response:
    choices = choices_of(facts, wanted)
    client = client_of(interaction)
    named = wanted.organisation is not None
    return render(
        "interaction/capacity.html",
        status=400 if missing else 200,
        destination=showing.destination(interaction, client),
        choices=choices if not named else [one for one in choices if one.allowed],
        refused=next((one for one in choices if not one.allowed), None) if named else None,
        refusal=facts.refusal or (Reason.NO_MANDATE.value if named and not choices else ""),
        wishes=[(_named(interaction, wish.matter), wish.action) for wish in wanted.wishes],
        oneself=wanted.oneself and not named and capacity.as_oneself(_catalogue(), wanted) is None,
        proposed=interaction.kept.get(COMES_FOR, ""),
        missing=missing,
        csrf_token=token(handle, Step.CAPACITY, facts),
        action="",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, client),
    )


def _named(interaction: Interaction, code: str) -> str:
    """A matter's name in the language of the page."""
    found: Listed | None = _catalogue().find(code)
    if found is None:
        return code
    chinese = languages.of_request(interaction.demand.ui_locales) == languages.CHINESE
    return found.name if chinese else found.name_en or found.name


def _catalogue() -> Catalogue:
    catalogue: Catalogue = current().extras["matters"]
    return catalogue
