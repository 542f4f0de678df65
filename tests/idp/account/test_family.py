"""Children in somebody's care: what a guardian may do, and what a stranger learns (PIPL Art. 31)."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from connectors.simulator.personas import Persona
from idp import clock
from idp.account import work
from idp.consents.models import Consent
from idp.persons import belongings, guardians, wards
from idp.persons.claim import read
from idp.persons.models import Document, DocumentIndex, Guardianship, Person
from idp.persons.registry import Verified
from tests.idp.account.stage import POPULATION, Browser, Stage, newcomer

PAGE = "/account/family"
ADD = f"{PAGE}/add"
CHILD = POPULATION.persona("child")


@pytest.fixture(scope="module")
def parent(stage: Stage) -> Person:
    stage.browser().register(newcomer(1))
    return found(stage, newcomer(1).phone)


@pytest.fixture(scope="module")
def stranger(stage: Stage) -> Person:
    stage.browser().register(newcomer(2))
    return found(stage, newcomer(2).phone)


@pytest.fixture
def own(stage: Stage, parent: Person) -> Browser:
    return stage.browser(f"198.51.100.{next(stage.numbers) % 250}").sign_in(newcomer(1).phone)


@pytest.fixture
def other(stage: Stage, stranger: Person) -> Browser:
    return stage.browser(f"203.0.113.{next(stage.numbers) % 250}").sign_in(newcomer(2).phone)


def found(stage: Stage, login: str) -> Person:
    person = stage.person(login)
    assert person is not None
    return person


def add(browser: Browser, child: Persona = CHILD, **changes: str) -> Browser:
    fields = {
        "kind": child.kind, "name": child.name, "number": child.number,
        "relation": "52", "agreement": "yes", "sensitive": "yes",
    }  # fmt: skip
    return browser.get(ADD).fill(ADD, **{**fields, **changes})


def links(stage: Stage, guardian: Person) -> list[Guardianship]:
    with stage.services.database.reading() as db:
        rows = list(guardians.of_guardian(db, guardian.id))
        db.expunge_all()
        return rows


def remove_all(browser: Browser) -> None:
    for link_id in re.findall(r'name="end" value="([0-9a-f-]{36})"', browser.get(PAGE).text):
        browser.get(PAGE).fill(PAGE, end=link_id)


def test_a_guardian_lists_a_child_and_consents(stage: Stage, own: Browser, parent: Person) -> None:
    """The child's record holds no number, and nobody signs in as it."""
    add(own)
    (link,) = links(stage, parent)
    with stage.services.database.reading() as db:
        consents = db.scalars(select(Consent).where(Consent.person_id == link.ward_id)).all()
        document = db.scalars(select(Document).where(Document.person_id == link.ward_id)).one()
        claim = read(CHILD.kind, CHILD.number, CHILD.name, None, clock.today())

        assert ("declared", "52") == (link.grade, link.relation)
        assert {("minors", "guardian"), ("identity-number", "guardian")} == {
            (one.text_key, one.channel) for one in consents
        }
        assert document.verified_at is None
        assert belongings.held(db, stage.services.vault, claim, clock.now()) is None
    assert CHILD.name in own.text and CHILD.number not in own.text
    assert stage.person(CHILD.number) is None


def test_the_same_child_is_listed_once(stage: Stage, own: Browser, parent: Person) -> None:
    """One link for a pair; the second attempt says so and writes nothing."""
    add(own)
    add(own)

    assert "已在您的名单里" in own.text
    assert 1 == len(links(stage, parent))


def test_a_removed_child_is_erased_and_can_be_listed_again(
    stage: Stage, own: Browser, parent: Person
) -> None:
    """What the guardian gave goes with the link (PIPL Art. 47)."""
    add(own)
    (link,) = links(stage, parent)
    remove_all(own)
    with stage.services.database.reading() as db:
        ward = db.get_one(Person, link.ward_id)

        assert ("closed", None, []) == (ward.status, ward.name, list(ward.documents))
    add(own)
    assert 1 == len(links(stage, parent))


