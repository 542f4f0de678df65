"""
A directory of invented civil servants: a real slapd on a loopback port, with TLS by a CA of its own.

It is never a service of the system: whoever starts the command stops it. Where slapd is not installed there
is no directory.
"""

import base64
import hashlib
import ipaddress
import random
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.simulator import people_names

BASE = "dc=demo,dc=example"
PEOPLE = f"ou=people,{BASE}"
SERVICE = f"cn=yitong,{BASE}"
ROOT = f"cn=root,{BASE}"
LOCKED_AFTER = 5
"""Wrong passwords after which this directory locks an entry."""
SCHEMATA = Path("/etc/ldap/schema")
MODULES = Path("/usr/lib/ldap")
POSTS = ("科员", "主任科员", "副科长", "科长", "副处长", "窗口工作人员")

CONFIGURATION = """
include {schemata}/core.schema
include {schemata}/cosine.schema
include {schemata}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
TLSVerifyClient never
security simple_bind=128
sizelimit 500
database mdb
maxsize 1073741824
suffix "{base}"
directory {folder}/data
rootdn "{root}"
rootpw {password}
index objectClass,uid,entryUUID,departmentNumber eq
overlay ppolicy
ppolicy_default "cn=policy,{base}"
ppolicy_use_lockout
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{service}" read by anonymous auth by * none
"""


@dataclass(frozen=True)
class Official:
    """An invented civil servant."""

    login: str
    name: str = field(repr=False)
    unit: str
    post: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Slapd:
    """A prepared directory: what starts it, how it is reached, who may read it."""

    folder: Path
    port: int
    secret: str = field(repr=False)
    """Password of the service account and of the root of the directory."""
    besides: tuple[str, ...] = ()
    """Further addresses it listens at."""

    @property
    def url(self) -> str:
        """Its address, by a name its certificate has."""
        return f"ldaps://localhost:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The certificate that vouches for it."""
        return self.folder / "ca.pem"

    @property
    def command(self) -> list[str]:
        """What runs it in the foreground."""
        configuration = str(self.folder / "slapd.conf")
        addresses = " ".join([f"{self.url}/", *self.besides])
        return [_program("slapd"), "-d", "0", "-f", configuration, "-h", addresses]


def is_installed() -> bool:
    """Whether slapd is here, with the parts we need."""
    parts = (SCHEMATA / "inetorgperson.schema", *MODULES.glob("ppolicy*"), *MODULES.glob("back_mdb*"))
    return bool(shutil.which("slapd", path=PATHS)) and len(parts) > 2 and parts[0].exists()


PATHS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def prepare(
    folder: Path,
    port: int,
    people: Iterable[Official],
    units: Sequence[str],
    secret: str,
    besides: tuple[str, ...] = (),
) -> Slapd:
    """Fill a new directory; one that is in the folder already is taken as it is."""
    slapd = Slapd(folder.absolute(), port, secret, besides)
    data = folder / "data"
    if not data.exists():
        (folder / "fresh").mkdir(parents=True, exist_ok=True)
        _write_certificates(folder)
        (folder / "slapd.conf").write_text(_configuration(slapd, folder / "fresh"))
        ldif = "\n".join(_entries(people, units, secret)).encode()
        _run([_program("slapadd"), "-q", "-f", str(folder / "slapd.conf")], ldif)
        (folder / "fresh").rename(data)
    (folder / "slapd.conf").write_text(_configuration(slapd, data))
    return slapd


def crowd(many: int, units: int, password: str, seed: int = 2016) -> tuple[list[Official], list[str]]:
    """So many civil servants in so many units, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 – repeatable on purpose
    codes = [f"210{number // 1000:03d}-{number % 1000:03d}" for number in range(units)]
    people = [
        Official(
            f"u{number:06d}", people_names.name(chance), codes[number % units], POSTS[number % 6], password
        )
        for number in range(many)
    ]
    return people, codes


def dn_of(login: str, unit: str) -> str:
    """Where an entry stands: in its unit."""
    return f"uid={login},ou={unit},{PEOPLE}"


def _configuration(slapd: Slapd, data: Path) -> str:
    text = CONFIGURATION.format(
        schemata=SCHEMATA, modules=MODULES, folder=slapd.folder, base=BASE, root=ROOT, service=SERVICE,
        password=_hashed(slapd.secret),
    )  # fmt: skip
    return text.replace(f"directory {slapd.folder}/data", f"directory {data.absolute()}")


def _entries(people: Iterable[Official], units: Sequence[str], secret: str) -> Iterator[str]:
    """Everything as LDIF (RFC 2849)."""
    yield from (f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: demo\ndc: demo\n",)
    yield f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n"
    yield (
        f"dn: cn=policy,{BASE}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\n"
        f"pwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: {LOCKED_AFTER}\n"
        "pwdFailureCountInterval: 900\n"
    )
    yield (
        f"dn: {SERVICE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: yitong\n"
        f"userPassword: {_hashed(secret)}\n"
    )
    for unit in units:
        yield f"dn: ou={unit},{PEOPLE}\nobjectClass: organizationalUnit\nou: {unit}\n"
    hashed: dict[str, str] = {}
    for one in people:
        secret_of_one = hashed.setdefault(one.password, _hashed(one.password))
        yield (
            f"dn: {dn_of(one.login, one.unit)}\nobjectClass: inetOrgPerson\nuid: {one.login}\n"
            f"cn:: {_octets(one.name)}\nsn:: {_octets(one.name[0])}\ndepartmentNumber: {one.unit}\n"
            f"title:: {_octets(one.post)}\nemployeeType: active\nuserPassword: {secret_of_one}\n"
        )


def _octets(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _hashed(password: str) -> str:
    salt = random.randbytes(8)  # noqa: S311 – an invented person's
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def _write_certificates(folder: Path) -> None:
    """A CA, and a certificate of it for `localhost`."""
    now, long = datetime.now(UTC), timedelta(days=365)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "demo directory CA")])
    whole_key = x509.KeyUsage(True, False, False, False, False, True, True, False, False)

    def certificate(
        subject: x509.Name, public_key: ec.EllipticCurvePublicKey, is_ca: bool
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder(ca_name, subject, public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + long)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False)
        )
        if is_ca:
            builder = builder.add_extension(whole_key, critical=True)
        else:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(ca_key, hashes.SHA256())

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    for file, made in (("ca", certificate(ca_name, ca_key.public_key(), True)),
                       ("server", certificate(subject, key.public_key(), False))):  # fmt: skip
        (folder / f"{file}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(private)
    (folder / "server.key").chmod(0o600)


def _program(name: str) -> str:
    found = shutil.which(name, path=PATHS)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


def _run(command: list[str], said: bytes) -> None:
    subprocess.run(command, input=said, check=True, capture_output=True)  # noqa: S603 – our own program
