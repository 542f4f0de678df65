"""Waiting for what must come, on however busy a machine: until it is there, and not for so many seconds."""

import time
from collections.abc import Callable

LONGEST = 90.0
"""Seconds after which something that must come is missing; whoever waits is let go when it is there."""


def eventually(probe: Callable[[], bool], seconds: float = LONGEST) -> None:
    """Until the probe says yes."""
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
