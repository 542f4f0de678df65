"""
No number, phone, name, password, secret or handle turns up where it must not.

Somebody registers, signs in by their number, forgets their password and meets every kind of error, on either
pair of stores. Afterwards everything that is left behind is searched for what they typed and were given.
"""

import base64
import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import redis
from psycopg import sql

from tests import servers
from tests.agent import Agent, Page, browsing
from tests.town import Town, living
from tests.waiting import eventually

PASSWORD = "four quiet rivers 2026"
NEW_PASSWORD = "seven loud mountains 2027"
WRONG_PASSWORD = "a password nobody has"
ITSELF = re.compile(r'href="\?[^"]*"')
SCOPE = "openid profile phone identity_document offline_access"

Search = Callable[[], Iterator[tuple[str, bytes]]]


@dataclass
class Left:
    """What was typed and given, and everything that could have kept it."""

    town: Town
    stored: Search
    agent: Agent
    personal: dict[str, str] = field(default_factory=dict)
    """What somebody typed: nowhere but on their own pages, sealed, or hashed."""
    given: dict[str, str] = field(default_factory=dict)
    """What the provider handed out: known to its holder alone."""
    error_pages: list[Page] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=pytest.mark.postgres)])
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """What a full run leaves behind on each pair of stores."""
    home = tmp_path_factory.mktemp("canary") / "var"
    if request.param == "sqlite":
        with living(home) as town, browsing(town.issuer) as agent:
            yield run(Left(town, lambda: embedded(home), agent))
        return
    with servers.postgres() as database, servers.redis() as memory:
        url = servers.fresh_database(database)
        with (
            living(home, IDP_DATABASE_URL=url, IDP_STATE_URL=memory.url) as town,
            browsing(town.issuer) as agent,
        ):
            yield run(Left(town, lambda: elsewhere(url, memory), agent))


def run(left: Left) -> Left:
    """Live through everything that leaves traces."""
    newcomer, unlucky = left.town.told["unregistered"][12:14]
    left.personal = {
        "number": newcomer["id_number"],
        "phone": newcomer["phone"].removeprefix("+86"),
        "name": newcomer["name"],
        "other number": unlucky["id_number"],
        "other phone": unlucky["phone"].removeprefix("+86"),
        "other name": unlucky["name"],
        "password": PASSWORD,
        "new password": NEW_PASSWORD,
        "wrong password": WRONG_PASSWORD,
    }
    begun = left.agent.open(left.town.request(SCOPE, prompt="create"))
    arrived = register(left, left.agent, newcomer, begun)
    redeem(left, arrived.answer["code"])
    left.given |= {f"cookie {name}": value for name, value in left.agent.cookies().items()}
    begin_outage(left.town)
    with browsing(left.town.issuer) as other:
        register(left, other, unlucky, other.open(f"{left.town.issuer}/register"))
    with browsing(left.town.issuer) as other:
        forget_and_sign_in(left, newcomer, other)
        blunder(left, newcomer, other)
        left.agent.visited += other.visited
    left.town.command("worker", "--once")
    return left


def register(left: Left, agent: Agent, who: dict[str, str], page: Page) -> Page:
    """From the phone to the end, agreeing to what is asked."""
    page = agent.send(page, "register-phone", phone=who["phone"])
    page = agent.send(page, "sms-code", code=code(left, who["phone"]))
    page = agent.send(
        page,
        "register-identity",
        kind=who["id_type"],
        name=who["name"],
        number=who["id_number"],
        agreement="yes",
        sensitive="yes",
    )
    page = agent.open(next(link for link in page.links if link.endswith("/register/password")))
    return agree(agent, agent.send(page, "register-password", password=PASSWORD))


def agree(agent: Agent, page: Page) -> Page:
    while page.has("consent"):
        page = agent.send(page, "consent", press="decision=accept")
    return page


