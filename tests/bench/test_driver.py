"""The load driver plays flows as a browser and a client would, and tells the truth about latency."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.driver import Flow, Load, Step, constant_server, play

Answer = tuple[int, dict[str, str], str]
BRIEF = Load(seconds=0.3, warmup=0, connections=2)


class Portal(BaseHTTPRequestHandler):
    """A server whose pages the tests decide; it remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers: Callable[["Portal"], Answer]
    seen: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        self.form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.seen.append((f"{self.command} {self.path}", self.headers.get("Cookie", ""), self.form))
        status, headers, body = type(self).answers(self)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815 - http.server names its methods so

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[Portal], Answer]], tuple[str, list[tuple[str, str, str]]]]]:
    """Serve pages from a function; gives the address and what was asked so far."""
    servers: list[ThreadingHTTPServer] = []

    def start(answers: Callable[[Portal], Answer]) -> tuple[str, list[tuple[str, str, str]]]:
        portal = type("Answering", (Portal,), {"answers": staticmethod(answers), "seen": []})
        server = ThreadingHTTPServer(("127.0.0.1", 0), portal)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", portal.seen  # type: ignore[attr-defined]  # set above

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


Served = Callable[[Callable[[Portal], Answer]], tuple[str, list[tuple[str, str, str]]]]


def test_a_flow_carries_what_it_captured(served: Served) -> None:
    """A redirect's code, a form's hidden value and address, and a JSON member reach the next requests."""

    def pages(page: Portal) -> Answer:
        if page.path.startswith("/authorize"):
            return (
                200,
                {},
                '<form id="x" action="/no"><form method="post" id="sign-in" action="/in?a=1&amp;b=2">'
                + ('<input type="hidden" name="csrf_token" value="s+/="></form>'),
            )
        if page.path == "/in?a=1&b=2":
            return 303, {"Location": "http://portal.test/callback?state=1&code=c%2Fd&iss=x"}, ""
        return 200, {}, '{"id_token": "i", "access_token" : "t.o-k"}'

    url, seen = served(pages)
    form = Step("form", "GET /authorize", captures=("csrf hidden csrf_token", "action action sign-in"))
    post = Step(
        "post", "POST {{action}}", form={"csrf": "{{csrf|url}}"}, expect="3xx", captures=("code query code",)
    )
    token = Step("token", "POST /token", form={"code": "{{code|url}}"}, captures=("token json access_token",))
    last = Step("use", "GET /userinfo/{{token}}")

    measure = play(Flow((form, post, token, last)), url, BRIEF)

    assert ("POST /in?a=1&b=2", "", "csrf=s%2B%2F%3D") in seen
    assert ("POST /token", "", "code=c%2Fd") in seen
    assert ("GET /userinfo/t.o-k", "", "") in seen
    assert (0, []) == (measure.failed, list(measure.failures))
    assert measure.requests_per_second == pytest.approx(4 * measure.per_second, rel=0.3)


def test_cookies_follow_their_path_and_end_with_the_flow(served: Served) -> None:
    """A new flow comes as a stranger; a cookie returns only below its path, and a dropped one not at all."""

    def pages(page: Portal) -> Answer:
        if page.path == "/start":
            return 303, {"Location": "/room/1", "Set-Cookie": "room=r; Path=/room; HttpOnly"}, ""
        if page.path == "/room/1":
            return 303, {"Location": "/room/2", "Set-Cookie": "session=s; Path=/; SameSite=Lax"}, ""
        return 200, {"Set-Cookie": "room=; Path=/room; Max-Age=0"}, ""

    url, seen = served(pages)
    play(Flow((Step("in", "GET /start", follow=True), Step("out", "GET /done")), forgets=True), url, BRIEF)

    assert {
        ("GET /start", "", ""),
        ("GET /room/1", "room=r", ""),
        ("GET /room/2", "room=r; session=s", ""),
        ("GET /done", "session=s", ""),
    } == set(seen)


