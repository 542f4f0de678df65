"""Calls addresses that clients registered (`idp.clients.callbacks`): each to exactly what was looked at."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlencode, urlsplit

from idp.calling.wire import Answer, Deadline, Dropped, Network, TimedOut, TooLong, Wire
from idp.clients.callbacks import NotReached, may_be_called

SECONDS = 3.0
"""For a whole call, the look at the name included."""
MOST_BYTES = 64 * 1024
FORM = "application/x-www-form-urlencoded"


class Forbidden(Exception):
    """A name leads to an address that is not one we call."""


class RegisteredCallbacks:
    """Calls public addresses, and `private` ones where the deployment allows them."""

    def __init__(
        self,
        *,
        private: bool = False,
        seconds: float = SECONDS,
        ca_file: str | None = None,
        network: Network | None = None,
    ) -> None:
        self._private = private
        self._seconds = seconds
        self._ca_file = ca_file
        self._network = network or Network()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Read when the first address is called: nobody waits for it to start."""
        return ssl.create_default_context(cafile=self._ca_file)

    def post(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form on a connection of its own, within the deadline; redirects are not followed."""
        return self.push(url, urlencode(form).encode(), FORM)

    def push(self, url: str, body: bytes, media_type: str) -> int:
        """Post a body of any kind in the same way."""
        return self.ask(url, body, media_type)[0]

    def ask(self, url: str, body: bytes, media_type: str) -> tuple[int, bytes]:
        """The same, with the body of the answer."""

        def post(wire: Wire, path: str, host: str, deadline: Deadline) -> Answer:
            return wire.post(path, body, {"Host": host, "Content-Type": media_type}, deadline)

        answer = self._call(url, post)
        return answer.status, answer.body

    def get(self, url: str) -> int:
        """Ask without a body in the same way."""
        return self._call(url, lambda wire, path, host, deadline: wire.get(path, deadline)).status

    def _call(self, url: str, ask: Callable[[Wire, str, str, Deadline], Answer]) -> Answer:
        deadline = Deadline.after(self._seconds)
        try:
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}"
            return ask(self._wire(origin), url[len(origin) :], parts.netloc, deadline)
        except Forbidden:
            raise NotReached("the address is not one we call") from None
        except (Dropped, TimedOut, TooLong, ValueError) as failure:
            raise NotReached(f"{type(failure).__name__}: {failure}") from failure

    def _wire(self, origin: str) -> Wire:
        return Wire(
            origin,
            connect_timeout=self._seconds,
            max_bytes=MOST_BYTES,
            keep_alive=False,
            network=replace(self._network, resolve=self._looked_at),
            tls=self._tls if origin.startswith("https:") else None,
        )

    def _looked_at(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name; one bad one among them is enough to call none."""
        found = self._network.resolve(host, port)
        if not all(may_be_called(address, self._private) for address in found):
            raise Forbidden
        return found
