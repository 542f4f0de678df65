"""What is asked of the provider, row by row: the flow, what it needs beforehand, its floor and its target."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from bench.driver import Flow, Load, Seeding, Step
from bench.population import SERVICE, Population, device
from bench.visitor import VERIFIER, Client, Visitor

CONNECTIONS = 32
SIGNATURES_PER_SECOND = 100  # more than one browser alone can send
HASHES_PER_SECOND = 120  # more sign-in forms a second than any machine of this size can judge

Seeds = list[dict[str, str]]
Prepared = tuple[Flow, Seeds]


class Stage:
    """A provider where everybody has agreed once, and as many signed-in browsers as there are connections."""

    def __init__(self, url: str, population: Population) -> None:
        self.url = url
        self.population = population
        self.client = population.client
        self.visitors: list[Visitor] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for number, person in enumerate(self.population.persons):
            visitor = self._open.enter_context(Visitor(self.url, self.client))
            visitor.redeem(visitor.sign_in(person))
            if number < CONNECTIONS:
                self.visitors.append(visitor)
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def tokens(self) -> list[dict[str, str]]:
        """A fresh token response for every visitor."""
        return [visitor.redeem(visitor.come_again()) for visitor in self.visitors]


@dataclass(frozen=True)
class Row:
    """One line of the table. `target` is the least ratio to the floor's rate on PostgreSQL and Redis."""

    name: str
    floor: str
    target: float
    prepare: Callable[[Stage, Load], Prepared]
    seeding: Seeding = "connection"


def token_step(client: Client, form: Mapping[str, str], *captures: str) -> Step:
    return Step("token", "POST /oauth/token", {"Authorization": client.basic}, form, captures=captures)


def discovery(stage: Stage, load: Load) -> Prepared:
    return Flow((Step("discovery", "GET /.well-known/openid-configuration"),)), []


def jwks(stage: Stage, load: Load) -> Prepared:
    return Flow((Step("jwks", "GET /oauth/jwks"),)), []


def client_credentials(stage: Stage, load: Load) -> Prepared:
    return Flow(
        (token_step(stage.client, {"grant_type": "client_credentials"}, "got json access_token"),)
    ), []


def userinfo(stage: Stage, load: Load) -> Prepared:
    seeds = [{"access_token": token["access_token"]} for token in stage.tokens()]
    return Flow((userinfo_step(),)), seeds


def userinfo_step() -> Step:
    headers = {"Authorization": "Bearer {{access_token}}"}
    return Step("userinfo", "GET /oauth/userinfo", headers, captures=("sub json sub",))


def introspect(stage: Stage, load: Load) -> Prepared:
    seeds = [{"access_token": token["access_token"]} for token in stage.tokens()]
    headers = {"Authorization": stage.client.basic}
    form = {"token": "{{access_token}}"}
    return Flow(
        (Step("introspect", "POST /oauth/introspect", headers, form, captures=("sub json sub",)),)
    ), seeds


def refresh(stage: Stage, load: Load) -> Prepared:
    """Each connection turns its own refresh token round and round."""
    seeds = [{"refresh_token": token["refresh_token"]} for token in stage.tokens()]
    form = {"grant_type": "refresh_token", "refresh_token": "{{refresh_token|url}}"}
    return Flow((token_step(stage.client, form, "refresh_token json refresh_token"),)), seeds


def silent_flow(stage: Stage, load: Load) -> Prepared:
    """A person with a session enters another portal: authorize, token, userinfo."""
    seeds = [{"cookie": visitor.cookies} for visitor in stage.visitors]
    authorize = Step(
        "authorize",
        "GET " + stage.client.authorization(prompt="none") + "&state=s{{n}}&nonce=n{{n}}",
        expect="3xx",
        captures=("code query code",),
    )
    return Flow(
        (authorize, redemption(stage.client, "access_token json access_token"), userinfo_step())
    ), seeds


