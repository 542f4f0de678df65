"""A directory of civil servants over LDAP (`authenticators.directory.Directory`)."""

import re
import secrets
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from ldap3.protocol.controls import build_control
from ldap3.utils.conv import escape_filter_chars

from connectors.ldap import Answer, Fault, Server, Servers
from idp.authenticators.directory import Entry, Reason, Shut, Unavailable, Wrong

log = structlog.get_logger("yitong.directory")

SUCCESS, SIZE_LIMIT, CONSTRAINT, NO_SUCH_OBJECT = 0, 4, 19, 32
INAPPROPRIATE, INVALID_CREDENTIALS, RIGHTS, UNWILLING = 48, 49, 50, 53
WRONG = frozenset({NO_SUCH_OBJECT, INAPPROPRIATE, INVALID_CREDENTIALS, RIGHTS})
"""Results of a bind that only say no (RFC 4511 §A.2)."""
PASSWORD_POLICY = "1.3.6.1.4.1.42.2.27.8.5.1"  # noqa: S105 – an object identifier
POLICY_ERRORS = {0: Reason.EXPIRED, 1: Reason.LOCKED, 2: Reason.EXPIRED}
"""draft-behera-ldap-password-policy §6.2: expired, locked, to be changed after a reset."""
SUBCODE = re.compile(r"\bdata ([0-9a-f]{3})\b")
SUBCODES = {"532": Reason.EXPIRED, "773": Reason.EXPIRED, "533": Reason.DISABLED, "775": Reason.LOCKED}
"""What Active Directory adds to invalidCredentials."""
LONGEST = 128
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Shape:
    """How this directory writes what we need of it; an attribute that is empty is not there."""

    base: str
    people: str = "(objectClass=inetOrgPerson)"
    """Filter of the entries that are civil servants."""
    login: str = "uid"
    id: str = "entryUUID"
    name: str = "cn"
    unit: str = "departmentNumber"
    post: str = "title"
    window: str = ""
    disabled: str = ""
    """The attribute that says whether an entry is disabled."""
    disabled_values: Sequence[str] = ("TRUE",)

    @property
    def attributes(self) -> list[str]:
        """What is asked for, and nothing besides."""
        named = (self.login, self.id, self.name, self.unit, self.post, self.window, self.disabled)
        return [name for name in named if name]


