"""Authorization headers that have proven their client, so that one sent a thousand times is read once.

Every request still shows its secret, and the header as a whole is looked for under its digest. What it proved
is a client as of one configuration version: a new secret, a suspension or any other change makes another
client of it, and the header is judged anew. A header that proved nothing is not remembered.
"""

from hashlib import sha256

from idp.clients.authentication import PARAMETERS, Form
from idp.clients.directory import Clients
from idp.clients.metadata import Client

MOST_REMEMBERED = 4096
"""Headers; beyond that the memory starts anew."""


class Proven:
    """What this process remembers; `client` is asked first, `remember` told after a full judgement."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._known: dict[bytes, Client] = {}

    def client(self, authorization: str | None, form: Form, directory: Clients) -> Client | None:
        """The client this header proved before, as it is still; None where it must be judged."""
        if authorization is None or _says_more(form):
            return None
        client = self._known.get(_name(authorization))
        if client is None or directory.find(client.id) is not client:
            return None
        return client

    def remember(self, authorization: str | None, form: Form, client: Client) -> None:
        """Keep that this header alone proved this client, which was online."""
        if authorization is None or client.auth_method != "client_secret_basic" or _says_more(form):
            return
        if len(self._known) >= self._most:
            self._known = {}
        self._known[_name(authorization)] = client


def _says_more(form: Form) -> bool:
    """Whether the body has credentials too, or names a client: then both must be compared."""
    return not PARAMETERS.isdisjoint(form.values)


def _name(authorization: str) -> bytes:
    return sha256(authorization.encode("utf-8", "surrogatepass")).digest()
