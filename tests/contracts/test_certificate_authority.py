"""What every CertificateAuthority must do, run against each adapter and a real one on the other side."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors import catalogue
from connectors.simulator import authority as authorities
from connectors.simulator.app import create_app
from connectors.simulator.authority import Authority, Pair
from connectors.simulator.ca_routes import CRL, OCSP
from connectors.simulator.credentials import authority_values
from idp import clock
from idp.authenticators.certificate_authority import (
    CertificateAuthority,
    Good,
    Revoked,
    Standing,
    Unavailable,
    UnavailableReason,
    Untrusted,
)
from idp.crypto.certificates import Distrust
from idp.simulator.server import Background
from tests.connectors.stage import HURRY, LATE, POPULATION, SLOW, Stage

NUMBER = POPULATION.persona("man").number
NAME = POPULATION.persona("man").name


@dataclass(frozen=True)
class Province:
    """An authority, its servers, and one of us who asks them."""

    authority: Authority
    stage: Stage
    adapter: CertificateAuthority

    def check(self, person: Pair, *sent: Certificate, at: datetime | None = None) -> Standing:
        return self.adapter.check(person.certificate, sent, at or clock.now())

    def another(self, **values: object) -> "Province":
        """Somebody who asks for the first time."""
        return Province(self.authority, self.stage, adapter_of(self.authority, self.stage.url, **values))


def adapter_of(authority: Authority, url: str, **values: object) -> CertificateAuthority:
    trusted = (authority.root.certificate_pem + authority.issuing.certificate_pem).encode()
    given = {**authority_values(url, trusted), "total": 30.0, "connect_timeout": 30.0, **values}
    return catalogue.certificate_authority("provincial", **given)


@pytest.fixture(params=["provincial"])
def province() -> Iterator[Province]:
    """One authority for each adapter in the catalogue."""
    authority = authorities.found()
    app = create_app(POPULATION, authority=authority, slow_seconds=SLOW, trickle_seconds=0.2)
    with Background(app) as world:
        yield Province(authority, Stage(world.url), adapter_of(authority, world.url))


@pytest.fixture
def person(province: Province) -> Pair:
    return province.authority.issue(NAME, NUMBER)


def test_a_certificate_that_holds_is_good(province: Province, person: Pair) -> None:
    """It leads to the root, and neither list nor responder took it back."""
    standing = province.check(person)

    assert isinstance(standing, Good)
    assert "示范省数字证书认证中心" == standing.authority
    assert 3 == len(standing.chain)


@pytest.mark.parametrize("where", ["crl", "ocsp", ""])
def test_one_source_is_enough_to_take_it_back(province: Province, person: Pair, where: str) -> None:
    """In the list alone, over OCSP alone, or in both."""
    province.authority.revoke(person.certificate.serial_number, where)

    assert isinstance(province.check(person), Revoked)


def test_others_are_not_taken_back_with_it(province: Province, person: Pair) -> None:
    """A revocation is of one certificate."""
    province.authority.revoke(province.authority.issue(NAME, NUMBER).certificate.serial_number)

    assert isinstance(province.check(person), Good)


def test_certificates_of_others_are_nobodys_here(province: Province) -> None:
    """Another authority of the very same names, and whoever signs for themselves."""
    stranger = authorities.found()
    issued = stranger.issue(NAME, NUMBER)

    assert Untrusted(Distrust.PATH) == province.check(issued)
    assert Untrusted(Distrust.PATH) == province.check(
        issued, stranger.issuing.certificate, stranger.root.certificate
    )


def test_time_and_purpose_count(province: Province) -> None:
    """Expired, not yet valid, made for servers, or an authority's own."""
    issue = province.authority.issue
    expired = issue(NAME, NUMBER, begins=-timedelta(days=2), lasts=timedelta(days=1))
    early = issue(NAME, NUMBER, begins=timedelta(hours=1))
    of_a_server = issue(NAME, NUMBER, purpose=ExtendedKeyUsageOID.SERVER_AUTH)

    assert Untrusted(Distrust.EXPIRED) == province.check(expired)
    assert Untrusted(Distrust.NOT_YET_VALID) == province.check(early)
    assert Untrusted(Distrust.USAGE) == province.check(of_a_server)
    assert Untrusted(Distrust.USAGE) == province.check(province.authority.issuing)


def test_it_may_bring_the_issuing_authority_along(province: Province, person: Pair) -> None:
    """Where only the root is configured, the card's own chain shows the way to it."""
    rooted = province.another(trusted=province.authority.root.certificate_pem.encode())

    assert Untrusted(Distrust.PATH) == rooted.check(person)
    assert isinstance(rooted.check(person, province.authority.issuing.certificate), Good)


@pytest.mark.parametrize("source", [CRL, OCSP])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("outdated", UnavailableReason.UNTRUSTED_ANSWER),
        ("wrong_signature", UnavailableReason.UNTRUSTED_ANSWER),
        ("garbage", UnavailableReason.UNTRUSTED_ANSWER),
        ("error_500", UnavailableReason.TRANSPORT),
        ("drop", UnavailableReason.TRANSPORT),
        ("slow", UnavailableReason.TIMEOUT),
        ("trickle", UnavailableReason.TIMEOUT),
    ],
)
def test_a_source_that_cannot_be_believed_is_no_yes(
    province: Province, person: Pair, source: str, fault: str, reason: UnavailableReason
) -> None:
    """Stale, signed by somebody else, broken or down: fail closed. Nobody stays until a late answer came."""
    province.stage.order(fault, source, -1)
    asking = province.another(total=HURRY) if fault in LATE else province

    assert Unavailable(reason) == asking.check(person)


def test_a_no_is_believed_while_the_other_source_is_silent(province: Province, person: Pair) -> None:
    """A revocation does not wait for everybody to be well."""
    province.authority.revoke(person.certificate.serial_number, "crl")
    province.stage.order("error_500", OCSP, -1)

    assert isinstance(province.check(person), Revoked)


def test_a_list_is_kept_as_long_as_it_holds(province: Province, person: Pair) -> None:
    """Its server may rest; past nextUpdate the list is worth nothing."""
    lists = province.another(ocsp_url="")
    before = lists.check(person)
    province.stage.order("error_500", CRL, -1)

    assert isinstance(before, Good)
    assert isinstance(lists.check(person), Good)
    assert isinstance(lists.check(person, at=clock.now() + timedelta(hours=2)), Unavailable)


def test_a_source_out_of_order_is_left_alone(province: Province, person: Pair) -> None:
    """After a run of outages nobody waits for it any more."""
    province.stage.order("error_500", OCSP, -1)
    standings = [province.check(person) for _ in range(6)]

    assert Unavailable(UnavailableReason.BREAKER_OPEN) == standings[-1]


def test_without_any_source_there_is_no_authority(province: Province) -> None:
    """What cannot be revoked must not be believed."""
    with pytest.raises(ValueError, match="revoked"):
        province.another(crl_urls=(), ocsp_url="")
