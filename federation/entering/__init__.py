"""Who has come from an upstream: in, on to a page of `federation.joining`, or told why not.

Owns `/interaction/<id>/upstream`; whom the upstream means is `federation.arriving`'s.
"""
