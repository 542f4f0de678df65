"""The province's OpenID Connect: discovery, authorize, token, userinfo, end of session, and its lies.

Levels are in the province's own words (`trust_level`: 一级 to 五级), because an upstream never uses ours.
"""

import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.faults import Lie
from federation.simulator.people import Citizen
from federation.simulator.province import Application, Keys, Province, Seat, Shelf
from idp.crypto import jose

LEVELS = ("", "一级", "二级", "三级", "四级", "五级")
AMR = {1: ["pwd"], 2: ["pwd", "otp"], 3: ["hwk"]}
LIFETIME = 300


@dataclass(frozen=True)
class Code:
    """What a code stands for (RFC 6749 §4.1)."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    seat: Seat = field(repr=False)


def routes(province: Province) -> Blueprint:
    """Everything below ``/oidc``; the issuer is the address of the province itself."""
    oidc = Blueprint("oidc", __name__)
    keys, codes, tokens = province.keys, Shelf[Code](), Shelf[Code]()

    @oidc.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return province.answered("oidc.discovery", lambda: jsonify(_discovered(province)))

    @oidc.get("/oidc/jwks")
    def jwks() -> Response:
        return province.answered("oidc.jwks", lambda: jsonify({"keys": [keys.published.public]}))

    @oidc.get("/oidc/authorize")
    def authorize() -> AnyResponse:
        """Show the login page where nobody is signed in, then give a code (OIDC Core §3.1.2)."""
        asked = request.args
        application = province.applications.get(asked.get("client_id", ""))
        back = asked.get("redirect_uri", "")
        if application is None or not application.may_be_answered_at(back):
            abort(HTTPStatus.BAD_REQUEST)
        seat = province.seat()
        if province.lies("oidc.authorize", Lie.DENIED):
            return _back(province, back, {"error": "access_denied", "state": asked.get("state", "")})
        if seat is None and asked.get("prompt") == "none":
            return _back(province, back, {"error": "login_required", "state": asked.get("state", "")})
        if seat is None or (asked.get("prompt") == "login" and "again" not in asked):
            province.signs_out()
            return _to_login()
        code = codes.put(
            Code(application.id, back, asked.get("code_challenge", ""), asked.get("nonce", ""), seat)
        )
        return _back(province, back, {"code": code, "state": asked.get("state", "")})

    @oidc.post("/oidc/token")
    def token() -> Response:
        return province.answered("oidc.token", lambda: _token(province, keys, codes, tokens))

    @oidc.get("/oidc/userinfo")
    def userinfo() -> Response:
        return province.answered("oidc.userinfo", lambda: _userinfo(province, tokens))

    @oidc.get("/oidc/logout")
    def logout() -> AnyResponse:
        """End the session here and come back where that address is registered (RP-Initiated Logout)."""
        province.calls["oidc.logout"] += 1
        application = province.applications.get(request.args.get("client_id", ""))
        back = request.args.get("post_logout_redirect_uri", "")
        province.signs_out(str(_sid(request.args.get("id_token_hint", ""))))
        if application is None or not application.may_be_answered_at(back):
            return redirect("/", HTTPStatus.SEE_OTHER)
        state = urlencode({"state": request.args.get("state", "")})
        return redirect(f"{back}?{state}", HTTPStatus.SEE_OTHER)

    return oidc


def _discovered(province: Province) -> dict[str, Any]:
    issuer = _issuer()
    said: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oidc/authorize",
        "token_endpoint": f"{issuer}/oidc/token",
        "userinfo_endpoint": f"{issuer}/oidc/userinfo",
        "jwks_uri": f"{issuer}/oidc/jwks",
        "end_session_endpoint": f"{issuer}/oidc/logout",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }
    if province.lies("oidc.discovery", Lie.WRONG_ISSUER):
        said["issuer"] = "https://elsewhere.example"
    return said


def _to_login() -> AnyResponse:
    """To the login page, and back to this request; `again` says that somebody was asked already."""
    again = urlencode({**request.args, "again": "1"})
    return redirect(f"/login?{urlencode({'next': f'{request.path}?{again}'})}", HTTPStatus.SEE_OTHER)


def _back(province: Province, back: str, answer: Mapping[str, str]) -> AnyResponse:
    """To the callback, with our name beside the code (RFC 9207)."""
    said = {**answer, "iss": _issuer()}
    if province.lies("oidc.authorize", Lie.WRONG_ISSUER):
        said["iss"] = "https://elsewhere.example"
    if province.lies("oidc.authorize", Lie.WRONG_STATE):
        said["state"] = secrets.token_urlsafe(16)
    return redirect(f"{back}?{urlencode(said)}", HTTPStatus.SEE_OTHER)


def _token(province: Province, keys: Keys, codes: Shelf[Code], tokens: Shelf[Code]) -> Response:
    application = _authenticated(province)
    if application is None:
        return _error("invalid_client", HTTPStatus.UNAUTHORIZED)
    code = codes.take(request.form.get("code", ""))
    verifier = request.form.get("code_verifier", "")
    if (
        code is None
        or code.client_id != application.id
        or code.redirect_uri != request.form.get("redirect_uri")
        or code.challenge != _challenge(verifier)
    ):
        return _error("invalid_grant", HTTPStatus.BAD_REQUEST)
    if lie := province.lies("oidc.token", Lie.GARBAGE, Lie.HUGE):
        return Response("<html>" if lie == Lie.GARBAGE else "x" * 4_000_000, HTTPStatus.OK)
    said = {
        "access_token": tokens.put(code),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "id_token": _id_token(province, keys, code),
    }
    return jsonify(said)


def _id_token(province: Province, keys: Keys, code: Code) -> str:
    seat, issued = code.seat, int(province.now().timestamp())
    said: dict[str, Any] = {
        "iss": _issuer(),
        "sub": seat.citizen.subject,
        "aud": code.client_id,
        "iat": issued,
        "exp": issued + LIFETIME,
        "nonce": code.nonce,
        "auth_time": int(seat.at.timestamp()),
        "amr": AMR[seat.citizen.aal],
        "sid": seat.mark,
    }
    changed: dict[str, dict[str, Any]] = {
        Lie.EXPIRED: {"iat": issued - 7200, "exp": issued - 3600},
        Lie.EARLY: {"iat": issued + 7200, "nbf": issued + 7200, "exp": issued + 9000},
        Lie.WRONG_AUDIENCE: {"aud": "somebody-else"},
        Lie.WRONG_ISSUER: {"iss": "https://elsewhere.example"},
        Lie.WRONG_NONCE: {"nonce": "another"},
        Lie.NO_SUBJECT: {"sub": ""},
        Lie.NO_TIME: {"auth_time": "soon"},
        Lie.FAR_TIME: {"auth_time": 1e300},
    }
    lie = province.lies("oidc.token", *(Lie(name) for name in changed), Lie.FORGED, Lie.UNSIGNED)
    said |= changed.get(lie or "", {})
    if lie == Lie.UNSIGNED:
        head, body, _ = jose.sign(said, keys.published, "JWT").split(".")
        head = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        return f"{head}.{body}."
    return jose.sign(said, keys.forged if lie == Lie.FORGED else keys.published, "JWT")


def _userinfo(province: Province, tokens: Shelf[Code]) -> Response:
    code = tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if code is None:
        return _error("invalid_token", HTTPStatus.UNAUTHORIZED)
    if province.lies("oidc.userinfo", Lie.GARBAGE):
        return Response("<html>", HTTPStatus.OK)
    said = _claims(code.seat.citizen)
    lies: dict[Lie, dict[str, Any]] = {
        Lie.OTHER_SUBJECT: {"sub": "somebody-else"},
        Lie.NO_DOCUMENT: {"id_type": None, "id_number": None},
        Lie.WRONG_NAME: {"name": "假名"},
        Lie.HALF_A_CHARACTER: {"cert_key": "\ud83d"},
        Lie.HIGHEST_LEVEL: {"trust_level": LEVELS[5]},
        Lie.UNKNOWN_LEVEL: {"trust_level": "九级"},
    }
    lie = province.lies("oidc.userinfo", *lies)
    said |= lies[Lie(lie)] if lie else {}
    return jsonify({name: value for name, value in said.items() if value is not None})


def _claims(citizen: Citizen) -> dict[str, Any]:
    said: dict[str, Any] = {
        "sub": citizen.subject,
        "name": citizen.name,
        "phone_number": citizen.phone or None,
        "id_type": citizen.kind.value if citizen.number else None,
        "id_number": citizen.number or None,
        "trust_level": LEVELS[citizen.level],
        "national": citizen.national or None,
        "cert_key": citizen.cert_key if citizen.number else None,
    }
    if citizen.firm is not None:
        said |= {"organisation_code": citizen.firm.code, "organisation_name": citizen.firm.name}
    return said


def _authenticated(province: Province) -> Application | None:
    """The application behind ``client_secret_basic`` (RFC 6749 §2.3.1)."""
    given = request.headers.get("Authorization", "").removeprefix("Basic ")
    try:
        name, _, secret = b64decode(given).decode().partition(":")
    except ValueError:
        return None
    application = province.applications.get(unquote(name))
    fits = application is not None and secrets.compare_digest(application.secret, unquote(secret))
    return application if fits else None


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _sid(id_token: str) -> object:
    try:
        return jose.unverified(id_token).get("sid", "")
    except jose.Refused:
        return ""


def _issuer() -> str:
    return request.url_root.rstrip("/")


def _error(code: str, status: HTTPStatus) -> Response:
    response = jsonify({"error": code})
    response.status_code = status
    return response
