"""Waiting for what must come, on however busy a machine: until it is there, and not for so many seconds."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST = 90.0
"""Seconds after which something that must come is missing; whoever waits is let go when it is there."""


def eventually(probe: Callable[[], T], seconds: float = LONGEST) -> T:
    """What the probe answers once that is true; the last answer if it never is."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer
