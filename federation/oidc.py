"""An upstream that speaks OpenID Connect: the code flow with PKCE, and an ID token nobody can lend us.

Authlib's client makes and redeems the requests; what comes back is judged here, because a client library
checks what it is asked to: the state is this browser's, the answer names its issuer (RFC 9207), the ID token
is signed by a key the issuer publishes, for us alone, now, in answer to this very request (OIDC Core
§3.1.3.7), and userinfo speaks of the same person (§5.3.2).
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from federation import asserted
from federation.line import Line, NoAnswer
from federation.openid_provider import OpenIdProvider, Published, as_json
from idp import clock
from idp.assurance import authentication_level
from idp.calling.wire import Answer, Deadline
from idp.crypto import jose
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import AssertedIdentity, Begun, Ended, Habits, NotLeft, Reason, Refused, Wanted
from idp.settings_upstreams import UpstreamTable

SKEW = 60.0
"""Seconds by which clocks may differ."""
OLDEST = timedelta(minutes=10)
"""An ID token that was made longer ago than this was not made in answer to us."""
LOGOUT = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
NOT_THERE = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})
"""Errors by which the person, and not the upstream, is the reason."""
OUT_OF_ORDER = frozenset({"server_error", "temporarily_unavailable"})


def create(name: str, table: UpstreamTable) -> "OpenIdConnect":
    """The upstream of this name; raises ValueError where the table lacks what the protocol needs."""
    if "openid" not in table.scopes:
        raise ValueError(f"upstreams.{name}.scopes: OpenID Connect asks for openid at least")
    if not table.client_secret:
        raise ValueError(f"upstreams.{name}.client_secret: the upstream issued one when we registered")
    return OpenIdConnect(name, table, Line(name, ca_file=table.ca_file))


class OpenIdConnect:
    """One OpenID provider we rely on."""

    def __init__(self, name: str, table: UpstreamTable, line: Line) -> None:
        self._name = name
        self._table = table
        self._line = line
        self._provider = OpenIdProvider(table, line)

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_down(self) -> bool:
        """Whether it is left alone for now because it was out of order."""
        return self._line.is_down

    @property
    def habits(self) -> Habits:
        """Its page is known beforehand where settings name it, else once it was read what it publishes."""
        return Habits(page=self._provider.page)

    def begin(self, wanted: Wanted, now: datetime) -> Begun | Refused:
        """Where to send the browser, with a state, a nonce and a verifier of its own (RFC 7636)."""
        try:
            published = self._provider.published(self._line.deadline(), now)
        except NoAnswer as fault:
            return Refused(Reason.UNAVAILABLE, fault.reason.value)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked: dict[str, str] = {"nonce": nonce, "max_age": str(self._table.trust.max_age)}
        prompt = "none" if wanted.silent else "login" if wanted.fresh else ""
        asked |= {"prompt": prompt} if prompt else {}
        asked |= {"hops": " ".join(wanted.hops)} if wanted.hops else {}
        url, _ = self._client(wanted.back).create_authorization_url(
            published.authorization, state=state, code_verifier=verifier, **asked
        )
        return Begun(url, {"state": state, "nonce": nonce, "verifier": verifier, "back": wanted.back})

    def finish(
        self, kept: Mapping[str, str], received: Mapping[str, str], now: datetime
    ) -> AssertedIdentity | Refused:
        """Judge the answer, redeem its code, judge the ID token, and ask userinfo about the same person."""
        state = kept.get("state", "")
        if not state or not same(state, received.get("state", "")):
            return Refused(Reason.UNBELIEVED, "state")
        deadline = self._line.deadline()
        try:
            published = self._provider.published(deadline, now)
            refused = self._answer_refused(published, received)
            return refused or self._redeemed(published, kept, received, deadline, now)
        except NoAnswer as fault:
            return Refused(Reason.UNAVAILABLE, fault.reason.value)

    def leave(self, kept: Mapping[str, str], back: str) -> str | NotLeft:
        """RP-Initiated Logout 1.0 §2: with the ID token it gave us, back to where we may be answered."""
        try:
            ending = self._provider.published(self._line.deadline(), clock.now()).end_session
        except NoAnswer:
            return NotLeft.UNREACHED
        if not ending or "id_token" not in kept:
            return NotLeft.NO_SERVICE
        asked = {
            "id_token_hint": kept["id_token"],
            "client_id": self._table.client_id,
            "post_logout_redirect_uri": back,
            "state": new_handle(),
        }
        return f"{ending}{'&' if '?' in ending else '?'}{urlencode(asked)}"

    def confirms(self, query: str, address: str) -> bool:
        """Whether it brings back the state that was sent (§3): a link to our address does not."""
        sent, brought = (parse_qs(text).get("state", []) for text in (urlsplit(address).query, query))
        return len(brought) == 1 and same(brought[0], sent[-1])

    def ended(self, token: str, now: datetime) -> Ended | None:
        """Back-Channel Logout 1.0 §2.6: its own signature, for us, of now, and never an ID token."""
        try:
            keys = self._provider.keys(token, self._line.deadline(), now)
            said = jose.verify(token, keys, algorithms=jose.THEIRS, typ=LOGOUT)
            jose.check_times(said, now, SKEW)
        except (jose.Refused, NoAnswer):
            return None
        events, names = said.get("events"), [said.get(name) for name in ("jti", "sid", "sub")]
        jti, sid, subject = (name if isinstance(name, str) else "" for name in names)
        for holds in (
            said.get("iss") == self._table.issuer,
            said.get("aud") in (self._table.client_id, [self._table.client_id]),
            isinstance(events, dict) and EVENT in events,
            "nonce" not in said,
            jti and (sid or subject),
        ):
            if not holds:
                return None
        return Ended(jti, sid, subject)

    def _answer_refused(self, published: Published, received: Mapping[str, str]) -> Refused | None:
        """Whether the answer is another provider's (RFC 9207 §2.4), or a no."""
        issuer = received.get("iss")
        if issuer != self._table.issuer and (issuer is not None or published.names_itself):
            return Refused(Reason.UNBELIEVED, "iss")
        if error := received.get("error"):
            if error in NOT_THERE:
                return Refused(Reason.DECLINED, error)
            reason = Reason.UNAVAILABLE if error in OUT_OF_ORDER else Reason.UNBELIEVED
            return Refused(reason, asserted.short(error))
        return None if received.get("code") else Refused(Reason.UNBELIEVED, "code")

    def _redeemed(
        self,
        published: Published,
        kept: Mapping[str, str],
        received: Mapping[str, str],
        deadline: Deadline,
        now: datetime,
    ) -> AssertedIdentity | Refused:
        session = _Session(self._line, deadline)
        try:
            token = self._client(kept["back"], session).fetch_token(
                published.token,
                grant_type="authorization_code",
                code=received["code"],
                code_verifier=kept["verifier"],
            )
        except OAuth2Error as error:
            return Refused(Reason.UNBELIEVED, asserted.short(error.error))
        except (ValueError, TypeError, _WrongStatus):
            return Refused(Reason.UNAVAILABLE, "token_answer")
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            return Refused(Reason.UNBELIEVED, "no_id_token")
        try:
            said = self._verified(id_token, kept["nonce"], deadline, now)
            jose.seconds(said, "auth_time")
        except jose.Refused as refusal:
            return Refused(Reason.UNBELIEVED, asserted.short(refusal.reason.value))
        more = self._userinfo(published, access_token, str(said["sub"]), deadline)
        if isinstance(more, Refused):
            return more
        return self._identity({**more, **said}, _proven_at(said, now), id_token)

    def _verified(self, id_token: str, nonce: str, deadline: Deadline, now: datetime) -> dict[str, Any]:
        """The claims of an ID token that is meant for us and nobody else (OIDC Core §3.1.3.7)."""
        keys = self._provider.keys(id_token, deadline, now)
        said = jose.verify(id_token, keys, algorithms=jose.THEIRS)
        jose.check_times(said, now, SKEW)
        made = jose.seconds(said, "iat")
        moment, subject = now.timestamp(), said.get("sub")
        for holds in (
            said.get("iss") == self._table.issuer,
            said.get("aud") in (self._table.client_id, [self._table.client_id]),
            said.get("azp", self._table.client_id) == self._table.client_id,
            made is not None and moment - OLDEST.total_seconds() <= made <= moment + SKEW,
            isinstance(said.get("nonce"), str) and same(said["nonce"], nonce),
            isinstance(subject, str) and 0 < len(subject) <= 255 and asserted.is_whole(subject),
        ):
            if not holds:
                raise jose.Refused(jose.Reason.MALFORMED)
        return said

    def _userinfo(
        self, published: Published, access_token: str, subject: str, deadline: Deadline
    ) -> dict[str, Any] | Refused:
        if not published.userinfo:
            return {}
        answer = self._line.get(published.userinfo, deadline, {"Authorization": f"Bearer {access_token}"})
        said = as_json(answer)
        if said is None:
            return Refused(Reason.UNAVAILABLE, "userinfo_answer")
        return said if said.get("sub") == subject else Refused(Reason.UNBELIEVED, "userinfo_sub")

    def _identity(self, said: Mapping[str, Any], at: datetime, id_token: str) -> AssertedIdentity:
        heard = asserted.heard(self._table, said)
        methods = said.get("amr")
        amr = frozenset(map(str, methods)) if isinstance(methods, list) else frozenset()
        return asserted.identity(
            self._name,
            self._table,
            heard,
            subject=str(said["sub"]),
            amr=amr,
            aal=authentication_level(amr),
            at=at,
            kept={"id_token": id_token, "sid": asserted.text(said.get("sid"))},
        )

    def _client(self, back: str, session: "_Session | None" = None) -> Any:
        return OAuth2Client(
            session=session,
            client_id=self._table.client_id,
            client_secret=self._table.client_secret,
            scope=" ".join(self._table.scopes),
            redirect_uri=back,
            code_challenge_method="S256",
        )


def _proven_at(said: Mapping[str, Any], now: datetime) -> datetime:
    """When its person proved themselves, by the ID token alone; never later than now."""
    at = jose.seconds(said, "auth_time") or jose.seconds(said, "iat") or 0.0
    return datetime.fromtimestamp(max(0.0, min(at, now.timestamp())), UTC)


class _WrongStatus(Exception):
    """The token endpoint answered with a status and no JSON."""


class _Reply:
    """An answer in the form in which Authlib's client reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self._answer = answer

    def json(self) -> dict[str, Any]:
        said = as_json(self._answer, any_status=True)
        if said is None:
            raise ValueError("no JSON object")
        return said

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise _WrongStatus(str(self.status_code))


class _Session:
    """What Authlib's client posts with: our line, within the deadline of this visit."""

    def __init__(self, line: Line, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Reply:
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Reply(self._line.post(url, body.encode(), sent, self._deadline))
