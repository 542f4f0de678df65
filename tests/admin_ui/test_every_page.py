"""Every address of the console as everybody: what opens is what the table of permissions says."""

from collections.abc import Iterator, Mapping

import pytest
from werkzeug.routing import Rule

from admin_ui.access import PERMISSIONS, Permission, insist, needs, permission_of
from admin_ui.models import Role
from tests.admin_ui import moved
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import HERE, THERE, Console, Visitor
from tests.idp.account.stage import Browser, newcomer

pytestmark = pytest.mark.parametrize("console", ["embedded", "servers"], indirect=True)
ASKED: Mapping[str, Permission] = {
    "home.home": Permission.ENTER,
    "own_password.change": Permission.ENTER,
    "persons.find": Permission.FIND_PERSONS,
    "organisations.find": Permission.READ_ORGANISATIONS,
    "organisations.see": Permission.READ_ORGANISATIONS,
    "explaining.why": Permission.READ_ORGANISATIONS,
    "links.cases": Permission.READ_ORGANISATIONS,
    "links.see": Permission.READ_ORGANISATIONS,
    "links.letter": Permission.DECIDE_CASES,
    "links.approve": Permission.DECIDE_CASES,
    "links.refuse": Permission.DECIDE_CASES,
    "revealing.compare": Permission.DECIDE_CASES,
    "reviews.waiting": Permission.READ_ORGANISATIONS,
    "reviews.see": Permission.READ_ORGANISATIONS,
    "reviews.paper": Permission.DECIDE_CASES,
    "reviews.decide": Permission.DECIDE_CASES,
    "registering.register": Permission.OPEN_CASES,
    "counter.begin": Permission.SERVE_AT_COUNTER,
    "counter.visit": Permission.SERVE_AT_COUNTER,
    "counter.end": Permission.SERVE_AT_COUNTER,
    "enrolling.ask": Permission.SERVE_AT_COUNTER,
    "enrolling.confirm": Permission.SERVE_AT_COUNTER,
    "link_drafts.whom": Permission.OPEN_CASES,
    "link_drafts.what": Permission.OPEN_CASES,
    "link_drafts.letter": Permission.OPEN_CASES,
    "merges.cases": Permission.DECIDE_CASES,
    "merges.see": Permission.DECIDE_CASES,
    "merges.adopt": Permission.OPEN_CASES,
    "merges.approve": Permission.DECIDE_CASES,
    "merges.refuse": Permission.DECIDE_CASES,
    "merges.undo": Permission.DECIDE_CASES,
    "merge_drafts.which": Permission.OPEN_CASES,
    "merge_drafts.look": Permission.OPEN_CASES,
    "splits.cases": Permission.DECIDE_CASES,
    "splits.whose": Permission.OPEN_CASES,
    "splits.choose": Permission.OPEN_CASES,
    "splits.see": Permission.DECIDE_CASES,
    "splits.approve": Permission.DECIDE_CASES,
    "splits.refuse": Permission.DECIDE_CASES,
    "upstreams.overview": Permission.READ_UPSTREAMS,
    "upstreams.see": Permission.DECIDE_CASES,
    "upstreams.close": Permission.DECIDE_CASES,
    "upstream_links.whose": Permission.FIND_PERSONS,
    "upstream_links.see": Permission.FIND_PERSONS,
    "upstream_links.end": Permission.OPEN_CASES,
    "imports.overview": Permission.READ_IMPORTS,
    "imports.see": Permission.READ_IMPORTS,
    "imports.contradicted": Permission.TAKE_ROWS,
    "imports.rows": Permission.TAKE_ROWS,
    "claims.waiting": Permission.READ_ORGANISATIONS,
    "claims.close": Permission.OPEN_CASES,
    "administrators.administrators_here": Permission.ADMINISTER,
    "administrators.appoint": Permission.ADMINISTER,
    "administrators.approve": Permission.ADMINISTER,
    "administrators.end": Permission.ADMINISTER,
    "trail.search": Permission.READ_TRAIL,
    "trail.verify": Permission.READ_TRAIL,
}
"""What each page must ask for; a page that is not written down here fails the walk."""
WHOLE = {"upstreams.see", "upstreams.close"}
"""What belongs to no part of the country: only who sees the whole instance finds it."""
FILLED = {"why": "left"}
"""What a form needs so that only its address can be refused."""
OPEN, REFUSED, NOWHERE, AT_THE_DOOR = "open", "refused", "nowhere", "at the door"