def test_two_guardians_share_one_record(stage: Stage, own: Browser, other: Browser, parent: Person) -> None:
    """Same document, same child: the second gets a link of their own, and the first alone is told."""
    remove_all(own)
    remove_all(other)
    add(own, relation="51")
    add(other)
    stranger = found(stage, newcomer(2).phone)
    (one,), (two,) = links(stage, parent), links(stage, stranger)

    assert one.ward_id == two.ward_id
    assert ("51", "52") == (one.relation, two.relation)
    assert "又有人登记照护您的孩子" in own.get("/account/notices").text
    assert "又有人登记照护您的孩子" not in other.get("/account/notices").text
    assert newcomer(2).name not in own.text + own.get(PAGE).text


def test_the_record_goes_with_its_last_guardian(stage: Stage, own: Browser, other: Browser) -> None:
    """Whoever leaves first takes back what they agreed to; the other keeps the child (PIPL Art. 47)."""
    remove_all(own)
    remove_all(other)
    add(own)
    add(other)
    (link,) = links(stage, found(stage, newcomer(2).phone))
    remove_all(own)
    after_one, left = ward_of(stage, link)
    remove_all(other)
    after_both, _ = ward_of(stage, link)

    assert ("active", 2, "closed") == (after_one, left, after_both)


def ward_of(stage: Stage, link: Guardianship) -> tuple[str, int]:
    """A child's status, and how many of its guardians' consents are in force."""
    with stage.services.database.reading() as db:
        given = select(Consent).where(Consent.person_id == link.ward_id, Consent.withdrawn_at.is_(None))
        return db.get_one(Person, link.ward_id).status, len(db.scalars(given).all())


def test_each_guardian_reads_the_name_they_typed(stage: Stage, own: Browser, other: Browser) -> None:
    """A child's new name is not told to whoever knew the old one, nor the old one to the new guardian."""
    remove_all(own)
    remove_all(other)
    add(own)
    renamed = replace(minor().claim, name="新名字")
    with stage.services.database.writing() as db:
        second = db.get_one(Person, found(stage, newcomer(2).phone).id)
        guardians.link(db, stage.services.vault, second, replace(minor(), claim=renamed), clock.now())

    assert CHILD.name in own.get(PAGE).text and "新名字" not in own.text
    assert "新名字" in other.get(PAGE).text and CHILD.name not in other.text


def test_guardians_at_once_share_one_record(either_stage: Stage) -> None:
    """Whoever comes second waits and shares it; whoever leaves meanwhile takes nothing along (a race)."""
    stage = either_stage
    people = []
    for index in (1, 2, 3, 4):
        stage.browser().register(newcomer(index))
        people.append(found(stage, newcomer(index).phone).id)

    def come_and_go(guardian_id: UUID) -> None:
        for last in (False, False, True):
            with stage.services.database.writing() as db:
                guardian = db.get_one(Person, guardian_id)
                made = guardians.link(db, stage.services.vault, guardian, minor(), clock.now())
                assert made is not None
                link_id = made.id
            if not last:
                with stage.services.database.writing() as db:
                    guardians.end(db, link_id, guardian_id, "own_wish", clock.now())

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(come_and_go, people))
    with stage.services.database.reading() as db:
        open_links = [link for one in people for link in guardians.of_guardian(db, one)]
        (ward_id,) = {link.ward_id for link in open_links}
        ward = db.get_one(Person, ward_id)
        living = db.scalars(select(Person).where(Person.origin == wards.ORIGIN, Person.status == "active"))

        assert 4 == len(open_links)
        assert [ward_id] == [one.id for one in living]
        assert (CHILD.name, 1) == (ward.name, len(ward.documents))


