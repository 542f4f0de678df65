"""Renew tokens without the person (RFC 6749 §6); each use makes a successor (RFC 9700 §4.14.2)."""

from uuid import UUID

from idp.oauth import access_tokens, acting, rotation
from idp.oauth.errors import refuse_grant
from idp.oauth.grants.base import Grant, Reply, narrowed
from idp.oauth.id_tokens import SignIn
from idp.oauth.rotation import Family

GONE = "the refresh token is unknown, has expired or was revoked"


class RefreshTokenGrant(Grant):
    """The rotation itself is the spending: one conditional update that only one request can win."""

    GRANT_TYPE = "refresh_token"

    family: Family
    scopes: frozenset[str]

    def validate_token_request(self) -> None:
        """Prove: the MAC is ours. Then move the family on, which also tells whether it is this client's."""
        presented = rotation.parse(
            self.oauth.vault, self.request.client, self.request.form.get("refresh_token")
        )
        if presented is None:
            raise refuse_grant(GONE)
        family_id, generation = presented
        asked = self.request.form.get("scope")
        if asked is not None:  # refused before anything is spent
            known = rotation.look(self.oauth, family_id, self.request.client.id, self.request.now)
            narrowed(asked, known.scopes if known else frozenset())
        self.resource = self.target()
        self.family = self._moved_on(family_id, generation)
        if self.family.acts and acting.is_spent(self.oauth.prepared, self.family.authorization_id):
            rotation.end(self.oauth, family_id, "mandate_used", self.request.now)
            raise refuse_grant("the mandate was for one act, which has been done")
        self.scopes = narrowed(asked, self.family.scopes) & self.request.client.scopes

    def create_token_response(self) -> Reply:
        """Give: new tokens, and the successor."""
        family = self.family
        authority = acting.behind(self.oauth.prepared, family.authorization_id) if family.acts else None
        on_behalf = authority.on_behalf if authority else None
        authorized = access_tokens.Authorized(
            family.authorization_id,
            family.sub,
            family.authenticated_at,
            family.reached,
            family.realm,
            acting.claims(on_behalf, family.details),
            on_behalf.acting.ends_at if on_behalf else None,
        )
        lifetime = access_tokens.lifetime(self.oauth, authorized, self.request.now)
        tokens = self.tokens(authorized, self.scopes, SignIn(family.amr, family.session_id))
        tokens["refresh_token"] = rotation.compose(
            self.oauth.vault, self.request.client, family.id, family.generation
        )
        return self.give(tokens, lifetime)

    def _moved_on(self, family_id: UUID, generation: int) -> Family:
        oauth, client_id, now = self.oauth, self.request.client.id, self.request.now
        moved = rotation.rotate(oauth, family_id, generation, client_id, now)
        if moved is not None:
            return moved
        family = rotation.look(oauth, family_id, client_id, now)
        if family is None or not family.usable or family.generation <= generation:
            raise refuse_grant(GONE)
        if family.generation == generation + 1 and now - family.rotated_at <= oauth.lifetimes.grace:
            return family  # the answer was lost on the way: the same successor once more
        rotation.punish(oauth, family, client_id, now)
        raise refuse_grant("the refresh token was already used")
