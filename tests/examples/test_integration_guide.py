"""The integration guide is run, so that it stays true."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from jose.exceptions import JWTError  # noqa: TID251  the guide shows both libraries
from joserfc.errors import JoseError

from examples.relying_party.troubles import MEANING
from idp.clients.metadata import parse
from idp.clients.models import ClientClass
from idp.clients.scopes import SCOPES
from tests.examples.conftest import AUDIENCE, CLIENT_ID, Issuer

GUIDE = Path("docs/integration.md")
TEXT = GUIDE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def named(first_line: str) -> str:
    return next(block for block in blocks("python") if block.startswith(f"# {first_line}\n"))


def run(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(block, str(GUIDE), "exec"), names)
    return names


@pytest.fixture
def portal(served: Issuer, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The portal of the guide's third step."""
    environment = {"ISSUER": served.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": "secret"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = run(named("portal.py"))["app"]
    assert isinstance(app, Flask)
    return app


@pytest.fixture(params=["verify with joserfc", "verify with python-jose"])
def verify(request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """Each of the two verifiers."""
    function: Callable[..., dict[str, Any]] = run(named(request.param))["verify"]
    return function


def test_the_first_portal_sends_people_to_sign_in(portal: Flask) -> None:
    """
    The portal one copies runs as printed, with state, nonce and PKCE.
    """
    visitor = portal.test_client()
    sent = dict(parse_qsl(urlsplit(visitor.get("/sign-in").headers["Location"]).query))

    assert "/sign-in" in visitor.get("/").text
    assert {"state", "nonce", "code_challenge"} <= sent.keys()
    assert ("http://127.0.0.1:8399/callback", "S256") == (sent["redirect_uri"], sent["code_challenge_method"])


def test_the_first_portal_knows_its_issuer(portal: Flask) -> None:
    """
    Even the shortest portal refuses another issuer's answer (RFC 9207).
    """
    assert 400 == portal.test_client().get("/callback?code=c&state=s&iss=http://evil.example").status_code


@pytest.mark.parametrize(
    "answer", ["error=access_denied&state=s", "error=<script>&state=s", "code=c&state=of-nobody"]
)
def test_the_first_portal_stands_when_there_is_no_sign_in(portal: Flask, issuer: Issuer, answer: str) -> None:
    """
    A person who says no gets a page, as does an answer that is not this browser's; nothing sent is repeated.
    """
    shown = portal.test_client().get(f"/callback?{answer}&iss={issuer.url}")

    assert (403, True, False) == (shown.status_code, "没有登录" in shown.text, "script" in shown.text)


def test_the_first_portal_is_short() -> None:
    """
    Ten minutes allow for about 30 lines.
    """
    lines = [line for line in named("portal.py").splitlines() if line.strip() and not line.startswith("#")]

    assert len(lines) <= 30


def test_a_good_token_passes_both_verifiers(verify: Callable[..., Any], issuer: Issuer) -> None:
    """
    What is printed believes our tokens, whichever key signed them.
    """
    for key in issuer.keys:
        token = issuer.sign(issuer.access_claims(), "at+jwt", key)

        assert "p1" == verify(token, {"keys": issuer.published()}, issuer.url, AUDIENCE)["sub"]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://elsewhere.example"},
        {"aud": "another"},
        {"exp": 1},
        *({name: None} for name in ("iss", "aud", "exp", "iat", "sub", "jti")),
    ],
)
def test_a_bad_token_passes_neither(
    verify: Callable[..., Any], issuer: Issuer, changed: dict[str, Any]
) -> None:
    """
    What people copy must not be the weak point: every claim is required.
    """
    with pytest.raises((JoseError, JWTError)):
        verify(issuer.access_token(**changed), {"keys": issuer.published()}, issuer.url, AUDIENCE)


def test_an_id_token_passes_neither(verify: Callable[..., Any], issuer: Issuer) -> None:
    """
    The type tells an access token from an ID token.
    """
    token = issuer.sign(issuer.access_claims(), "JWT")

    with pytest.raises((JoseError, JWTError)):
        verify(token, {"keys": issuer.published()}, issuer.url, AUDIENCE)


def test_the_registration_printed_is_accepted() -> None:
    """
    Every field of the example is one the provider knows.
    """
    details = next(json.loads(block) for block in blocks("json") if "redirect_uris" in block)

    client = parse(details, "fund", ClientClass.GOVERNMENT)

    assert ("ial3.aal1", {"openid", "profile"}) == (client.minimum.acr, set(client.scopes))


def test_the_commands_printed_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The options in the guide are those of the command.
    """
    from idp.cli.clients import clients

    for name in re.findall(r"--metadata (\S+)", TEXT):
        (tmp_path / name).write_text("{}")
    (tmp_path / "fund.xml").write_text("<EntityDescriptor/>")
    monkeypatch.chdir(tmp_path)
    printed = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("idp ")]

    for line in printed:
        _, group, command, *options = shlex.split(line)
        assert "clients" == group
        clients.commands[command].make_context(command, options)
    assert 4 == len(printed)


def test_every_claim_scope_and_error_is_explained() -> None:
    """
    What the provider gives and the sample portals handle is in the tables.
    """
    claims = {claim for given in SCOPES.values() for claim in given}
    wanted = [*SCOPES, *claims, *(error for error in MEANING if error != "account_selection_required")]

    assert [] == [name for name in wanted if f"`{name}`" not in TEXT]


def test_links_lead_somewhere() -> None:
    """
    Files and headings the guide points to exist.
    """
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", TEXT, re.M)
    }
    missing = [
        target
        for target in targets
        if not (target[1:] in headings if target[0] == "#" else (GUIDE.parent / target).exists())
    ]

    assert [] == missing
