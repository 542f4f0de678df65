"""A client acting for itself (RFC 6749 §4.4): no person, no refresh token, nothing written."""

from idp.clients.scopes import SCOPES, UNAPPROVED
from idp.oauth import access_tokens
from idp.oauth.grants.base import Grant, Reply, narrowed


class ClientCredentialsGrant(Grant):
    """The proof is the client's own; scopes about persons mean nothing here and are left out."""

    GRANT_TYPE = "client_credentials"

    scopes: frozenset[str]

    def validate_token_request(self) -> None:
        """Within the client's registration, without what is about a person."""
        asked, granted = self.request.form.get("scope"), self.request.client.scopes
        scopes = narrowed(asked, granted - UNAPPROVED if asked is None else granted | UNAPPROVED)
        self.scopes = scopes.difference(SCOPES)
        self.resource = self.target()

    def create_token_response(self) -> Reply:
        """Give."""
        request = self.request
        token = access_tokens.make(self.oauth, request.client, self.scopes, None, request.now, self.resource)
        scope = {"scope": " ".join(sorted(self.scopes))} if self.scopes else {}
        return self.give({"access_token": token} | scope)
