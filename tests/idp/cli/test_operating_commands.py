"""`idp keys`, `idp clients` and `idp departments`, as an operator types them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from idp.cli.clients import clients
from idp.cli.departments import departments
from idp.cli.keys import keys
from idp.clients.directory import Clients
from idp.clients.saml_metadata import client_id_of
from idp.crypto import jose
from idp.keys import rotation
from idp.keys.custody import MasterKeyFile
from idp.keys.keyring import Keyring
from idp.oauth.models import SubjectChange
from idp.storage.database import Database
from tests.idp.saml.party import metadata_file

Run = Callable[..., Result]


@dataclass(frozen=True)
class Operating:
    """What commands are given."""

    database: Database
    custody: MasterKeyFile


@pytest.fixture
def run(database: Database, custody: MasterKeyFile) -> Run:
    """Run a group's command."""

    def run(group: click.Group, *arguments: str) -> Result:
        return CliRunner().invoke(group, list(arguments), obj=Operating(database, custody))

    return run


@pytest.fixture
def initialised(database: Database, custody: MasterKeyFile, now: datetime) -> None:
    with database.writing() as db:
        rotation.ensure(db, custody, now)


def answered(result: Result) -> Any:
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("initialised")
def test_keys_are_listed(run: Run) -> None:
    """Both algorithms, with their states."""
    rows = answered(run(keys, "list", "--json"))

    assert [("ES256", "active"), ("ES256", "next"), ("RS256", "active"), ("RS256", "next")] == [
        (row["alg"], row["state"]) for row in rows
    ]
    assert "es256-1-" in run(keys, "list").stdout


@pytest.mark.usefixtures("initialised")
def test_rotation_from_the_command_line(run: Run, database: Database, custody: MasterKeyFile) -> None:
    """Keys of months ago may follow each other; right after that, the new successors may not yet."""
    token = jose.sign({"sub": "abc"}, Keyring(database, custody).signing(), "JWT")

    assert ["ES256", "RS256"] == [row["alg"] for row in answered(run(keys, "rotate", "--json"))]
    again = run(keys, "rotate", "--alg", "ES256", "--json")
    assert (1, []) == (again.exit_code, json.loads(again.stdout))
    assert "must stay published until" in again.stderr
    assert {"sub": "abc"} == jose.verify(token, Keyring(database, custody))


@pytest.mark.usefixtures("initialised")
def test_keys_are_probed(run: Run, database: Database) -> None:
    """A key that does not verify is named, and the exit code says so."""
    assert [[]] * 4 == [row["rejected_by"] for row in answered(run(keys, "probe", "--json"))]
    with database.writing() as db:
        _, upcoming = rotation.signing_keys(db, "ES256")
        upcoming.public = jose.generate("ES256", upcoming.kid).public

    result = run(keys, "probe")
    assert 1 == result.exit_code
    assert "joserfc python-jose" in result.stdout


@pytest.mark.usefixtures("initialised")
def test_keys_are_withdrawn(run: Run) -> None:
    """A next key can go, the active one cannot."""
    active, upcoming, *_ = (row["kid"] for row in answered(run(keys, "list", "--json")))

    assert 0 == run(keys, "withdraw", upcoming).exit_code
    assert "rotate" in run(keys, "withdraw", active).stderr
    assert 1 == run(keys, "withdraw", "nothing").exit_code


def test_a_client_is_created_with_options(run: Run, database: Database) -> None:
    """The answer has what the portal's makers need, in the sandbox file's words."""
    created = answered(
        run(
            clients,
            *("create", "--json", "--name", "市民中心", "--class", "third_party"),
            *("--redirect-uri", "http://127.0.0.1:8399/callback", "--scope", "openid profile"),
            *("--grant-type", "authorization_code", "--grant-type", "client_credentials"),
        )
    )

    assert [
        "name",
        "client_id",
        "client_secret",
        "token_endpoint_auth_method",
        "grant_types",
        "redirect_uris",
        "post_logout_redirect_uris",
        "scopes",
    ] == list(created)
    client = Clients(database).find(created["client_id"])
    assert client is not None
    assert {"authorization_code", "client_credentials"} == client.grant_types
    assert ["authorization_code", "client_credentials"] == created["grant_types"]
    assert ["openid", "profile"] == created["scopes"]


def test_any_metadata_can_come_from_files(run: Run, database: Database, tmp_path: Path) -> None:
    """Options win over the metadata file; keys may have a file of their own."""
    (tmp_path / "client.json").write_text(
        json.dumps({"client_name": "甲", "redirect_uris": ["https://a.example/cb"], "default_max_age": 60})
    )
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jose.generate("ES256", "k").public]}))
    created = answered(
        run(
            clients,
            *("create", "--json", "--metadata", str(tmp_path / "client.json"), "--name", "乙"),
            *("--auth-method", "private_key_jwt", "--jwks", str(tmp_path / "keys.json")),
        )
    )

    client = Clients(database).find(created["client_id"])
    assert client is not None
    assert ("乙", 60, "private_key_jwt", 1) == (
        client.name,
        client.default_max_age,
        client.auth_method,
        len(client.keys.keys),
    )
    assert created["client_secret"] is None


def test_faulty_clients_are_explained(run: Run, tmp_path: Path) -> None:
    """Every fault on a line, nothing registered, exit code 1."""
    (tmp_path / "list.json").write_text("[]")
    result = run(clients, "create", "--name", "甲", "--redirect-uri", "http://a.example/cb", "--scope", '"')

    assert 1 == result.exit_code
    assert "redirect_uris" in result.stderr
    assert "scope" in result.stderr
    assert [] == answered(run(clients, "list", "--json"))
    assert "JSON object" in run(clients, "create", "--metadata", str(tmp_path / "list.json")).stderr
    assert "no department" in run(clients, "create", "--name", "甲", "--department", "999").stderr


