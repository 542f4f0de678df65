"""What we can do, for machines to read (OpenID Connect Discovery §3, RFC 8414 §2)."""

from typing import Any

from idp.assurance import REQUIREMENTS
from idp.clients.metadata import AUTH_METHODS, DETAILS_TYPES, GRANT_TYPES, RESPONSE_MODES, RESPONSE_TYPES
from idp.clients.scopes import OF_CLIENTS, SCOPES
from idp.crypto import jose
from idp.oauth.checks.prompt import PROMPTS
from idp.oauth.claims import TRUST_FRAMEWORK, VERIFIABLE
from idp.oauth.collaborators import OAuth

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

SENT_WITH_EVERY_ID_TOKEN = (
    "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "ial", "aal", "sid", "at_hash",
)  # fmt: skip


def document(oauth: OAuth, at: str) -> dict[str, Any]:
    """The metadata; only what works is listed. `at` is where endpoints are reached in one network zone."""
    confidential = [method for method in AUTH_METHODS if method != "none"]
    return {
        "issuer": oauth.issuer,
        "authorization_endpoint": f"{at}/oauth/authorize",
        "token_endpoint": f"{at}/oauth/token",
        "userinfo_endpoint": f"{at}/oauth/userinfo",
        "jwks_uri": f"{at}/oauth/jwks",
        "introspection_endpoint": f"{at}/oauth/introspect",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "end_session_endpoint": f"{at}/oauth/logout",
        "scopes_supported": [*SCOPES, *OF_CLIENTS],
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(REQUIREMENTS),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(jose.OURS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": sorted(jose.THEIRS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": sorted(jose.THEIRS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": sorted(jose.THEIRS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": sorted(PROMPTS),
        "authorization_details_types_supported": list(DETAILS_TYPES),
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *(claim for claims in SCOPES.values() for claim in claims),
            *SENT_WITH_EVERY_ID_TOKEN,
            "updated_at",
            "organisation",
            "act",
        ],
        "verified_claims_supported": True,
        "trust_frameworks_supported": [TRUST_FRAMEWORK],
        "evidence_supported": ["electronic_record"],
        "claims_in_verified_claims_supported": list(VERIFIABLE),
        "ui_locales_supported": ["zh-Hans", "en"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
