"""`idp check`: every fault of a configuration at once, in words that say what to do."""

import json

import pytest
from alembic import command

import wsgi
from idp.cli import migrate
from idp.keys import custody
from idp.storage.database import Database
from tests import servers
from tests.idp.cli.conftest import Idp


def faults(idp: Idp, **settings: str) -> list[str]:
    """What check finds, which is not nothing."""
    result = idp("check", "--json", **settings)
    assert 3 == result.exit_code
    found: list[str] = json.loads(result.stdout)["faults"]
    return found


def test_a_sound_configuration_has_no_faults(made: Idp) -> None:
    """It says so in words too."""
    assert "no faults\n" == made("check").output


def test_an_issuer_on_loopback_at_whose_port_nothing_listens_is_a_warning(made: Idp) -> None:
    """Both settings are named; behind a proxy it may be meant, so it is no fault."""
    result = made("check", IDP_ISSUER="http://localhost:21900")
    told = made.json("check", IDP_ISSUER="http://localhost:21900")["warnings"]
    sound = [
        made.json("check", **settings)["warnings"]
        for settings in (
            {"IDP_ISSUER": "http://localhost:21900", "IDP_LISTEN_PORT": "21900"},
            {"IDP_ISSUER": "https://id.example.gov.cn"},
        )
    ]

    assert 0 == result.exit_code
    assert f"warning: {told[0]}" in result.stderr
    assert "IDP_LISTEN_PORT=21900" in told[0] and "IDP_ISSUER" in told[0]
    assert sound == [[], []]


def test_an_unknown_name_leads_to_the_one_that_was_meant(made: Idp) -> None:
    """In the environment, in the file and in its tables; what a table lacks is named."""
    (made.home / "settings.toml").write_text(
        'workres = 3\n[directory]\nserver = ["ldaps://x"]\n[zones.extranet]\nhots = []\n'
    )
    found = faults(made, IDP_LISTEN_PROT="8001", IDP_QQQQ="1")

    assert "workres: unknown setting; did you mean workers?" in found
    assert "directory.server: unknown setting; did you mean directory.servers?" in found
    assert "missing: directory.servers" in found
    assert "zones.extranet.hots: unknown setting; did you mean zones.extranet.hosts?" in found
    assert "IDP_LISTEN_PROT: unknown setting; did you mean IDP_LISTEN_PORT?" in found
    assert "IDP_QQQQ: unknown setting; `idp settings describe` lists them" in found


def test_everything_that_is_wrong_is_named_at_once(made: Idp, port: int) -> None:
    """A loose key file, a database and a state store that are away: three lines, one run."""
    (made.home / "master.key").chmod(0o644)
    found = faults(
        made,
        IDP_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/none",
        IDP_STATE_URL=f"redis://127.0.0.1:{port}/0",
    )

    assert 3 == len(found)
    assert "mode 644 lets others read it" in found[0]
    assert "the database cannot be reached" in found[1]
    assert "the state store cannot be reached" in found[2]


def test_bad_settings_are_all_named(made: Idp) -> None:
    """Wrong values and unknown names come together."""
    found = faults(made, IDP_ISSUER="http://id.example.gov.cn", IDP_WORKERS="0", IDP_WORKRES="4")

    assert 3 == len(found)
    assert {"issuer", "workers", "IDP_WORKRES"} == {fault.split(":")[0] for fault in found}


def test_bad_settings_hide_no_other_fault(made: Idp, port: int) -> None:
    """What was named soundly is looked at all the same: the key file, and the state store."""
    (made.home / "master.key").unlink()
    found = faults(
        made,
        IDP_ISSUER="http://id.example.gov.cn",
        IDP_WORKERS="0",
        IDP_DATABASE_URL="mysql://x",
        IDP_STATE_URL=f"redis://127.0.0.1:{port}/0",
    )

    assert ["issuer", "workers", "database_url"] == [fault.split(":")[0] for fault in found[:3]]
    assert "no master key" in found[3]
    assert "the state store cannot be reached" in found[4]
    assert 5 == len(found)


def test_a_database_is_looked_at_beside_bad_settings(made: Idp, port: int) -> None:
    """The other way round: a sound address of a database, and a state store nobody knows."""
    away = f"postgresql://nobody@127.0.0.1:{port}/none"
    found = faults(made, IDP_STATE_URL="memcached://x", IDP_DATABASE_URL=away)

    assert found[0].startswith("state_url: redis://, rediss:// or unix:// for one server, redis+sentinel://")
    assert "the database cannot be reached" in found[1]


def test_what_a_choice_needs_is_named_with_everything_else(made: Idp) -> None:
    """A registry without platform, a gateway without key, a list that is none, a file that is no TOML."""
    (made.home / "settings.toml").write_text("issuer = ")
    found = faults(
        made, IDP_REGISTRY="public_security", IDP_SMS_GATEWAY="inbox", IDP_TRUSTED_PROXIES="everybody"
    )

    assert [str(made.home / "settings.toml"), "trusted_proxies", "exchange", "sms_key"] == [
        fault.split(":")[0] for fault in found
    ]