def test_clients_are_shown_stopped_and_given_new_secrets(run: Run) -> None:
    """The life of a client at the command line."""
    created = answered(
        run(clients, "create", "--json", "--name", "甲", "--redirect-uri", "https://a.example/cb")
    )
    client_id = created["client_id"]

    assert 0 == run(clients, "suspend", client_id).exit_code
    assert "suspended" == answered(run(clients, "show", client_id, "--json"))["status"]
    assert 0 == run(clients, "resume", client_id).exit_code
    renewed = answered(run(clients, "renew-secret", client_id, "--json"))
    assert renewed["client_secret"] != created["client_secret"]
    assert created["client_secret"] not in run(clients, "show", client_id).stdout
    assert ["甲"] == [row["name"] for row in answered(run(clients, "list", "--json"))]
    assert 1 == run(clients, "suspend", "nobody").exit_code


@pytest.mark.parametrize(
    ("details", "told"),
    [
        (
            {
                "protocol": "cas",
                "services": [{"prefix": "https://old.example/"}, {"exact": "https://b.example/x"}],
            },
            {"services": ["https://old.example/*", "https://b.example/x"], "proxy_callbacks": []},
        ),
        (
            {"protocol": "proxy", "protects": ["https://site.example"]},
            {"protects": ["https://site.example"], "paths": []},
        ),
    ],
)
def test_what_is_told_of_a_new_client_is_its_protocols(
    run: Run, tmp_path: Path, details: dict[str, object], told: dict[str, object]
) -> None:
    """No empty secret and redirect addresses of a protocol that it does not speak."""
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"client_name": "旧系统", **details}))
    created = answered(run(clients, "create", "--metadata", str(file), "--json"))

    assert told == {name: created[name] for name in told}
    assert not {"client_secret", "redirect_uris", "token_endpoint_auth_method"} & set(created)


def test_departments_are_loaded_and_listed(run: Run, tmp_path: Path) -> None:
    """A file from a spreadsheet, with its byte order mark; and a client of one of its departments."""
    file = tmp_path / "departments.csv"
    file.write_text(
        "code,name,name_en,level,parent\n330000,浙江省,Zhejiang,province,\n330100,杭州市,,city,330000\n",
        encoding="utf-8-sig",
    )

    assert {"added": 2, "changed": 0, "unchanged": 0} == answered(
        run(departments, "load", str(file), "--json")
    )
    assert ["330000", "330100"] == [row["code"] for row in answered(run(departments, "list", "--json"))]
    assert "杭州市" in run(departments, "list", "--below", "330100").stdout
    assert 1 == run(departments, "list", "--below", "999").exit_code
    options = ("--name", "甲", "--redirect-uri", "https://a.example/cb", "--department", "330100")
    assert answered(run(clients, "create", "--json", *options))["client_id"]


def test_a_wrong_department_file_changes_nothing(run: Run, tmp_path: Path) -> None:
    """Wrong rows are named by line; another encoding is called what it is."""
    file = tmp_path / "departments.csv"
    file.write_text(
        "code,name,name_en,level,parent\n330000,浙江省,,province,\n330100,杭州市,,region,330000\n"
    )
    result = run(departments, "load", str(file))
    assert 1 == result.exit_code
    assert "line 3" in result.stderr

    file.write_text("code,name,name_en,level,parent\n330000,浙江省,,province,\n", encoding="gb18030")
    assert "not UTF-8" in run(departments, "load", str(file)).stderr
    assert "none\n" == run(departments, "list").stdout


@pytest.mark.parametrize("group", [keys, clients, departments])
def test_every_command_shows_a_real_example(group: click.Group) -> None:
    """Help that can be copied."""
    for name in group.commands:
        shown = CliRunner().invoke(group, [name, "--help"]).stdout

        assert f"idp {group.name} {name}" in shown


def test_a_saml_system_is_registered_by_its_metadata(run: Run, tmp_path: Path) -> None:
    """Its id follows from its entity id, and it has no secret to lose; another file is refused."""
    (tmp_path / "fund.xml").write_bytes(metadata_file())
    (tmp_path / "other.xml").write_text("<a/>")
    options = ("--name", "住房公积金", "--scope", "profile", "--json")

    created = answered(run(clients, "create", "--saml-metadata", str(tmp_path / "fund.xml"), *options))

    assert client_id_of("https://fund.example.gov.cn/saml") == created["client_id"]
    assert not {"client_secret", "redirect_uris"} & set(created)
    assert "https://fund.example.gov.cn/c" == created["assertion_consumer_services"][0]
    refused = run(clients, "create", "--saml-metadata", str(tmp_path / "other.xml"), *options)
    assert 1 == refused.exit_code and "not a service provider's metadata" in refused.output


def test_a_clients_subject_changes_are_listed_for_it_alone(
    run: Run, database: Database, now: datetime
) -> None:
    """For a system that has no token of its own to ask with."""
    fields = ("create", "--json", "--redirect-uri", "https://a.example/cb")
    one, other = (answered(run(clients, *fields, "--name", name))["client_id"] for name in ("甲", "乙"))
    with database.writing() as db:
        db.add(SubjectChange(client_id=one, sub="old", reason="merged", other="new", at=now))
    listed = answered(run(clients, "subject-changes", one, "--json"))

    assert [("old", "merged", "new")] == [(row["sub"], row["reason"], row["other"]) for row in listed]
    assert [] == answered(run(clients, "subject-changes", other, "--json"))
    assert 1 == run(clients, "subject-changes", "nobody").exit_code
