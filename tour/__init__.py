"""
The product's demonstration, played in a real browser: `make tour`.

A sandbox starts, a citizen walks through it, and every stop becomes a numbered picture with a sentence. Owns
the story and its album; leaves how pages are used to `tests.journeys`, which proves what is shown here.
"""
