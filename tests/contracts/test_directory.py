"""What every Directory must do, run against LDAP and a real slapd full of invented civil servants."""

from collections.abc import Callable, Iterator

import ldap3
import pytest
import structlog

from connectors.directory import LdapDirectory, Shape
from connectors.ldap import WITHIN, Servers
from connectors.simulator import directory as simulated
from connectors.simulator.directory import PEOPLE, Official, dn_of
from idp.authenticators.directory import Entry, Reason, Shut, Unavailable, Wrong
from tests import servers
from tests.servers import DirectoryServer

PASSWORD = "seven quiet herons"
SECRET = "directory secret"
UNIT, OTHER_UNIT = "210100-sj", "210100-gjj"
SHAPE = Shape(simulated.BASE, disabled="employeeType", disabled_values=("disabled",))
LOGINS = ("zhang_wei", "li_na", "twin", "gone", "locked", "sleeping", "moving", "o(b*c)d")


@pytest.fixture(scope="module")
def server() -> Iterator[DirectoryServer]:
    """The directory."""
    people = [Official(login, "张伟", UNIT, "科长", PASSWORD) for login in LOGINS]
    people.append(Official("twin", "李娜", OTHER_UNIT, "科员", PASSWORD))
    with servers.slapd(people, [UNIT, OTHER_UNIT], SECRET) as started:
        yield started


@pytest.fixture
def directory(server: DirectoryServer, seen: "Seen") -> LdapDirectory:
    """It, as the provider sees it."""
    return seen(server.url, ca_file=str(server.slapd.ca_file), within=20.0)


Seen = Callable[..., LdapDirectory]


@pytest.fixture
def seen() -> Iterator[Seen]:
    """The provider's view of the servers at these addresses."""
    made: list[LdapDirectory] = []

    def see(*urls: str, ca_file: str | None, secret: str = SECRET, within: float = WITHIN) -> LdapDirectory:
        made.append(LdapDirectory("demo", Servers(urls, ca_file, within), SHAPE, simulated.SERVICE, secret))
        return made[-1]

    yield see
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def root(server: DirectoryServer) -> Iterator[ldap3.Connection]:
    """Whoever looks after the directory."""
    tls = ldap3.Tls(ca_certs_file=str(server.slapd.ca_file))
    there = ldap3.Server("localhost", server.port, use_ssl=True, tls=tls, get_info=ldap3.NONE)
    connection = ldap3.Connection(there, simulated.ROOT, SECRET, auto_bind=True)
    yield connection
    connection.unbind()


def test_a_right_password_gives_the_entry(directory: LdapDirectory):
    """What we ask for, and an id that outlives login and unit."""
    entry = directory.authenticate("zhang_wei", PASSWORD)

    assert isinstance(entry, Entry)
    assert ("zhang_wei", "张伟", UNIT, "科长", False) == (
        entry.login, entry.name, entry.unit, entry.post, entry.disabled,
    )  # fmt: skip
    assert 36 == len(entry.id)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("zhang_wei", "not this one"),
        ("nobody", PASSWORD),
        ("zhang_wei", ""),
        ("", PASSWORD),
        ("zhang_wei", "\0"),
        ("zhang_wei\0", PASSWORD),
        ("twin", PASSWORD),
        ("x" * 5000, PASSWORD),
    ],
)
def test_everything_else_is_wrong(directory: LdapDirectory, login: str, password: str):
    """An empty password would be an unauthenticated bind, which succeeds; of two entries neither is meant."""
    assert Wrong() == directory.authenticate(login, password)


@pytest.mark.parametrize(
    "login",
    [
        "*",
        "zhang*",
        "zhang_wei)(objectClass=*",
        "*)(uid=zhang_wei))(|(uid=*",
        "\\7a\\68\\61\\6e\\67_wei",
        f"zhang_wei,ou={UNIT},{PEOPLE}",
        dn_of("zhang_wei", UNIT),
        simulated.ROOT,
        "&",
        "(",
    ],
)
def test_a_login_is_a_value_and_never_a_filter_or_a_dn(directory: LdapDirectory, login: str):
    """RFC 4515 §3, RFC 4514 §2.4."""
    assert Wrong() == directory.authenticate(login, PASSWORD)


def test_a_login_with_special_letters_is_found(directory: LdapDirectory):
    """Escaped, they are letters like others."""
    assert isinstance(directory.authenticate("o(b*c)d", PASSWORD), Entry)


def test_a_disabled_entry_is_shut_to_who_knows_its_password(directory: LdapDirectory, root: ldap3.Connection):
    """A stranger is not told that somebody is disabled."""
    root.modify(dn_of("sleeping", UNIT), {"employeeType": [(ldap3.MODIFY_REPLACE, ["disabled"])]})

    assert Shut(Reason.DISABLED) == directory.authenticate("sleeping", PASSWORD)
    assert Wrong() == directory.authenticate("sleeping", "not this one")


def test_a_locked_entry_says_so(directory: LdapDirectory):
    """The password policy's own answer, and not merely that the password is wrong."""
    for _ in range(simulated.LOCKED_AFTER):
        directory.authenticate("locked", "not this one")

    assert Shut(Reason.LOCKED) == directory.authenticate("locked", PASSWORD)


