"""Who is asking, and from where, for the length of a request; every event takes it along."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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


class within:  # noqa: N801  # read as the verb it is
    """Work in this scope until the block ends; no generator, because every request does."""

    __slots__ = ("_scope", "_token")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        self._token = _scope.set(self._scope)

    def __exit__(self, *failure: object) -> None:
        _scope.reset(self._token)