def test_a_rotating_token_stays_with_its_connection(served: Served) -> None:
    """What a flow captures under a seed's name is what the connection's next flow presents."""

    def pages(page: Portal) -> Answer:
        presented = parse_qs(page.form)["refresh_token"][0]
        return 200, {}, f'{{"refresh_token": "{presented}x"}}'

    url, seen = served(pages)
    refresh = Step(
        "refresh",
        "POST /token",
        form={"refresh_token": "{{refresh_token}}"},
        captures=("refresh_token json refresh_token",),
    )
    play(Flow((refresh,)), url, BRIEF, [{"refresh_token": "a"}, {"refresh_token": "b"}])

    presented = [form.removeprefix("refresh_token=") for _, _, form in seen]
    assert len(presented) == len(set(presented))
    assert {"a", "ax", "axx", "b", "bx", "bxx"} <= set(presented)


def test_seeds_can_be_spent_once(served: Served) -> None:
    """Prepared forms are each posted one time, and the rate counts until the last of them."""
    url, seen = served(lambda page: (200, {}, ""))
    seeds = [{"id": str(number), "cookie": f"i={number}"} for number in range(20)]
    load = Load(seconds=10, warmup=0, connections=4, seeding="once")

    measure = play(Flow((Step("post", "POST /{{id}}"),), forgets=True), url, load, seeds)

    assert sorted((f"POST /{n}", f"i={n}", "") for n in range(20)) == sorted(seen)
    assert 20 == measure.counted
    assert measure.per_second > 20


def test_a_wrong_answer_is_a_failure_with_its_text(served: Served) -> None:
    """An unexpected status ends the flow, is counted apart, and says what the server answered."""
    url, _ = served(lambda page: (400, {}, '{"error": "invalid_grant"}'))

    measure = play(Flow((Step("token", "GET /token"), Step("never", "GET /never"))), url, BRIEF)

    assert 0 == measure.counted
    assert measure.failed > 0
    assert "token: unexpected status: /token answered 400" in measure.failures[0]
    assert "invalid_grant" in measure.failures[0]


def test_chunked_answers_are_joined(served: Served) -> None:
    """A member that straddles two chunks is found whole."""

    def pages(page: Portal) -> Answer:
        chunks = '14\r\n{"access_token": "ab\r\n4\r\ncd"}\r\n0\r\n\r\n'
        return (200, {"Transfer-Encoding": "chunked"}, chunks) if page.path == "/token" else (200, {}, "")

    url, seen = served(pages)
    steps = (
        Step("token", "GET /token", captures=("token json access_token",)),
        Step("use", "GET /{{token}}"),
    )
    play(Flow(steps), url, BRIEF)

    assert ("GET /abcd", "", "") in seen


def test_open_loop_charges_a_stall_to_everybody_who_waited(served: Served) -> None:
    """
    Who takes 20 ms and is asked every 10 ms falls behind; latency counts from when a request was due.

    The last of fifty waits for half a second, whatever else the machine does; who asks in turn does not.
    """

    def slow(page: Portal) -> Answer:
        time.sleep(0.02)
        return 200, {}, ""

    url, _ = served(slow)
    load = Load(seconds=0.5, warmup=0, connections=1)
    patient = play(Flow((Step("get", "GET /"),)), url, load)
    scheduled = play(Flow((Step("get", "GET /"),)), url, Load(seconds=0.5, warmup=0, connections=1, rate=100))

    assert 50 == scheduled.counted
    assert scheduled.latency.max > 400
    assert patient.latency.p50 < scheduled.latency.p50


def test_the_open_loop_keeps_its_schedule() -> None:
    """A server that keeps up is asked exactly as often as was planned, on one thread or two."""
    with constant_server() as url:
        measures = [
            play(Flow((Step("get", "GET /"),)), url, Load(seconds=0.5, warmup=0, rate=400, threads=threads))
            for threads in (1, 2)
        ]

    assert [200, 200] == [measure.counted for measure in measures]
    assert [0, 0] == [measure.failed for measure in measures]


def test_percentiles_are_in_order() -> None:
    """Latency figures are of one distribution."""
    with constant_server() as url:
        latency = play(Flow((Step("get", "GET /"),)), url, BRIEF).latency

    assert 0 < latency.p50 <= latency.p95 <= latency.p99 <= latency.p999 <= latency.max * 1.01


def test_nobody_there_is_said_plainly() -> None:
    """A server that does not listen ends the run with its address."""
    with constant_server() as url:
        port = urlsplit(url).port
    with pytest.raises(RuntimeError, match=f"127.0.0.1:{port}: Connection refused"):
        play(Flow((Step("get", "GET /"),)), url, BRIEF)
