"""`python -m tour`: play the demonstration and keep its pictures under `var/tour`."""

import os
import tempfile
import time
from pathlib import Path

from tests.browser import chromium
from tests.journeys import sandbox
from tour import story
from tour.album import Album
from tour.stage import Stage

FOLDER = Path(__file__).parents[1] / "var" / "tour"
USUAL_BASE = 8000
"""The ports of `make run`, where nothing else has them."""
UNHURRIED_MS = 300
"""Between two acts, where somebody watches."""


def main() -> None:
    """Start a sandbox of the tour's own, play, and say where the album is."""
    began = time.monotonic()
    watched = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    album = Album(FOLDER)
    with (
        tempfile.TemporaryDirectory(prefix="yitong-tour-") as home,
        sandbox.running(Path(home), USUAL_BASE) as town,
        chromium(headed=watched, slow_ms=UNHURRIED_MS if watched else 0) as browser,
    ):
        story.play(Stage(browser, town, album))
    index = album.bind()
    print(f"{len(album.pictures)} pictures in {time.monotonic() - began:.0f} s: {index.as_uri()}")


if __name__ == "__main__":
    main()
