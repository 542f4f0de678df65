"""
An upstream that speaks SAML 2.0: a request by redirect, a signed response by POST (SAML Profiles §4.1).

Only an answer to this browser's own request is taken, never one that nobody asked for, and each assertion
once. `saml_response` reads it; what is read is the element that the signature covers.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from federation import asserted, saml_response
from federation.saml_metadata import Provider, described, read
from federation.saml_response import Expected, Said
from idp.assurance import authentication_level
from idp.clock import instant
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import AssertedIdentity, Begun, Habits, NotLeft, Reason, Refused, Wanted
from idp.saml import documents, messages, signatures
from idp.saml.documents import SAML, SAMLP, Element, Untrusted, escaped, escaped_attribute
from idp.saml.messages import POST_BINDING
from idp.saml.signatures import Signer
from idp.settings_upstreams import UpstreamTable

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
SKEW = timedelta(seconds=60)
REMEMBERED = 3600.0
"""Seconds for which an assertion's id is known to be spent, longer than any is good for."""
WAYS = {
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport": "pwd",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password": "pwd",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract": "mfa",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:X509": "swk",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI": "sc",
}
"""Class of a sign-in (SAML Authentication Context §3.4) → `amr`."""


def create(
    name: str, table: UpstreamTable, once: Callable[[str, float], bool], signer: Callable[[], Signer]
) -> "Saml":
    """The upstream of this name; `options.metadata` is the file with its metadata. Raises ValueError."""
    path = table.options.get("metadata", "")
    if not path:
        raise ValueError(f"upstreams.{name}.options: saml needs metadata, the file the upstream gave us")
    try:
        provider = read(Path(path).read_bytes(), table.issuer)
    except (OSError, Untrusted) as fault:
        raise ValueError(f"upstreams.{name}.options.metadata: {path}: {fault}") from fault
    return Saml(name, table, provider, once, signer)


