"""Whether time tells a stranger who has an account: `python -m bench.strangers`.

Registration, recovery and sign-in of a running provider, with the simulated registry and inbox beside it,
are asked in turn about phones and numbers that have an account and about others that have none, in pairs of
random order. Every row must be no better than a coin at telling one from the other; what is shown to both is
the same (`tests/idp/account/test_neutrality.py`).
"""

import argparse
import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urljoin

import httpx2

from bench import difference, servers
from bench.difference import Difference
from bench.residents import Resident, residents
from bench.visitor import Forms, Lost
from connectors.catalogue import IDENTITY_CHECK
from connectors.simulator.credentials import registry_values, sms_values
from tests.servers import ServerMissing, free_port

PAIRS = 500
WRONG_NAME = "王不是"
WRONG_PASSWORD = "seventeen quiet herons"
Times = dict[str, float]


class Browser:
    """One browser of a stranger; times what it posts."""

    def __init__(self, provider: str, world: str) -> None:
        self._http = httpx2.Client(base_url=provider, trust_env=False, follow_redirects=True)
        self._world = world
        self._page: httpx2.Response | None = None

    def get(self, path: str) -> "Browser":
        self._page = self._http.get(path)
        return self

    def follow(self, way: str) -> "Browser":
        """Go on by another way from the page of signing in."""
        assert self._page is not None
        return self.get(urljoin(str(self._page.url), f".{way}"))

    def post(self, path: str, **values: str) -> float:
        """Fill the form that goes to this path; seconds until the first answer, redirects not counted."""
        assert self._page is not None
        here = str(self._page.url)
        forms = [form for form in Forms(self._page.text).found if path in form.action or form.id == path]
        if not forms:
            raise Lost(f"{here} answered {self._page.status_code} without a form for {path}")
        filled = forms[0].fields | values
        began = time.perf_counter()
        answer = self._http.post(urljoin(here, forms[0].action), data=filled, follow_redirects=False)
        passed = time.perf_counter() - began
        if answer.status_code not in (200, 303):
            raise Lost(f"{path} answered {answer.status_code}")
        moved = answer.headers.get("location")
        self._page = self._http.get(urljoin(str(answer.url), moved)) if moved else answer
        return passed

    def code(self, phone: str) -> str:
        """The last one sent to a phone."""
        inbox = httpx2.get(f"{self._world}/sms/inbox?phone={quote(phone)}", trust_env=False)
        return str(inbox.json()[0]["code"])

    def close(self) -> None:
        self._http.close()


def look(provider: str, world: str, one: Resident) -> Times:
    """Everything a stranger can try about somebody, each in a browser of its own."""
    times: Times = {}
    for walk in (register_with_phone, register_with_number, recover, recover_without_phone, sign_in, text):
        browser = Browser(provider, world)
        times |= walk(browser, one)
        browser.close()
    return times


def register_with_phone(browser: Browser, one: Resident) -> Times:
    sent = browser.get("/register").post("/register", phone=one.phone)
    guessed = browser.post("/register/code", code=another(browser.code(one.phone)))
    return {"register: a phone": sent, "register: a wrong code": guessed}


def register_with_number(browser: Browser, one: Resident) -> Times:
    """With a phone of the stranger's own; the authority knows either number and confirms neither name."""
    browser.get("/register").post("/register", phone=one.spare_phone)
    browser.post("/register/code", code=browser.code(one.spare_phone))
    agreed = {"agreement": "yes", "sensitive": "yes"}
    asked = browser.post("/register/identity", **identity(one), **agreed)
    return {"register: a number, wrong name": asked}


def recover(browser: Browser, one: Resident) -> Times:
    """Up to the document: whose phone has changed hands can come that far."""
    sent = browser.get("/recover").post("/recover", phone=one.phone)
    code = browser.code(one.phone)
    guessed = browser.post("/recover/code", code=another(code))
    browser.post("/recover/code", code=code)
    asked = browser.post("/recover/identity", **identity(one))
    return {"recover: a phone": sent, "recover: a wrong code": guessed, "recover: a wrong document": asked}


def recover_without_phone(browser: Browser, one: Resident) -> Times:
    """With everything right but the code."""
    said = {**identity(one, one.name), "login": one.number, "code": "a" * 12}
    asked = browser.get("/recover/without-phone").post("recover-without-phone", **said)
    return {"recover without the phone: a wrong code": asked}