def test_records_from_before_are_joined(stage: Stage, own: Browser, other: Browser, parent: Person) -> None:
    """The worker makes one record of two that were kept apart; consents and links move along."""
    remove_all(own)
    remove_all(other)
    add(own)
    kept_apart(stage)
    add(other)
    kept_apart(stage)
    work.end_guardianships(stage.services)
    work.end_guardianships(stage.services)
    (one,), (two,) = links(stage, parent), links(stage, found(stage, newcomer(2).phone))

    assert one.ward_id == two.ward_id
    assert ("active", 4) == ward_of(stage, one)


def kept_apart(stage: Stage) -> None:
    """As records were before they had a digest."""
    with stage.services.database.writing() as db:
        children = select(Document.id).join(Person).where(Person.origin == wards.ORIGIN)
        db.execute(delete(DocumentIndex).where(DocumentIndex.document_id.in_(children)))


def test_a_strangers_attempt_tells_what_a_first_one_tells(stage: Stage, own: Browser, other: Browser) -> None:
    """Two who list the same child see the same page and nothing of one another."""
    remove_all(own)
    remove_all(other)
    first = masked(add(own).text)
    second = masked(add(other).text)

    assert first == second
    assert newcomer(1).name not in other.text


def masked(page: str) -> str:
    """A page without what differs by browser: tokens, ids, names in the frame."""
    main = page.split("<main")[1].split("</main>")[0]
    return re.sub(r'value="[^"]+"|[0-9a-f-]{36}', "", main)


def test_a_wrong_name_is_a_mismatch_and_counts(stage: Stage, other: Browser, stranger: Person) -> None:
    """Guesses at a child's name are counted as guesses at anybody's (domain: real-name)."""
    remove_all(other)
    said = [add(other, name=f"猜测{name}").text for name in "甲乙丙丁戊己"]

    assert "核对不一致" in said[0]
    assert "今天的核验次数已用完" in said[-1]
    assert [] == links(stage, stranger)


@pytest.mark.parametrize(
    "changes", [{"relation": "01"}, {"agreement": ""}, {"sensitive": ""}, {"kind": "prc_passport"}]
)
def test_what_is_missing_is_asked_for(own: Browser, changes: dict[str, str]) -> None:
    """Relation and both consents are needed, and a document that tells the birthday."""
    fields = {name: value for name, value in changes.items() if value}
    calls = own.stage.calls()
    own.get(ADD).fill(
        ADD,
        **{
            "kind": CHILD.kind,
            "name": CHILD.name,
            "number": CHILD.number,
            "relation": "52",
            **({} if "agreement" in changes else {"agreement": "yes"}),
            **({} if "sensitive" in changes else {"sensitive": "yes"}),
            **fields,
        },
    )

    assert 400 == own.status
    assert calls == own.stage.calls()


def test_nobody_grown_is_anybodys_child(stage: Stage, own: Browser) -> None:
    """The number tells the age, and no registry is asked: no page here confirms an adult's name."""
    calls = stage.calls()
    add(own, newcomer(2))

    assert "已满 18 周岁" in own.text
    assert calls == stage.calls()


def test_nobody_ends_or_agrees_to_anothers_link(
    stage: Stage, own: Browser, other: Browser, parent: Person
) -> None:
    """An id of somebody else's is worth nothing (access across people)."""
    add(own)
    (link,) = links(stage, parent)
    other.get(PAGE).fill(PAGE, end=str(link.id))
    other.get(PAGE).fill(PAGE, agree=str(link.id))

    assert [link.id] == [one.id for one in links(stage, parent)]


def test_a_form_from_elsewhere_ends_nothing(stage: Stage, own: Browser, parent: Person) -> None:
    """Without its token (CSRF)."""
    add(own)
    (link,) = links(stage, parent)
    own.post(PAGE, {"end": str(link.id)})

    assert 1 == len(links(stage, parent))


def test_two_at_once_make_one_link(either_stage: Stage) -> None:
    """The database decides (both of them)."""
    stage = either_stage
    stage.browser().register(newcomer(1))
    guardian_id = found(stage, newcomer(1).phone).id

    def once(_: int) -> bool:
        try:
            with stage.services.database.writing() as db:
                guardian = db.get_one(Person, guardian_id)
                guardians.link(db, stage.services.vault, guardian, minor(), clock.now())
        except guardians.AlreadyListed:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(once, range(8)))

    assert 1 == made.count(True)