EXCHANGE = {
    "url": "http://127.0.0.1:8100", "rid": "r", "app_key": "k", "identity_check": "c",
    "ministry": ["1", "部"], "province_system": ["2", "省"], "unit": ["3", "单位"],
    "operator": ["n", "o"], "user": "u", "password": "p",
}  # fmt: skip


@pytest.mark.parametrize(
    ("services", "named"),
    [
        ({}, "organisation_registry: needs the exchange, and a service code in organisation_services"),
        ({"changes": "s"}, "organisation_registry: needs the exchange, and a service code"),
        ({"base": "s"}, "organisation_services: the base needs base_key and base_secret"),
        ({"base": "s", "base_key": "k", "base_secret": "s", "bass": "?"}, "organisation_services.bass: "),
    ],
)
def test_registries_of_organisations_need_their_codes(
    made: Idp, services: dict[str, str], named: str
) -> None:
    """A registry that could never be asked is a fault of the settings."""
    found = faults(
        made,
        IDP_ORGANISATION_REGISTRY="exchange",
        IDP_EXCHANGE=json.dumps(EXCHANGE),
        IDP_ORGANISATION_SERVICES=json.dumps(services),
    )

    assert any(fault.startswith(named) for fault in found)


def test_registries_of_organisations_need_the_exchange(made: Idp) -> None:
    """Whatever the codes, they are codes of the platform."""
    found = faults(
        made, IDP_ORGANISATION_REGISTRY="exchange", IDP_ORGANISATION_SERVICES='{"institutions": "s"}'
    )

    assert ["organisation_registry: needs the exchange, and a service code in organisation_services"] == found


def test_one_registry_of_organisations_is_enough(made: Idp) -> None:
    """A city connects what it has agreements for; the rest is looked at by people."""
    result = made(
        "check",
        IDP_ORGANISATION_REGISTRY="exchange",
        IDP_EXCHANGE=json.dumps(EXCHANGE),
        IDP_ORGANISATION_SERVICES='{"institutions": "s"}',
    )

    assert "no faults\n" == result.output


def test_a_folder_without_an_instance_says_what_to_run(idp: Idp) -> None:
    """Nobody has run init yet."""
    assert all("idp init" in fault for fault in faults(idp))


def test_another_master_key_is_noticed(made: Idp) -> None:
    """A key file from another instance opens nothing, and check says so before anybody signs in."""
    (made.home / "master.key").unlink()
    custody.create(made.home / "master.key")

    assert ["the master key does not open these keys: is it the right file?"] == faults(made)


def test_a_missing_migration_is_named(made: Idp) -> None:
    """An older schema must not be served."""
    database = Database(f"sqlite:///{made.home / 'yitong.db'}")
    command.stamp(migrate.configuration(database, wsgi.METADATA), "base")
    database.dispose()

    assert ["run `idp migrate`"] == [fault.split("; ")[1] for fault in faults(made)]


def test_a_settings_file_with_secrets_must_not_be_open_to_all(made: Idp) -> None:
    """Mode 0600 or 0640 is fine; a world-readable key is not."""
    file = made.home / "settings.toml"
    file.write_text('sms_gateway = "inbox"\nsms_url = "http://127.0.0.1:1/"\nsms_key = "k"\n')
    file.chmod(0o644)
    found = faults(made)
    file.chmod(0o640)

    assert [f"{file}: holds secrets and everybody on this machine can read it; run chmod o= {file}"] == found
    assert 0 == made("check").exit_code


def test_a_training_instance_must_not_have_a_public_address(made: Idp) -> None:
    """Invented people and real addresses do not go together."""
    found = faults(made, IDP_SANDBOX="true", IDP_ISSUER="https://id.example.gov.cn")

    assert ["sandbox: a training instance must not use a public address"] == found


def test_a_redis_that_evicts_is_refused(made: Idp) -> None:
    """What it forgets early could be used twice."""
    with servers.redis("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru") as evicting:
        found = faults(made, IDP_STATE_URL=evicting.url)

    assert ["Redis evicts keys (allkeys-lru), so replays could pass: set noeviction"] == found


def test_postgresql_and_redis_are_a_sound_configuration(
    idp: Idp, postgres_server: servers.PostgresServer, redis_server: servers.RedisServer
) -> None:
    """The other pair of stores."""
    settings = {
        "IDP_DATABASE_URL": servers.fresh_database(postgres_server),
        "IDP_STATE_URL": redis_server.url,
    }
    made = idp("init", **settings)

    assert 0 == made.exit_code
    assert {"ok": True, "faults": [], "warnings": []} == idp.json("check", **settings)