class Saml:
    """One SAML identity provider we rely on; `client_id` is what it calls us (our entity id)."""

    def __init__(
        self,
        name: str,
        table: UpstreamTable,
        provider: Provider,
        once: Callable[[str, float], bool],
        signer: Callable[[], Signer],
    ) -> None:
        self._name = name
        self._table = table
        self._provider = provider
        self._once = once
        self._signer = signer

    @property
    def name(self) -> str:
        return self._name

    @property
    def habits(self) -> Habits:
        """A browser arrives at its sign-on service."""
        return Habits(page=self._provider.sign_on)

    @property
    def is_down(self) -> bool:
        """No call of ours could tell: only browsers go there."""
        return False

    def begin(self, wanted: Wanted, now: datetime) -> Begun | Refused:
        """An AuthnRequest in its address, signed over the query (SAML Bindings §3.4)."""
        request, state = f"_{secrets.token_hex(20)}", new_handle()
        flags = ' ForceAuthn="true"' if wanted.fresh else ""
        flags += ' IsPassive="true"' if wanted.silent else ""
        message = (
            f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}"'
            f' AssertionConsumerServiceURL="{escaped_attribute(wanted.back)}"'
            f' Destination="{escaped_attribute(self._provider.sign_on)}" ID="{request}"'
            f' IssueInstant="{instant(now)}" ProtocolBinding="{POST_BINDING}" Version="2.0"{flags}>'
            f'{self._issuer()}<samlp:NameIDPolicy AllowCreate="true" Format="{PERSISTENT}"/>'
            "</samlp:AuthnRequest>"
        )
        kept = {
            "state": state,
            "request": request,
            "back": wanted.back,
            "fresh": "1" if wanted.fresh else "",
            "began": now.astimezone(UTC).isoformat(),
        }
        return Begun(self._sent(self._provider.sign_on, message, state), kept)

    def finish(
        self, kept: Mapping[str, str], received: Mapping[str, str], now: datetime
    ) -> AssertedIdentity | Refused:
        """Judge the response to this very request; nothing is asked of the upstream."""
        state = kept.get("state", "")
        if not state or not same(state, received.get("RelayState", "")):
            return Refused(Reason.UNBELIEVED, "state")
        expected = Expected(
            issuer=self._table.issuer,
            audience=self._table.client_id,
            back=kept.get("back", ""),
            request=kept.get("request", ""),
            certificates=self._provider.certificates,
        )
        said = saml_response.judge(received.get("SAMLResponse", ""), expected, now)
        if isinstance(said, Refused):
            return said
        if not self._once(f"saml-assertion:{self._name}:{said.id}", REMEMBERED):
            return Refused(Reason.UNBELIEVED, "replayed")
        if kept.get("fresh") and said.at < datetime.fromisoformat(kept["began"]) - SKEW:
            return Refused(Reason.UNBELIEVED, "not_fresh")
        return self._identity(said, now)

    def leave(self, kept: Mapping[str, str], back: str) -> str | NotLeft:
        """A signed LogoutRequest (SAML Profiles §4.4); its answer comes where our metadata there says."""
        if not self._provider.log_out or "session_index" not in kept:
            return NotLeft.NO_SERVICE
        now = datetime.now(UTC)
        message = (
            f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}"'
            f' Destination="{escaped_attribute(self._provider.log_out)}" ID="_{secrets.token_hex(20)}"'
            f' IssueInstant="{instant(now)}" Version="2.0">{self._issuer()}'
            f'<saml:NameID xmlns:saml="{SAML}" Format="{PERSISTENT}">{escaped(kept["name_id"])}</saml:NameID>'
            f"<samlp:SessionIndex>{escaped(kept['session_index'])}</samlp:SessionIndex>"
            "</samlp:LogoutRequest>"
        )
        return self._sent(self._provider.log_out, message, new_handle())

    def confirms(self, query: str, address: str) -> bool:
        """Whether it is a signed answer of this provider to our request that says so (Profiles §4.4.4.2)."""
        try:
            signatures.verify_query(query, "SAMLResponse", self._provider.certificates)
            answer = messages.logout_response(_message_in(query, "SAMLResponse"))
            asked = _message_in(urlsplit(address).query, "SAMLRequest").get("ID")
        except (Untrusted, KeyError, ValueError):
            return False
        is_ours = answer.issuer == self._table.issuer and answer.in_response_to == asked
        return is_ours and answer.statuses == (SUCCESS,)

    def metadata(self, backs: Sequence[str], left: str) -> str:
        """What its operator registers of us (SAML Metadata §2.4.4); `left` is where sign-outs come back."""
        return described(self._table.client_id, backs, left, self._signer().certificate)

    def _identity(self, said: Said, now: datetime) -> AssertedIdentity:
        attributes = {"class": said.context, **said.attributes}
        heard = asserted.heard(self._table, attributes)
        way = WAYS.get(said.context)
        amr = frozenset({way}) if way else frozenset[str]()
        kept = {"name_id": said.subject, "session_index": said.session_index} if said.session_index else {}
        return asserted.identity(
            self._name,
            self._table,
            heard,
            subject=said.subject,
            at=min(now, said.at),
            amr=amr,
            aal=authentication_level(amr) if amr else 1,
            kept=kept,
        )

    def _issuer(self) -> str:
        return f'<saml:Issuer xmlns:saml="{SAML}">{escaped(self._table.client_id)}</saml:Issuer>'

    def _sent(self, address: str, message: str, state: str) -> str:
        pairs = [("SAMLRequest", messages.deflated(message)), ("RelayState", state)]
        query = signatures.signed_query(pairs, self._signer())
        return f"{address}{'&' if '?' in address else '?'}{query}"


def _message_in(query: str, name: str) -> Element:
    """The message in a query; raises KeyError or Untrusted."""
    return documents.parse(messages.inflated(dict(parse_qsl(query))[name]))