def minor(persona: Persona = CHILD, relation: str = "51") -> guardians.Minor:
    claim = read(persona.kind, persona.number, persona.name, None, clock.today())
    return guardians.Minor(claim, Verified("public_security", "r", clock.now()), relation)


def test_a_link_ends_at_eighteen(stage: Stage, own: Browser, parent: Person) -> None:
    """The worker ends it on the birthday, not in its year."""
    add(own)
    (link,) = links(stage, parent)
    with stage.services.database.writing() as db:
        ward, today = db.get_one(Person, link.ward_id), clock.today()
        ward.birth_date = today.replace(year=today.year - 18, day=1).isoformat()
        db.get_one(Guardianship, link.id).last_year = today.year
    the_day_before = clock.now() - timedelta(days=today.day)

    assert 0 == guardians.end_grown(stage.services.database, the_day_before)
    assert 1 == work.end_guardianships(stage.services)
    assert [] == links(stage, parent)


def teenager(stage: Stage, index: int) -> tuple[Browser, Person]:
    """Somebody registered who is made sixteen."""
    browser = stage.browser().register(newcomer(index))
    person = found(stage, newcomer(index).phone)
    today = clock.today()
    with stage.services.database.writing() as db:
        db.get_one(Person, person.id).birth_date = today.replace(year=today.year - 16, day=1).isoformat()
    return browser, person


def ask_teenager(stage: Stage, guardian: Person, index: int) -> None:
    """As the page does once the registry has said yes; the asker gets nothing back, whatever comes of it."""
    persona, today = newcomer(index), clock.today()
    claim = read(persona.kind, persona.number, persona.name, None, today)
    young = type(claim)(
        claim.kind, claim.number, claim.name, None, today.replace(year=today.year - 16, day=1)
    )
    with stage.services.database.writing() as db:
        made = guardians.link(
            db,
            stage.services.vault,
            db.get_one(Person, guardian.id),
            guardians.Minor(young, Verified("public_security", "r", clock.now()), "51"),
            clock.now(),
        )
        assert made is None


def test_a_minor_with_an_account_decides(stage: Stage, own: Browser, parent: Person) -> None:
    """Asked at fourteen or more; until they agree the guardian sees nothing of them."""
    browser, person = teenager(stage, 3)
    before = len(links(stage, parent))
    ask_teenager(stage, parent, 3)
    ask_teenager(stage, parent, 3)

    assert before == len(links(stage, parent))
    assert newcomer(3).name not in own.get(PAGE).text
    browser.get(PAGE)
    assert newcomer(1).name in browser.text
    (link_id,) = re.findall(r'name="agree" value="([0-9a-f-]{36})"', browser.text)
    browser.fill(PAGE, agree=link_id)
    with stage.services.database.reading() as db:
        assert guardians.is_supervised(db, db.get_one(Person, person.id), clock.now())
    assert newcomer(3).name in own.get(PAGE).text
    assert newcomer(3).number[-4:] not in own.text


def test_who_said_no_is_not_asked_again(stage: Stage, parent: Person) -> None:
    """A minor is not worn down, and the asker does not learn of it."""
    browser, person = teenager(stage, 4)
    ask_teenager(stage, parent, 4)
    (link_id,) = re.findall(r'name="agree" value="([0-9a-f-]{36})"', browser.get(PAGE).text)
    browser.fill(PAGE, end=link_id)
    ask_teenager(stage, parent, 4)
    with stage.services.database.reading() as db:
        waiting = guardians.of_ward(db, person.id)

    assert [] == list(waiting)
    assert UUID(link_id) not in {one.id for one in links(stage, parent)}


def test_the_wizard_leads_a_child_to_its_guardian(browser: Browser) -> None:
    """The page for those under fourteen links to the family page."""
    browser.register(CHILD)

    assert 'href="/account/family"' in browser.text