@pytest.fixture(scope="module")
def objects(console: Console, hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Something to stand for each variable part of an address, all of it in one county."""
    one, other = hall.second_account(), hall.second_account()
    merge_draft, split_draft = hall.looked_at(one, other)
    folder, claimant = tmp_path_factory.mktemp("files"), hall.second_account()
    claimed_account = moved.claimed(hall, folder, hall.code(hall.company(1)), claimant)
    import_run = moved.brought(hall, folder, [moved.faulty(1)], "fund", moved.portal(hall))
    return {
        "merge_id": str(hall.proposed(one, other)),
        "split_id": str(hall.parted(hall.second_account())),
        "merge_draft": merge_draft,
        "split_draft": split_draft,
        "row_id": str(console.appointed(Role.OPERATOR, HERE).id),
        "organisation_id": str(hall.company(None)),
        "case_id": str(hall.linked(hall.company(1), 2)),
        "review_id": str(hall.review(3)),
        "draft": hall.draft(hall.company(1), 2),
        "upstream_case": str(moved.disagreed(hall, claimant)),
        "upstream_visitor": moved.visitor(hall, claimant),
        "upstream_link": str(moved.linked(hall, claimant)),
        "import_run": str(import_run),
        "import_source": "fund",
        "claimed_account": str(claimed_account),
        "claimant": str(claimant),
    }


@pytest.fixture(scope="module")
def visitors(console: Console) -> dict[str, Browser]:
    """Everybody who might try; `there` are administrators of another county than the objects'."""
    console.stage.browser().register(newcomer(1))
    citizen = console.stage.browser().sign_in(newcomer(1).phone)
    found = {
        "nobody": console.stage.browser(),
        "citizen": citizen,
        "staff": console.signed_in(console.civil_servant()),
    }
    for role in Role:
        found[role] = console.as_role(role)
        found[f"{role} here"] = console.as_role(role, HERE)
        found[f"{role} there"] = console.as_role(role, THERE)
    return found


def addresses(console: Console, objects: dict[str, str]) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, each of its methods, and an address that is there."""
    for rule in console.app.url_map.iter_rules():
        values = {name: objects[name] for name in rule.arguments}
        with console.app.test_request_context():
            path = console.app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, path


def answer(visitor: str, browser: Browser, method: str, path: str, rule: Rule) -> str:
    """How it is answered; the right token of a form have those from elsewhere, for whom nothing is there."""
    filled = {}
    outside = visitor.endswith("there") or rule.endpoint in WHOLE and visitor.endswith(" here")
    if method == "POST" and outside and isinstance(browser, Visitor):
        filled = {"csrf_token": browser.token(path), **FILLED}
    page = browser.client.open(path, method=method, data=filled)
    if page.status_code == 303 and page.headers["Location"].startswith("/staff/sign-in?"):
        return AT_THE_DOOR
    assert page.status_code < 500, (path, page.status_code)
    return {403: REFUSED, 404: NOWHERE}.get(page.status_code, OPEN)


def expected(visitor: str, rule: Rule) -> str:
    """What the table of permissions says."""
    if visitor in {"nobody", "citizen"}:
        return AT_THE_DOOR
    role = visitor.split()[0]
    if visitor == "staff" or ASKED[rule.endpoint] not in PERMISSIONS[Role(role)]:
        return REFUSED
    if rule.endpoint in WHOLE:
        return NOWHERE if visitor.endswith("here") else OPEN
    return NOWHERE if rule.arguments and visitor.endswith("there") else OPEN


def test_every_page_is_written_down(console: Console) -> None:
    """A new page says here what it must ask for."""
    views = console.app.view_functions
    asked = {rule.endpoint: permission_of(views[rule.endpoint]) for rule in console.app.url_map.iter_rules()}

    assert ASKED == asked


def test_every_page_opens_to_whom_it_must(
    console: Console, objects: dict[str, str], visitors: dict[str, Browser]
) -> None:
    """As nobody, as a citizen, as a civil servant, and as every role, here and in another county."""
    wrong = [
        (visitor, method, path, found)
        for visitor, browser in visitors.items()
        for rule, method, path in addresses(console, objects)
        if (found := answer(visitor, browser, method, path, rule)) != expected(visitor, rule)
    ]

    assert [] == wrong


def test_a_console_with_an_open_page_does_not_start(console: Console) -> None:
    """Whoever forgets the decorator notices before anybody else does."""
    app = console.app
    app.view_functions["forgotten"] = lambda: "for everybody"
    with pytest.raises(LookupError, match="forgotten"):
        insist(app)
    app.view_functions["forgotten"] = needs(Permission.ENTER)(lambda: "for administrators")
    insist(app)
    del app.view_functions["forgotten"]
