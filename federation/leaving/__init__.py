"""Signing out across upstreams: ours ends theirs by the browser, theirs ends ours by a logout token.

Owns `/federation/<name>/left` and `/federation/<name>/logout`, and what is remembered of a session there.
"""
