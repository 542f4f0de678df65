"""The pages on which somebody from an upstream becomes somebody here: proves an account, or begins one.

Owns `/interaction/<id>/upstream-link` and `/interaction/<id>/upstream-new`; whom the upstream means is
`federation.arriving`'s.
"""
