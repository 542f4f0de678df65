"""Inviting by table: a template to fill in, every row looked at, one signature for those that are right."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp import clock
from idp.account import own
from idp.account.enterprises import acting, choices, inviting, sheet
from idp.account.enterprises.acting import LIST, Acting
from idp.account.enterprises.sheet import KEYS, MOST_ROWS, NEEDED, Batch, Line
from idp.account.methods.guard import proven_twice
from idp.mandates import roster, tables
from idp.mandates.granting import GrantRefused
from idp.mandates.models import Mandate
from idp.services import current
from idp.web import downloads, forms, languages, workbooks
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who
from idp.web.workbooks import EXCEL, Malformed, Sheet, Table, TooLong

bp = Blueprint("bulk", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>")
STEP = "import"
KINDS = {"xlsx": EXCEL, "csv": "text/csv"}
DAY = 86_400.0
MOST_A_DAY = 20
"""Tables that somebody may bring in a day."""
AT_ONCE = 25
"""Signed in one transaction: others who write wait no longer."""
MOST_WRITTEN = 5000


@bp.get("/import")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask(organisation_id: UUID) -> ResponseReturnValue:
    """Say how, and take a file."""
    with current().database.reading() as db:
        return _ask(_granting(db, organisation_id))


@bp.get("/import/template.<kind>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def template(organisation_id: UUID, kind: str) -> ResponseReturnValue:
    """An empty table, and the matters that may be named in it."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        held, language = choices.within(db, here.path.own.scope), languages.of_request()
    words = sheet.sheet_words()
    known = [
        [one.code, one.name.said(language), group.name.said(language)]
        for group in held.groups
        for one in group.matters
    ]
    listed = Sheet(str(words.sheet_name("matters")), [str(words.matter_column(n)) for n in range(3)], known)
    return _file(kind, "template", [Sheet("1", sheet.headings(), [], sheet.WIDTHS), listed])


@bp.post("/import")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def bring(organisation_id: UUID) -> ResponseReturnValue:
    """Look at every row; nothing is signed yet."""
    content = forms.uploaded("file")
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        if not own.token_fits(STEP):
            return _ask(here, "form_stale", 400)
        if current().state.count(f"imports:{who().person_id.hex}", DAY) > MOST_A_DAY:
            return _ask(here, "imports_spent", 429)
        try:
            table = workbooks.read(content, MOST_ROWS + 1)
        except Malformed:
            return _ask(here, "sheet_malformed", 400)
        except TooLong:
            return _ask(here, "sheet_long", 400)
        missing, rows = workbooks.by_heading(table, sheet.known_headings())
        if any(key in missing for key in NEEDED):
            return _ask(here, "sheet_headings", 400)
        batch = _looked_at(db, here, table, rows, "xlsx" if content.startswith(b"PK") else "csv")
    if not batch.lines:
        return _ask(here, "sheet_empty", 400)
    return redirect(f"{here.url}/import/{sheet.batches().add(batch)}", 303)


@bp.get("/import/<handle>")
@proven_twice
def check(organisation_id: UUID, handle: str) -> ResponseReturnValue:
    """How many rows are right; afterwards, how many went out."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
    batch = _batch(here, handle)
    return redirect(f"{here.url}/import", 303) if batch is None else _check(here, batch, handle)


@bp.post("/import/<handle>")
@proven_twice
def sign(organisation_id: UUID, handle: str) -> ResponseReturnValue:
    """Sign the right rows, once; where some are wrong only if that was chosen (`which=right`)."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
    batch = _batch(here, handle)
    if batch is None:
        return redirect(f"{here.url}/import", 303)
    chosen = len(batch.right) == len(batch.lines) or request.form.get("which") == "right"
    if not own.token_fits(f"{STEP}|{handle}") or not chosen:
        return _check(here, batch, handle, "choose_one" if not chosen else "form_stale", 400)
    if batch.done or not batch.right or not sheet.batches().spend(handle):
        return redirect(f"{here.url}/import/{handle}", 303)
    sheet.batches().revise(handle, _signed(here, batch))
    return redirect(f"{here.url}/import/{handle}", 303)