def cas_flow(stage: Stage, load: Load) -> Prepared:
    """A person with a session enters a system that speaks CAS: a ticket, and who came."""
    service = urlencode({"service": SERVICE})
    for visitor in stage.visitors:
        visitor.agree_at(f"/cas/login?{service}")
    seeds = [{"cookie": visitor.cookies} for visitor in stage.visitors]
    login = Step("login", f"GET /cas/login?{service}", expect="3xx", captures=("ticket query ticket",))
    asked = f"GET /cas/p3/serviceValidate?{service}&format=JSON&ticket={{{{ticket|url}}}}"
    return Flow((login, Step("validate", asked, captures=("user json user",)))), seeds


def redemption(client: Client, *captures: str) -> Step:
    form = {
        "grant_type": "authorization_code",
        "code": "{{code|url}}",
        "code_verifier": VERIFIER,
        **dict([urlencode({"redirect_uri": client.redirect_uri}).split("=", 1)]),
    }
    return token_step(client, form, *captures)


def password_post(stage: Stage, load: Load) -> Prepared:
    """Only the answer to the form; the forms were fetched before, one for every post."""
    people = stage.population.persons
    seeds: Seeds = []
    for number in range(int(HASHES_PER_SECOND * (load.seconds + load.warmup)) + CONNECTIONS):
        with Visitor(stage.url, stage.client) as visitor:
            form = visitor.sign_in_form()
            person = people[number % len(people)]
            filled = form.fields | {"login": person.login, "password": person.password}
            seeds.append({"action": form.action, "form": urlencode(filled), "cookie": visitor.cookies})
    post = Step("post", "POST {{action}}", form="{{form}}", expect="3xx")
    return Flow((post,), forgets=True), seeds


def passkey_post(stage: Stage, load: Load) -> Prepared:
    """Only the answer to a signature; each answers a challenge of its own, signed before."""
    count, seeds = len(stage.population.persons), []
    for number in range(int(SIGNATURES_PER_SECOND * (load.seconds + load.warmup))):
        with Visitor(stage.url, stage.client) as visitor:
            form, options = visitor.passkey_form()
            answer = device(number % count, stage.url).get(options)
            filled = urlencode(form.fields | {"credential": answer})
            seeds.append({"action": form.action, "form": filled, "cookie": visitor.cookies})
    return Flow((Step("post", "POST {{action}}", form="{{form}}", expect="3xx"),), forgets=True), seeds


def sign_in(stage: Stage, load: Load) -> Prepared:
    """A stranger's whole way: authorize, the form, the password, the redirects back, the tokens."""
    people = stage.population.persons
    seeds = [{"login": person.login, "password": person.password} for person in people]
    arrive = Step(
        "form",
        "GET " + stage.client.authorization() + "&state=s{{n}}&nonce=n{{n}}",
        follow=True,
        captures=("csrf hidden csrf_token", "action action sign-in"),
    )
    filled = {"csrf_token": "{{csrf|url}}", "login": "{{login|url}}", "password": "{{password|url}}"}
    prove = Step(
        "password", "POST {{action}}", form=filled, expect="3xx", follow=True, captures=("code query code",)
    )
    tokens = redemption(stage.client, "access_token json access_token")
    return Flow((arrive, prove, tokens), forgets=True), seeds


ROWS = (
    Row("discovery", "constant", 0.5, discovery),
    Row("jwks", "constant", 0.5, jwks),
    Row("client_credentials", "sign", 0.4, client_credentials),
    Row("userinfo", "redis", 0.5, userinfo),
    Row("introspect", "redis", 0.5, introspect),
    Row("refresh", "redis", 0.3, refresh),
    Row("silent flow", "redis", 0.1, silent_flow),
    Row("CAS sign-in", "redis", 0.1, cas_flow),
    Row("password post", "argon2id", 0.8, password_post, "once"),
    Row("whole sign-in", "argon2id", 0.65, sign_in, "flow"),
)
FLOORS = ("constant", "sign", "redis", "postgres", "argon2id")


def bare(route: str) -> Flow:
    """A flow that asks one of the floor's routes."""
    return Flow((Step(route, f"GET /{route}"),))
