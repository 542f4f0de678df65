"""Exchange a code, once, for the tokens its owner agreed to (RFC 6749 §4.1.3, RFC 7636 §4.6)."""

from collections.abc import Callable

from idp.oauth import access_tokens, acting, redemption, rotation
from idp.oauth.acting import OnBehalf
from idp.oauth.checks import pkce
from idp.oauth.errors import refuse_grant
from idp.oauth.grants.base import Grant, Reply
from idp.oauth.id_tokens import SignIn
from idp.oauth.records import AuthorizationCode
from idp.oauth.token_request import TokenRequest


def issued_to_this_client(code: AuthorizationCode, request: TokenRequest) -> None:
    """A code of another client is no code here; whoever shows it learns nothing and changes nothing."""
    if code.client_id != request.client.id:
        raise refuse_grant("the code is unknown or has expired")


def redirect_uri_is_the_same(code: AuthorizationCode, request: TokenRequest) -> None:
    """Identical to the one the code was sent to (RFC 6749 §4.1.3)."""
    if request.form.get("redirect_uri") != code.redirect_uri:
        raise refuse_grant("redirect_uri is not the one of the authorization request")


def verifier_matches(code: AuthorizationCode, request: TokenRequest) -> None:
    """Whoever redeems began the flow (RFC 7636 §4.6)."""
    pkce.verify(code.challenge, request.form.get("code_verifier"))


class AuthorizationCodeGrant(Grant):
    """Prove, spend, give: a stranger cannot use a leaked code up, and its owner cannot use it twice."""

    GRANT_TYPE = "authorization_code"
    CHECKS: tuple[Callable[[AuthorizationCode, TokenRequest], None], ...] = (
        issued_to_this_client,
        redirect_uri_is_the_same,
        verifier_matches,
    )

    handle: str
    code: AuthorizationCode

    def validate_token_request(self) -> None:
        """Prove."""
        handle = self.request.form.get("code")
        code = self.oauth.codes.find(handle)
        if handle is None or code is None:
            raise refuse_grant("the code is unknown or has expired")
        for check in self.CHECKS:
            check(code, self.request)
        self.resource = self.target()
        self.handle, self.code = handle, code

    def create_token_response(self) -> Reply:
        """Spend, then give. A second, proven use ends what the first obtained (RFC 6749 §4.1.2)."""
        now = self.request.now
        if not self.oauth.codes.spend(self.handle):
            redemption.bury(self.oauth, self.code, now)
            raise refuse_grant("the code was already used")
        refreshing = "refresh_token" in self.request.client.grant_types
        redeemed = redemption.redeem(self.oauth, self.code, refreshing, now)
        if redeemed is None:
            raise refuse_grant("the person has signed out")
        code = self.code
        on_behalf = OnBehalf(code.acting, code.act_sub) if code.acting and code.act_sub else None
        authorized = access_tokens.Authorized(
            code.authorization_id,
            code.sub,
            code.authenticated_at,
            code.reached,
            code.realm,
            acting.claims(on_behalf, code.details),
            on_behalf.acting.ends_at if on_behalf else None,
        )
        lifetime = access_tokens.lifetime(self.oauth, authorized, now)
        tokens = self.tokens(authorized, code.scopes, SignIn(code.amr, code.session_id, code.nonce))
        if redeemed.family_id is not None:
            tokens["refresh_token"] = rotation.compose(
                self.oauth.vault, self.request.client, redeemed.family_id, 1
            )
        return self.give(tokens, lifetime)
