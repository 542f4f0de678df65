"""Portals that ask for more of their old users than is theirs."""

from typing import Any

import pytest

from idp import clock
from idp.clients.models import ClientClass
from idp.keys.vault import Vault
from idp.moving import joining, runs
from tests.attacks.whole import Whole, told
from tests.idp.moving.old_accounts import imported, row, written
from tests.idp.oauth.world import Registered
from tests.idp.persons.people import claim, person

SCOPE = "openid profile old_users"


@pytest.fixture(scope="module")
def portal(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """A government portal with two old users, one of whom has proven who they are."""
    owner, database = whole.client(scope=SCOPE), whole.oauth.database
    with database.writing() as db:
        runs.source(db, vault_of(whole), "old", "旧门户", owner.id)
        person(db, vault_of(whole), 1)
    path = written(tmp_path_factory.mktemp("files"), [row(1), row(2)])
    imported(database, vault_of(whole), path, source="old")
    joining.join_held(database, vault_of(whole), 10, clock.now())
    return owner


def vault_of(whole: Whole) -> Vault:
    return whole.oauth.vault


def ask(whole: Whole, portal: Registered, **body: Any) -> Any:
    token = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]
    sent = {"Authorization": f"Bearer {token}"}
    return whole.http.post("/api/v1/old-users/subjects", json=body, headers=sent)


def document(index: int) -> dict[str, str]:
    return {"id": f"u-{index}", "id_type": "resident_id_18", "id_number": claim(index).number}


def test_only_who_has_proven_an_old_account_is_told_of(whole: Whole, portal: Registered) -> None:
    """The other is as unknown as an id that was never there; asking again gives the same subject."""
    ids = ["old-1", "old-2", "never-there"]
    first = told(ask(whole, portal, source="old", ids=ids))["subjects"]
    again = told(ask(whole, portal, source="old", ids=ids))["subjects"]

    assert ["old-1"] == list(first)
    assert first == again


def test_another_portals_old_users_are_not_told_of(whole: Whole, portal: Registered) -> None:
    """Nor does anybody learn which sources there are."""
    other = whole.client(scope=SCOPE)
    answers = [ask(whole, other, source=source, ids=["old-1"]) for source in ("old", "no-such")]

    assert [(403, "source_not_yours")] * 2 == [(one.status_code, told(one)["code"]) for one in answers]


def test_documents_are_no_oracle(whole: Whole, portal: Registered) -> None:
    """Who never said yes to this portal is answered as a number that nobody has."""
    answered = told(ask(whole, portal, documents=[document(1), document(9)]))

    assert {"subjects": {}} == answered


def test_whoever_said_yes_is_found_by_their_document(whole: Whole, portal: Registered) -> None:
    """A portal that knows them already maps the record it has of them."""
    shop = whole.client(ClientClass.UTILITY, scope=SCOPE)
    with whole.oauth.database.writing() as db:
        someone = person(db, vault_of(whole), 5)
    signed_in = whole.sign_in(someone.id)
    whole.agree(signed_in, shop, "openid")

    assert ["u-5"] == list(told(ask(whole, shop, documents=[document(5), document(1)]))["subjects"])


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": ["1"]}, {"source": "old"}, {"source": "old", "ids": ["1"], "documents": [document(1)]}],
)
def test_a_question_is_one_of_two(whole: Whole, portal: Registered, body: dict[str, Any]) -> None:
    """Ids with their source, or documents."""
    answer = ask(whole, portal, **body)

    assert (400, "malformed") == (answer.status_code, told(answer)["code"])


def test_the_scope_must_be_approved(whole: Whole) -> None:
    """A portal that was not let map its users is refused."""
    answer = ask(whole, whole.client(), source="old", ids=["old-1"])

    assert (403, "insufficient_scope") == (answer.status_code, told(answer)["code"])