def test_lookup_tells_who_moved_and_who_is_gone(directory: LdapDirectory, root: ldap3.Connection):
    """By the entry's id, wherever it stands now."""
    ids = {}
    for login in ("moving", "gone"):
        entry = directory.authenticate(login, PASSWORD)
        assert isinstance(entry, Entry)
        ids[login] = entry.id
    root.modify(dn_of("moving", UNIT), {"departmentNumber": [(ldap3.MODIFY_REPLACE, [OTHER_UNIT])]})
    root.modify_dn(dn_of("moving", UNIT), "uid=moving", new_superior=f"ou={OTHER_UNIT},{PEOPLE}")
    root.delete(dn_of("gone", UNIT))
    found = directory.lookup(list(ids.values()))

    assert not isinstance(found, Unavailable)
    assert {ids["moving"]: OTHER_UNIT} == {one: entry.unit for one, entry in found.items()}
    assert isinstance(directory.authenticate("moving", PASSWORD), Entry)


def test_a_referral_is_not_followed(directory: LdapDirectory, root: ldap3.Connection):
    """Whoever may write into the directory must not make us prove passwords elsewhere."""
    root.add(
        f"uid=elsewhere,ou={UNIT},{PEOPLE}",
        ["referral", "extensibleObject"],
        {"ref": f"ldap://192.0.2.1/uid=elsewhere,{PEOPLE}", "uid": "elsewhere"},
        controls=[("2.16.840.1.113730.3.4.2", True, None)],
    )

    assert Wrong() == directory.authenticate("elsewhere", PASSWORD)
    assert isinstance(directory.authenticate("li_na", PASSWORD), Entry)


def test_starttls_comes_before_anything_is_said(server: DirectoryServer, seen: Seen):
    """A server that refuses it hears no password (RFC 4511 §4.14)."""
    plain = seen(server.plain_url, ca_file=str(server.slapd.ca_file), within=20.0)

    assert isinstance(plain.authenticate("li_na", PASSWORD), Entry)


def test_a_certificate_nobody_vouches_for_is_refused(server: DirectoryServer, seen: Seen):
    """Neither a foreign CA nor another host's name."""
    unknown = seen(server.url, ca_file=None)
    url = server.url.replace("localhost", "127.0.0.2")
    misnamed = seen(url, ca_file=str(server.slapd.ca_file))

    assert Unavailable() == unknown.authenticate("li_na", PASSWORD)
    assert Unavailable() == misnamed.authenticate("li_na", PASSWORD)


def test_only_ldap_addresses_are_accepted():
    """A slip in the settings is told at start."""
    with pytest.raises(ValueError, match="ldaps://host"):
        Servers(["http://localhost"], None)


def test_a_wrong_service_account_is_an_outage(server: DirectoryServer, seen: Seen):
    """It says nothing about the person."""
    directory = seen(server.url, ca_file=str(server.slapd.ca_file), secret="outdated")

    assert Unavailable() == directory.authenticate("li_na", PASSWORD)


@pytest.mark.parametrize("dead", ["ldaps://localhost:1", "ldaps://192.0.2.1"])
def test_another_server_stands_in(server: DirectoryServer, seen: Seen, dead: str):
    """In the same call, and after two calls nobody asks the dead one at all."""
    directory = seen(dead, server.url, ca_file=str(server.slapd.ca_file), within=3.0)
    with structlog.testing.capture_logs() as logs:
        answers = [directory.authenticate("li_na", PASSWORD) for _ in range(3)]

    assert all(isinstance(answer, Entry) for answer in answers)
    assert 2 == [line["event"] for line in logs].count("directory.fault")


def test_a_frozen_server_is_left_behind(server: DirectoryServer, seen: Seen):
    """It still accepts connections, and answers nothing; so do those opened before."""
    people = [Official("li_na", "李娜", UNIT, "科员", PASSWORD)]
    with servers.slapd(people, [UNIT], SECRET) as other:
        bundle = server.folder / "both.pem"
        bundle.write_bytes(server.slapd.ca_file.read_bytes() + other.slapd.ca_file.read_bytes())
        directory = seen(other.url, server.url, ca_file=str(bundle), within=3.0)
        awake = directory.authenticate("li_na", PASSWORD)
        other.pause()
        frozen = directory.authenticate("li_na", PASSWORD)
        other.resume()

    assert isinstance(awake, Entry)
    assert isinstance(frozen, Entry)


def test_a_server_that_was_started_anew_is_not_called_dead(server: DirectoryServer, seen: Seen):
    """Connections kept from before are found closed, and new ones are made."""
    people = [Official("li_na", "李娜", UNIT, "科员", PASSWORD)]
    with servers.slapd(people, [UNIT], SECRET) as other:
        directory = seen(other.url, ca_file=str(other.slapd.ca_file), within=20.0)
        before = directory.authenticate("li_na", PASSWORD)
        other.stop()
        other.start()
        after = directory.authenticate("li_na", PASSWORD)

    assert isinstance(before, Entry)
    assert before == after
