"""
An upstream that speaks CAS 3: a service ticket in the browser, validated once behind it.

The service is our callback with this visit's state inside, so a ticket that was made for another visit, or
for another application of the upstream, is a ticket for another service there.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from federation import asserted
from federation.line import Line, NoAnswer
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import AssertedIdentity, Begun, Habits, NotLeft, Reason, Refused, Wanted
from idp.saml import documents
from idp.saml.documents import Element, Untrusted
from idp.settings_upstreams import UpstreamTable

NAMESPACE = "http://www.yale.edu/tp/cas"
TICKET = re.compile(r"ST-[A-Za-z0-9._~-]{1,253}")
"""CAS Protocol 3.0 §3.1.1."""
ERRORS = {
    "INVALID_TICKET": Reason.UNBELIEVED,
    "INVALID_TICKET_SPEC": Reason.UNBELIEVED,
    "INVALID_SERVICE": Reason.UNBELIEVED,
    "INVALID_REQUEST": Reason.UNBELIEVED,
    "UNAUTHORIZED_SERVICE": Reason.UNAVAILABLE,
    "INTERNAL_ERROR": Reason.UNAVAILABLE,
}
"""CAS Protocol 3.0 §2.5.3."""


def create(name: str, table: UpstreamTable) -> "Cas":
    """The upstream of this name."""
    return Cas(name, table, Line(name, ca_file=table.ca_file))


class Cas:
    """One CAS server we rely on; the issuer is the address below which its `/login` lies."""

    def __init__(self, name: str, table: UpstreamTable, line: Line) -> None:
        self._name = name
        self._table = table
        self._line = line
        self._server = table.issuer.rstrip("/")

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_down(self) -> bool:
        """Whether it is left alone for now because it was out of order."""
        return self._line.is_down

    @property
    def habits(self) -> Habits:
        """A browser arrives at `/login`."""
        return Habits(page=self._page)

    @property
    def _page(self) -> str:
        return f"{self._server}/login"

    def begin(self, wanted: Wanted, now: datetime) -> Begun | Refused:
        """Its login page, with `renew` for a fresh proof and `gateway` for none that is asked (§2.1.1)."""
        state = new_handle()
        service = f"{wanted.back}{'&' if '?' in wanted.back else '?'}{urlencode({'state': state})}"
        asked = {"service": service}
        if wanted.fresh or wanted.silent:
            asked |= {"renew": "true"} if wanted.fresh else {"gateway": "true"}
        kept = {"state": state, "service": service, "renew": asked.get("renew", "")}
        return Begun(f"{self._page}?{urlencode(asked)}", kept)

    def finish(
        self, kept: Mapping[str, str], received: Mapping[str, str], now: datetime
    ) -> AssertedIdentity | Refused:
        """Have the ticket validated for this very visit (§2.5, §2.8), which spends it whatever follows."""
        state = kept.get("state", "")
        if not state or not same(state, received.get("state", "")):
            return Refused(Reason.UNBELIEVED, "state")
        ticket = received.get("ticket", "")
        if not ticket:
            return Refused(Reason.DECLINED, "ticket")
        if not TICKET.fullmatch(ticket):
            return Refused(Reason.UNBELIEVED, "ticket")
        asked = {"service": kept.get("service", ""), "ticket": ticket}
        asked |= {"renew": "true"} if kept.get("renew") else {}
        try:
            url = f"{self._server}/p3/serviceValidate?{urlencode(asked)}"
            return self._judged(self._line.get_once(url, self._line.deadline()).body, now)
        except NoAnswer as fault:
            return Refused(Reason.UNAVAILABLE, fault.reason.value)
        except Untrusted:
            return Refused(Reason.UNAVAILABLE, "senseless")

    def leave(self, kept: Mapping[str, str], back: str) -> str | NotLeft:
        """Its logout page, and back from there where it allows that (§2.3.1)."""
        return f"{self._server}/logout?{urlencode({'service': back})}"

    def _judged(self, body: bytes, now: datetime) -> AssertedIdentity | Refused:
        """One success or one failure, and nothing beside it."""
        root = documents.parse(body)
        if root.tag != f"{{{NAMESPACE}}}serviceResponse" or len(root) != 1:
            raise Untrusted("not one answer")
        (answer,) = root
        if answer.tag == f"{{{NAMESPACE}}}authenticationFailure":
            code = str(answer.get("code", ""))
            return Refused(ERRORS.get(code, Reason.UNAVAILABLE), asserted.short(code))
        if answer.tag != f"{{{NAMESPACE}}}authenticationSuccess":
            raise Untrusted("neither yes nor no")
        user = documents.text(answer, "user")
        if not user:
            return Refused(Reason.UNBELIEVED, "nobody")
        said = _attributes(answer)
        heard = asserted.heard(self._table, said)
        at = _moment(said.get("authenticationDate", ""), now)
        return asserted.identity(self._name, self._table, heard, subject=user, at=at, aal=1)


def _attributes(success: Element) -> dict[str, str]:
    """The attributes that stand there once; one that is repeated says nothing we could rely on."""
    if not documents.has(success, "attributes"):
        return {}
    found: dict[str, list[str]] = {}
    for one in documents.child(success, "attributes"):
        found.setdefault(one.tag.rpartition("}")[2], []).append("" if len(one) else (one.text or "").strip())
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _moment(said: str, now: datetime) -> datetime:
    """When its person proved themselves, where it says so; never later than now."""
    try:
        at = datetime.fromisoformat(said.partition("[")[0])
        return min(now, at.astimezone(UTC)) if at.tzinfo else now
    except (ValueError, OverflowError):  # the first and last days there are have no other zone
        return now
