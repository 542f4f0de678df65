"""The server that answers requests: Granian, its processes replaced for as long as they end.

It has more threads than requests are answered at once: slow senders wait in the others (`idp/web/bodies.py`).
They are started when needed and end when idle.
"""

import time
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from idp.settings import Settings
from idp.web import bodies

BREATH = 0.5
"""Seconds between replacing a process and looking again, so that one that cannot start does not spin."""


class Server(Granian):  # type: ignore[misc, valid-type]  # which Granian it is depends on the platform
    """Granian gives up when a process ends twice within seconds; a provider goes on with those it has."""

    def _respawn_workers(self, *processes: Any, **options: Any) -> None:
        super()._respawn_workers(*processes, **options)
        time.sleep(BREATH)
        self.respawned_wrks.clear()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    Server(
        "wsgi:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.listen_host,
        port=settings.listen_port,
        workers=settings.workers,
        blocking_threads=settings.threads + bodies.MOST,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
        http=HTTPModes.http1,  # HTTP/2 has larger limits and nobody needs it behind a proxy
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=64 * 1024),
        log_access=False,
        websockets=False,
    ).serve()