@dataclass(frozen=True)
class LdapDirectory:
    """Searches as the service account, binds as the civil servant on a connection of their own."""

    name: str
    servers: Servers
    shape: Shape
    user: str
    password: str = field(repr=False)

    def authenticate(self, login: str, password: str) -> Entry | Wrong | Shut | Unavailable:
        """Judge a password; an empty one would be no proof, and succeed (RFC 4513 §5.1.2)."""
        if not login or not password or "\0" in login + password or len(login) > LONGEST:
            return Wrong()
        judged = self.servers.ask(lambda server, ends: self._judge(server, ends, login, password))
        return Unavailable() if judged is None else judged

    def lookup(self, ids: Sequence[str]) -> Mapping[str, Entry] | Unavailable:
        """Those of these entries that are still there, by id."""
        any_of = "".join(f"({self.shape.id}={_id_in_filter(one)})" for one in ids)
        query = f"(&{self.shape.people}(|{any_of}))"
        answer = self.servers.ask(lambda server, ends: self._search(server, ends, query, len(ids) + 1))
        if answer is None:
            return Unavailable()
        return {entry.id: entry for entry in map(self._read, answer.entries)}

    def close(self) -> None:
        """Let go of every connection."""
        self.servers.close()

    def _judge(self, server: Server, ends: float, login: str, password: str) -> Entry | Wrong | Shut:
        query = f"(&{self.shape.people}({self.shape.login}={escape_filter_chars(login)}))"
        found = self._search(server, ends, query, 2, (SUCCESS, SIZE_LIMIT)).entries
        if len(found) > 1:
            log.warning("directory.ambiguous", entries=len(found))
        only = found[0] if len(found) == 1 else None
        # Nobody's DN is asked about too, so that an unknown login takes as long as a wrong password.
        outcome = _bound(server, ends, only["dn"] if only else self._nobody(), password)
        if only is None or isinstance(outcome, Wrong):
            return Wrong()
        entry = self._read(only)
        return outcome or (Shut(Reason.DISABLED) if entry.disabled else entry)

    def _search(
        self, server: Server, ends: float, query: str, most: int, fine: Container[int] = (SUCCESS,)
    ) -> Answer:
        with server.as_service(self.user, self.password, ends) as line:
            answer = line.search(self.shape.base, query, self.shape.attributes, most)
            if answer.code not in fine:
                raise Fault(f"a search was refused (result {answer.code})")
        return answer

    def _nobody(self) -> str:
        return f"cn={secrets.token_hex(8)},{self.shape.base}"

    def _read(self, found: Mapping[str, Any]) -> Entry:
        shape, raw = self.shape, {name.lower(): value for name, value in found["raw_attributes"].items()}

        def first(name: str) -> bytes:
            values = raw.get(name.lower()) or [b""]
            return bytes(values[0])

        def text(name: str) -> str:
            return first(name).decode(errors="replace").strip()[:LONGEST]

        return Entry(
            id=_id_of(first(shape.id)),
            login=text(shape.login),
            name=text(shape.name),
            unit=text(shape.unit)[:64],
            post=text(shape.post),
            window=text(shape.window)[:32],
            disabled=self._says_disabled(text(shape.disabled)),
        )

    def _says_disabled(self, value: str) -> bool:
        if self.shape.disabled.lower() == "useraccountcontrol":
            return value.isdigit() and bool(int(value) & 0x2)
        return bool(self.shape.disabled) and value.upper() in {
            one.upper() for one in self.shape.disabled_values
        }


def _bound(server: Server, ends: float, dn: str, password: str) -> Wrong | Shut | None:
    """Whether the password is that of this entry, on a connection that is used for nothing else."""
    line = server.open(ends)
    try:
        answer = line.bind(dn, password, [build_control(PASSWORD_POLICY, False, None)])
    finally:
        line.close()
    return _meaning(answer)


def _meaning(answer: Answer) -> Wrong | Shut | None:
    """What a bind was answered; None: the password is right."""
    told = POLICY_ERRORS.get(_policy_error(answer))
    subcode = SUBCODE.search(answer.message)
    reason = told or (SUBCODES.get(subcode.group(1)) if subcode else None)
    if answer.code == SUCCESS or (answer.code == INVALID_CREDENTIALS and reason):
        return Shut(reason) if reason else None
    if answer.code in WRONG:
        return Wrong()
    if answer.code in {CONSTRAINT, UNWILLING}:  # 389 Directory Server, of a locked and of an inactive entry
        return Shut(Reason.LOCKED if answer.code == CONSTRAINT else Reason.DISABLED)
    raise Fault(f"a bind was answered by result {answer.code}")  # a referral, too, proves nothing


def _policy_error(answer: Answer) -> int:
    """The error in the answer's password policy control, -1 for none: SEQUENCE { [0] …, [1] ENUMERATED }."""
    control = answer.controls.get(PASSWORD_POLICY)
    value = bytes(control.get("value") or b"") if control else b""
    place = 2
    while place + 1 < len(value):
        tag, length = value[place], value[place + 1]
        if tag == 0x81 and length == 1 and place + 2 < len(value):
            return value[place + 2]
        place += 2 + length
    return -1


def _id_of(raw: bytes) -> str:
    """An id as we keep it: entryUUID as it is written, octets such as objectGUID in hexadecimal."""
    text = raw.decode(errors="replace").lower()
    return text if UUID.fullmatch(text) else raw.hex()[:64]


def _id_in_filter(kept: str) -> str:
    if UUID.fullmatch(kept):
        return kept
    return "".join(f"\\{octet:02x}" for octet in bytes.fromhex(kept))
