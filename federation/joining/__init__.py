"""The pages on which somebody from an upstream becomes somebody here: proves an account, or begins one.

Owns `/interaction/<id>/upstream-link`, `…/upstream-new` and `…/upstream-organisation`; whom the upstream
means is `federation.arriving`'s.
"""