def sign_in(browser: Browser, one: Resident) -> Times:
    return {
        f"sign in: wrong password, {what}": browser.get("/sign-in").post(
            "sign-in", login=login, password=WRONG_PASSWORD
        )
        for what, login in (("phone", one.phone), ("number", one.number))
    }


def text(browser: Browser, one: Resident) -> Times:
    """Signing in by a message to a phone that the stranger does not have."""
    browser.get("/sign-in").follow("/sms")
    sent = browser.post("/sms", phone=one.phone)
    guessed = browser.post("/sms", code=another(browser.code(one.phone)))
    return {"sign in: a code by text": sent, "sign in: a wrong code by text": guessed}


def identity(one: Resident, name: str = WRONG_NAME) -> dict[str, str]:
    return {"kind": "resident_id_18", "name": name, "number": one.number}


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def compared(provider: str, world: str, pairs: int) -> Mapping[str, Difference]:
    """Every row, after a few rounds that only warm up; `pairs` looks at each side."""
    taken: dict[bool, dict[str, list[float]]] = {True: defaultdict(list), False: defaultdict(list)}
    for place, (known, unknown) in enumerate(residents(pairs)):
        both = [(True, known), (False, unknown)]
        random.shuffle(both)
        for is_known, one in both:
            for row, seconds in look(provider, world, one).items():
                if place >= pairs // 20:
                    taken[is_known][row].append(seconds)
    return {row: difference.between(times, taken[False][row]) for row, times in taken[True].items()}


@contextmanager
def simulator(crowd: int) -> Iterator[str]:
    """Registry and inbox in a process of their own; gives their address."""
    port = free_port()
    command = [sys.executable, "-m", "connectors.simulator", "--port", str(port), "--people", str(crowd)]
    url = f"http://127.0.0.1:{port}"
    with servers.running(command, {}, f"{url}/control/calls"):
        yield url


def settings(world: str) -> dict[str, str]:
    """The provider's settings for this simulator; what counts by source is out of the way."""
    platform: Any = registry_values(world)
    copied = ("rid", "app_key", "prefix", "ministry", "province_system", "unit", "user", "password")
    exchange = {
        "url": platform["base_url"],
        "identity_check": platform["sids"][IDENTITY_CHECK],
        "operator": platform["operators"]["self-service"],
        **{name: platform[name] for name in copied},
    }
    sms: Any = sms_values(world)
    return {
        "IDP_REGISTRY": "public_security",
        "IDP_EXCHANGE": json.dumps(exchange),
        "IDP_SMS_GATEWAY": "inbox",
        "IDP_SMS_URL": sms["url"],
        "IDP_SMS_KEY": sms["key"],
        "IDP_LIMIT_SOURCE_CODES_PER_HOUR": "100000000",
        "IDP_LIMIT_SOURCE_WRONG_CODES_PER_DAY": "100000000",
    }


def main() -> int:
    """0 when no row tells anything, 1 when one does, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.strangers", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"looks at each side ({PAIRS})")
    parser.add_argument("--store", choices=servers.STORES, help="only this pair of stores")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whatever was started is stopped
    told = False
    try:
        with servers.stores() as stores, simulator(2 * asked.pairs) as world:
            for store in [asked.store] if asked.store else servers.STORES:
                with servers.provider(store, stores, settings(world)) as provider:
                    command = [sys.executable, "-m", "bench.residents", str(asked.pairs)]
                    subprocess.run(command, cwd=servers.ROOT, env=dict(provider.environment), check=True)
                    rows = compared(provider.url, world, asked.pairs)
                told = any([told, *(one.shows for one in rows.values())])
                print("\n".join(lines(servers.STORES[store], rows)), flush=True)
    except (ServerMissing, servers.DidNotStart, Lost) as missing:
        print(missing, file=sys.stderr)
        return 2
    return 1 if told else 0


def lines(store: str, rows: Mapping[str, Difference]) -> Iterator[str]:
    """The table of one pair of stores, medians in milliseconds."""
    heads = (store, "known", "unknown", "differ", "AUC", "±")
    yield f"{heads[0]:34}" + "".join(f"{head:>9}" for head in itertools.islice(heads, 1, None))
    for row, one in rows.items():
        figures = (one.known, one.unknown, one.known - one.unknown)
        medians = "".join(f"{seconds * 1000:9.2f}" for seconds in figures)
        verdict = "TELLS" if one.shows else ""
        yield f"{row:34}{medians}{one.auc:9.3f}{difference.SURE * one.error:9.3f}  {verdict}".rstrip()


if __name__ == "__main__":
    raise SystemExit(main())