def redeem(left: Left, given: str) -> None:
    """Exchange the code, renew once, ask who it is, revoke."""
    town = left.town
    tokens = town.redeem(given).json()
    renewed = town.post(
        "/oauth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    known = town.userinfo(renewed["access_token"]).json()
    assert left.personal["number"] == known["id_number"]
    town.post("/oauth/introspect", token=renewed["access_token"])
    town.post("/oauth/revoke", token=renewed["refresh_token"])
    left.tokens = [tokens["id_token"], tokens["access_token"], renewed["access_token"]]
    left.given |= {
        "code": given,
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "renewed token": renewed["access_token"],
        "renewed refresh token": renewed["refresh_token"],
        "client secret": town.tool["client_secret"],
    }


def forget_and_sign_in(left: Left, who: dict[str, str], agent: Agent) -> None:
    """Recover, then sign in by number after a wrong password."""
    page = agent.send(agent.open(f"{left.town.issuer}/recover"), "recover-phone", phone=who["phone"])
    page = agent.send(page, "sms-code", code=code(left, who["phone"]))
    page = agent.send(
        page, "recover-identity", kind=who["id_type"], name=who["name"], number=who["id_number"]
    )
    agent.send(page, "recover-password", password=NEW_PASSWORD)
    page = agent.open(left.town.request(SCOPE))
    page = agent.send(page, "sign-in", login=who["id_number"], password=WRONG_PASSWORD)
    page = agent.send(page, "sign-in", login=who["id_number"], password=NEW_PASSWORD)
    assert "code" in agree(agent, page).answer
    left.given |= {f"other cookie {name}": value for name, value in agent.cookies().items()}


def blunder(left: Left, who: dict[str, str], agent: Agent) -> None:
    """Meet errors with what one has in hand; addresses typed by hand are not the provider's doing."""
    said = quote(who["name"])
    before = len(agent.visited)
    for path in (
        f"/{who['id_number']}",
        f"/interaction/{who['id_number']}/sign-in?login={who['phone'][1:]}",
        f"/oauth/authorize?client_id={who['id_number']}&redirect_uri=http://127.0.0.1/{said}",
        f"/oauth/authorize?client_id={left.town.tool['client_id']}&state={said}&scope={said}&redirect_uri=x",
        f"/static/{who['id_number']}.css",
    ):
        left.error_pages.append(agent.open(f"{left.town.issuer}{path}"))
    del agent.visited[before:]
    left.town.redeem(who["id_number"])
    left.town.post("/oauth/token", grant_type=who["id_number"])


def begin_outage(town: Town) -> None:
    """The registry answers nobody any more, so that a check is found waiting in the outbox."""
    body = json.dumps({"fault": "error_500", "match": "", "times": -1}).encode()
    asked = urllib.request.Request(town.told["registry_control"], body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=60).close()


def code(left: Left, phone: str) -> str:
    """The newest code sent to a phone; it is never asked for twice."""
    inbox = f"{left.town.told['sms_inbox']}?phone={phone.removeprefix('+')}"
    seen: list[dict[str, Any]] = []

    def arrived() -> bool:
        with urllib.request.urlopen(inbox, timeout=60) as answer:
            seen[:] = [one for one in json.load(answer) if one["code"]]
        return bool(seen) and f"sms code {seen[0]['at']}" not in left.given

    assert eventually(arrived, 15)
    left.given[f"sms code {seen[0]['at']}"] = seen[0]["code"]
    return str(seen[0]["code"])


def embedded(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of the SQLite files, then the files themselves."""
    for file in home.glob("*.db"):
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                yield f"{file.name} {table}", flat(row)
        connection.close()
    for file in home.glob("*.db*"):
        yield file.name, file.read_bytes()


def elsewhere(url: str, memory: servers.RedisServer) -> Iterator[tuple[str, bytes]]:
    """Every value of PostgreSQL, every key and value of Redis."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in connection.execute(sql.SQL("select * from {}").format(sql.Identifier(table))):
                yield f"table {table}", flat(row)
    with redis.Redis(port=memory.port, protocol=2) as raw:
        for key in raw.scan_iter(count=1000):
            yield "redis key", bytes(key)
            yield "redis value", bytes(raw.get(key) or b"")


def flat(row: Any) -> bytes:
    """All values of a row, as they are kept."""
    return b"\n".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)


def spellings(value: str) -> set[bytes]:
    """How a text may be written down: itself, escaped in JSON or in an address."""
    return {value.encode(), json.dumps(value)[1:-1].encode(), quote(value).encode()}


def hits(places: Iterator[tuple[str, bytes]], secrets: dict[str, str]) -> list[str]:
    """Where which of them was found."""
    sought = {name: spellings(value) for name, value in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in places
        for name, written in sought.items()
        if any(one in content for one in written)
    ]


def logs(town: Town) -> Iterator[tuple[str, bytes]]:
    """What every part has said, and the counts."""
    for folder in ("log", "spool", "metrics"):
        for file in (town.home / folder).rglob("*"):
            yield f"{folder}/{file.name}", file.read_bytes()


def known_to_everybody(left: Left) -> dict[str, str]:
    """Everything, but codes of six digits, which chance may repeat in any long number."""
    return {n: v for n, v in (left.personal | left.given).items() if not n.startswith("sms code")}


def test_the_run_left_something_to_search(left: Left) -> None:
    """A search through nothing would prove nothing."""
    said = b"".join(content for _, content in logs(left.town))

    assert b"page.answered" in said
    assert 50 < sum(1 for _ in left.stored())
    assert hits(left.stored(), {"login name": left.town.person("parent")["login"]})
    assert 25 < len(left.agent.visited)
    assert [] == [page.url for page in left.error_pages if page.status < 400 or not page.text]


def test_nothing_is_logged(left: Left) -> None:
    """Neither by the provider and its worker, nor by the portals or the simulator."""
    assert [] == hits(logs(left.town), known_to_everybody(left))


def test_nothing_is_stored_in_the_open(left: Left) -> None:
    """Tables, outbox, trail and state: keys, values, and what the files still hold of deleted rows."""
    secret = left.town.tool["client_secret"]
    found = hits(left.stored(), known_to_everybody(left))

    assert secret == left.given["client secret"]
    assert [] == found


def test_nothing_personal_travels_in_an_address(left: Left) -> None:
    """Histories, proxies and referrers keep addresses."""
    addresses = ((url.partition("?")[0], url.encode()) for url in left.agent.visited)

    assert [] == hits(addresses, left.personal)


def test_tokens_hold_no_number_phone_or_name(left: Left) -> None:
    """What a token carries, whoever holds it can read: personal data comes from userinfo alone."""
    opened = (("token", b"".join(map(decoded, token.split(".")[:2]))) for token in left.tokens)

    assert [] == hits(opened, left.personal)


def test_error_pages_repeat_nothing(left: Left) -> None:
    """A page that shows what stands in its address shows it to whoever looks over a shoulder.

    Links to the very same page, in another language, keep its query.
    """
    pages = ((page.url, ITSELF.sub("", page.text).encode()) for page in left.error_pages)

    assert [] == hits(pages, left.personal)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
