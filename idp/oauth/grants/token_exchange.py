"""A department exchanges a token for one with which to call another (RFC 8693): narrower, and never wider.

What it presents was made for it; the new token is for one resource server that its own registration names.
All are of one sector, for the subject stays: nobody outside learns by which one government knows a person.
Scope, matters and life only shrink; `act` names the department, and whoever acted before stands inside.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from idp.clients.metadata import TOKEN_EXCHANGE
from idp.crypto import jose
from idp.oauth import access_tokens, acting, liveness
from idp.oauth.access_tokens import AccessToken
from idp.oauth.checks.details import limits_are_well_formed
from idp.oauth.endpoints.introspection import concerns
from idp.oauth.errors import Answered
from idp.oauth.grants.base import Grant, Reply, narrowed
from idp.storage.base import new_id
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Row, Statement

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 – a type
LONGEST_CHAIN = 3
"""How many departments may stand behind one another."""
LONGEST_LIFE = timedelta(seconds=60)
LIMITS = ("project", "region")

DERIVE = Statement(
    f"""
    insert into authorizations
           (id, person_id, client_id, session_id, sub, scopes, aal, amr, authenticated_at, created_at,
            offline, details, {acting.COLUMNS}, derived_from)
    select :id, a.person_id, :client, a.session_id, a.sub, :scopes, a.aal, a.amr, a.authenticated_at, :now,
           a.offline, :details, a.organisation_id, a.mandate_id, a.mandate_version, a.through_id,
           a.through_version, a.act_sub, coalesce(a.derived_from, a.id)
    {liveness.FROM}
     where a.id = :parent and a.client_id is not distinct from :parent_client and {liveness.ALIVE}
       and not exists (select 1 from revoked_tokens r where r.jti = :jti)
    returning id, authenticated_at
    """
)
"""A further authorization of the same person, alive only while the first one is."""


class TokenExchangeGrant(Grant):
    """Prove that the token was for this client; then write down and give what is less than it."""

    GRANT_TYPE = TOKEN_EXCHANGE

    subject: AccessToken
    resource: str
    scopes: frozenset[str]
    details: Sequence[Mapping[str, Any]]

    def validate_token_request(self) -> None:
        """Prove."""
        form = self.request.form
        if form.get("actor_token") is not None:
            raise Answered("invalid_request", "the actor is the client itself, no actor_token is taken")
        if form.get("requested_token_type") not in (None, ACCESS_TOKEN):
            raise Answered("invalid_request", "only access tokens are given")
        self.subject = self._presented()
        self.resource = self._resource()
        granted = self.subject.scopes & self.request.client.scopes
        self.scopes = narrowed(form.get("scope"), granted)
        self.details = narrowed_details(
            form.get("authorization_details"), self.subject.claims.get("authorization_details") or []
        )

    def create_token_response(self) -> Reply:
        """Write, then give."""
        token, now = self.subject, self.request.now
        row = self.oauth.prepared.one(
            DERIVE,
            {
                "id": new_id(),
                "client": self.request.client.id,
                "scopes": " ".join(sorted(self.scopes)),
                "details": json.dumps(list(self.details)) if self.details else None,
                "parent": token.authorization_id,
                "parent_client": token.client.id,
                "jti": token.jti,
                "now": now,
            },
        )
        if row is None:
            raise Answered("invalid_request", "the subject token is no longer good")
        said, life = self._claims(row)
        answer = {
            "access_token": jose.sign(said, self.oauth.keyring.signing(), access_tokens.TYPE),
            "issued_token_type": ACCESS_TOKEN,
        }
        if self.scopes:
            answer["scope"] = " ".join(sorted(self.scopes))
        return self.give(answer, life)

    def _presented(self) -> AccessToken:
        form, request = self.request.form, self.request
        if form.get("subject_token_type") != ACCESS_TOKEN:
            raise Answered("invalid_request", "subject_token_type must be that of an access token")
        try:
            token = access_tokens.read(self.oauth, form.get("subject_token") or "", request.now)
        except jose.Refused as refusal:
            raise Answered("invalid_request", "the subject token is not ours or has expired") from refusal
        if not concerns(request.client, token) or token.client.sector != request.client.sector:
            raise Answered("invalid_request", "the subject token is not ours or has expired")
        if token.authorization_id is None:
            raise Answered("invalid_request", "the subject token is about nobody")
        if depth(token.claims.get("act")) >= LONGEST_CHAIN:
            raise Answered("invalid_request", "too many stand behind one another already")
        return token

    def _resource(self) -> str:
        """Exactly one, and one that the registration names (RFC 8693 §2.1, RFC 8707)."""
        form = self.request.form
        asked = {form.get("resource"), form.get("audience")} - {None}
        approved = self.request.client.raw.get("resources") or []
        if form.several or len(asked) != 1 or not asked <= set(map(str, approved)):
            raise Answered("invalid_target", "name one resource that this client may call")
        return str(asked.pop())

    def _claims(self, row: Row) -> tuple[dict[str, Any], int]:
        """What the new token says: all of the old one that still holds, and who passed it on."""
        token, now, client = self.subject, self.request.now, self.request.client
        life = int(min(LONGEST_LIFE.total_seconds(), token.claims["exp"] - now.timestamp()))
        kept = ("iss", "sub", "acr", "ial", "aal", "auth_time", "realm", "organisation")
        said = {name: token.claims[name] for name in kept if name in token.claims}
        actor: dict[str, Any] = {"sub": client.id, "client_id": client.id}
        if "act" in token.claims:
            actor["act"] = token.claims["act"]
        issued = access_tokens.stamped(now, max(1, life))
        said |= issued | {
            "aud": self.resource,
            "client_id": client.id,
            "cgen": client.generation,
            "azid": identifier(row[0]).hex,
            "auth_time": int(moment(row[1]).timestamp()),
            "act": actor,
        }
        if self.scopes:
            said["scope"] = " ".join(sorted(self.scopes))
        if self.details:
            said["authorization_details"] = list(self.details)
        return said, max(1, life)


def depth(act: object) -> int:
    """How many actors a token names, one inside the other."""
    found = 0
    while isinstance(act, Mapping):
        found, act = found + 1, act.get("act")
    return found


def narrowed_details(asked: str | None, held: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The details asked for, all of them if none were; each within one that is held."""
    if asked is None:
        return held
    try:
        wanted = json.loads(asked)
    except (ValueError, RecursionError):
        wanted = None
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise Answered("invalid_authorization_details", "must be a list of details")
    if not all(any(is_within(one, whole) for whole in held) for one in wanted):
        raise Answered("invalid_authorization_details", "goes beyond what the subject token allows")
    return wanted


def is_within(one: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """The same matter, action and organisation; limits that were there stay, others may be added."""
    same = ("type", "matter", "action", "organisation")
    if any(one.get(name) != whole.get(name) for name in same):
        return False
    if not set(one) <= {*same, *LIMITS, "amount"}:
        return False
    if any(name in whole and one.get(name) != whole[name] for name in LIMITS):
        return False
    if not limits_are_well_formed(one):
        return False
    amount, limit = one.get("amount"), whole.get("amount")
    return limit is None or (amount is not None and amount <= limit)
