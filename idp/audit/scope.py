"""Who is asking, and from where, for the length of a request; every event takes it along."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Facts of a request or command that its events carry."""

    request_id: str
    source: str = ""
    """Network address of the browser or client."""
    actor: str = "self"
    """`self`, `worker`, `operator:` and a login on the machine, `admin:` and an administrator's person id."""


ADMINISTRATOR = "admin:"
NOWHERE = Scope(request_id="", actor="system")
_scope: ContextVar[Scope] = ContextVar("audit_scope", default=NOWHERE)


def current() -> Scope:
    """The scope this thread works in."""
    return _scope.get()


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Work in this scope until the block ends."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
