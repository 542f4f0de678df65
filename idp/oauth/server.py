"""Authlib's core server with our grants and endpoints: it finds the one meant and answers for its refusals.

What every grant needs, the authenticated client above all, happens here, so that none can forget it.
"""

from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import UnsupportedGrantTypeError

from idp.clients import authentication
from idp.clients.authentication import AuthenticationRefused
from idp.clients.metadata import Client
from idp.oauth.collaborators import OAuth
from idp.oauth.endpoints.introspection import IntrospectionEndpoint
from idp.oauth.endpoints.revocation import RevocationEndpoint
from idp.oauth.errors import Answered, as_response, refuse_client
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant
from idp.oauth.grants.token_exchange import TokenExchangeGrant
from idp.oauth.message import Response, json_response
from idp.oauth.token_request import TokenRequest

GRANTS = (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, TokenExchangeGrant)
GRANTS_OFFERED = f"grant_type must be one of {', '.join(grant.GRANT_TYPE for grant in GRANTS)}"
ENDPOINTS = (IntrospectionEndpoint, RevocationEndpoint)


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib is not typed
    """The token endpoint and its neighbours. Requests in, `message.Response` out; no framework."""

    def __init__(self, oauth: OAuth) -> None:
        super().__init__()
        self.oauth = oauth
        for grant in GRANTS:
            self.register_grant(grant)
        self.endpoints = {endpoint.ENDPOINT_NAME: endpoint(self) for endpoint in ENDPOINTS}

    def get_token_grant(self, request: TokenRequest) -> Any:
        """The grant that is meant, once the request is whole and its client authenticated and entitled."""
        nothing_is_repeated(request)
        if request.form.get("grant_type") is None:
            raise Answered("invalid_request", "grant_type is missing")
        try:
            grant = super().get_token_grant(request)
        except UnsupportedGrantTypeError as refusal:
            raise Answered("unsupported_grant_type", GRANTS_OFFERED) from refusal
        request.client = self.authenticate_client(request)
        if grant.GRANT_TYPE not in request.client.grant_types:
            raise Answered("unauthorized_client", "this client is not registered for this grant type")
        return grant

    def authenticate_client(
        self, request: TokenRequest, methods: object = None, endpoint: str = "token"
    ) -> Client:
        """Whoever calls, by the one method they registered (`clients.authentication`)."""
        oauth, message = self.oauth, request.message
        known = oauth.proven.client(message.authorization, message.form, oauth.clients)
        if known is not None:
            return known
        try:
            client = authentication.authenticate(
                message.form,
                message.authorization,
                oauth.clients,
                oauth.state,
                request.now,
                oauth.audiences,
            )
        except AuthenticationRefused as refusal:
            oauth.count("client", str(refusal.reason))
            if refusal.is_malformed:
                raise Answered("invalid_request", "credentials were sent more than once") from refusal
            raise refuse_client(basic=message.authorization is not None) from refusal
        oauth.proven.remember(message.authorization, message.form, client)
        return client

    def token(self, request: TokenRequest) -> Response:
        """Answer the token endpoint: the grant proves, then it spends and gives."""
        try:
            grant = self.get_token_grant(request)
            grant.validate_token_request()
            status, body, _ = grant.create_token_response()
        except OAuth2Error as refusal:
            return self.refused("token", refusal)
        return json_response(status, body)

    def endpoint(self, name: str, request: TokenRequest) -> Response:
        """Answer introspection or revocation."""
        try:
            nothing_is_repeated(request)
            status, body, _ = self.endpoints[name].create_endpoint_response(request)
        except OAuth2Error as refusal:
            return self.refused(name, refusal)
        return json_response(status, body)

    def refused(self, name: str, refusal: OAuth2Error) -> Response:
        """Count it and say it."""
        self.oauth.count(name, str(refusal.error))
        return as_response(refusal)


def nothing_is_repeated(request: TokenRequest) -> None:
    """No parameter is sent twice (RFC 6749 §3.2)."""
    if request.form.repeated:
        raise Answered("invalid_request", "a parameter was sent more than once")