@bp.get("/import/<handle>/returned.<kind>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def returned(organisation_id: UUID, handle: str, kind: str) -> ResponseReturnValue:
    """The table as it came, and what is wrong with each row."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
    batch = _batch(here, handle)
    if batch is None:
        abort(404)
    words = sheet.sheet_words()
    rows = [[*line.cells, sheet.fault_words(line.faults)] for line in batch.lines if line.faults]
    columns = [*sheet.headings(), str(words.sheet_column("faults"))]
    return _file(kind, "returned", [Sheet("1", columns, rows, (*sheet.WIDTHS, 60))])


@bp.get("/members.<kind>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def members(organisation_id: UUID, kind: str) -> ResponseReturnValue:
    """Everybody who may act, in the same shape, with the state of each."""
    if kind not in KINDS:
        abort(404)
    with current().database.writing() as db:
        here = acting.administering(db, organisation_id)
        found = roster.members(db, organisation_id, most=MOST_WRITTEN)
        rows = list(_written(db, found))
        tables.members_taken(db, organisation_id, who().person_id, kind, len(rows), now())
    words = sheet.sheet_words()
    columns = [*sheet.headings(), str(words.sheet_column("state"))]
    about = [
        [str(words.sheet_name("organisation")), here.organisation.name],
        [str(words.sheet_name("code")), here.organisation.credit_code],
        [str(words.sheet_name("made")), now().astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")],
    ]
    sheets = [Sheet("1", columns, rows, (*sheet.WIDTHS, 12)), Sheet("2", [], about, (24, 48))]
    return _file(kind, here.organisation.credit_code, sheets)


def _written(db: Session, mandates: Iterable[Mandate]) -> Iterable[list[str]]:
    listed = list(mandates)
    agents, names = roster.agents(db, listed), roster.names(db, [one.scope for one in listed])
    firms = roster.organisations(db, (one.agent_organisation_id for one in listed))
    for one in listed:
        firm = firms.get(one.agent_organisation_id) if one.agent_organisation_id else None
        code = firm.credit_code if firm else ""
        row = sheet.written(one, agents[one.id], code, names, languages.of_request())
        yield [*row, str(sheet.sheet_words().sheet_state(one.state))]


def _looked_at(db: Session, here: Acting, table: Table, rows: Iterable[dict[str, str]], kind: str) -> Batch:
    held, seen = choices.within(db, here.path.own.scope), set[tuple[str, str]]()
    lines = []
    for place, cells in enumerate(rows, start=2):
        if not any(cells.values()):
            continue
        draft, faults = sheet.read(cells, here.organisation.id, who().person_id, held)
        whom = (draft.phone, draft.code)
        repeated = ("row_repeated",) if any(whom) and whom in seen else ()
        seen.add(whom)
        further = inviting.all_unfit(db, here, draft, held, frozenset(faults))
        faults = tuple(dict.fromkeys((*faults, *repeated, *further)))
        lines.append(Line(place, sheet.typed(cells), None if faults else draft, faults))
    return Batch(here.organisation.id, who().person_id, kind, tuple(table[0]), tuple(lines))


def _signed(here: Acting, batch: Batch) -> Batch:
    """Each right row by itself: one that meanwhile cannot be signed keeps nobody else from it."""
    lines, sent = list(batch.lines), 0
    places = [place for place, line in enumerate(lines) if line.draft is not None]
    for start in range(0, len(places), AT_ONCE):
        with current().database.writing() as db:
            again = acting.acting_for(db, here.organisation.id)
            held = choices.within(db, again.path.own.scope)
            for place in places[start : start + AT_ONCE]:
                lines[place], went = _sign_one(db, again, lines[place], held)
                sent += went
    with current().database.writing() as db:
        tables.members_brought(
            db, here.organisation.id, who().person_id, batch.kind, len(places), sent, now()
        )
    return replace(batch, lines=tuple(lines), done=True, sent=sent)


def _sign_one(db: Session, here: Acting, line: Line, held: choices.Choices) -> tuple[Line, int]:
    assert line.draft is not None
    try:
        inviting.signed(db, here, line.draft, held)
    except GrantRefused as refused:
        return replace(line, draft=None, faults=(f"grant_{refused.reason}",)), 0
    return line, 1


def _granting(db: Session, organisation_id: UUID) -> Acting:
    """For representative and administrators."""
    here = acting.administering(db, organisation_id)
    if not here.may_grant:
        abort(404)
    return here


def _batch(here: Acting, handle: str) -> Batch | None:
    found = sheet.batches().find(handle)
    if found is None:
        return None
    mine = (found.organisation_id, found.person_id) == (here.organisation.id, who().person_id)
    return found if mine else None


def _file(kind: str, name: str, sheets: list[Sheet]) -> Response:
    if kind not in KINDS:
        abort(404)
    if kind == "xlsx":
        body = workbooks.write(sheets)
    else:
        body = downloads.table(sheets[0].columns, sheets[0].rows)
    return downloads.attachment(body, f"{name}-{clock.day(now())}.{kind}", KINDS[kind])


def _ask(here: Acting, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        held = choices.within(db, here.path.own.scope)
    return own.show(
        "account/enterprises/import.html",
        status=status,
        organisation=here.organisation,
        refusal=refusal,
        most=MOST_ROWS,
        groups=held.groups,
        csrf_token=own.token(STEP),
        action=f"{here.url}/import",
        back_url=here.url,
    )


def _check(here: Acting, batch: Batch, handle: str, refusal: str = "", status: int = 200) -> Response:
    url = f"{here.url}/import/{handle}"
    name = KEYS.index("name")
    wrong = [
        (one.place, one.cells[name], sheet.fault_words(one.faults), "sheet_matter_unknown" in one.faults)
        for one in batch.lines
        if one.faults
    ]
    return own.show(
        "account/enterprises/import_check.html",
        status=status,
        organisation=here.organisation,
        refusal=refusal,
        right=len(batch.right),
        wrong=wrong,
        done=batch.done,
        sent=batch.sent,
        returned_url=f"{url}/returned.{batch.kind}",
        csrf_token=own.token(f"{STEP}|{handle}"),
        action=url,
        again_url=f"{here.url}/import",
        matters_url=f"{here.url}/import#matters",
        back_url=here.url,
    )
