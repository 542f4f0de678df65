"""The pages on which people prove themselves, a module a way 登录方式的页面.

Owns everything under `/interaction/<id>/` that ends in a session or in a stronger one: `sign-in` (password),
`second-factor` and the ways themselves. Each asks `proof` whose interaction it is, lets the module of the
same name in `idp.authenticators` judge, and hands the outcome back to `proof`, which returns to the one door.
"""
