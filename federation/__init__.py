"""Other identity providers, upstream 上级身份认证 and peers, and what of theirs we believe.

Owns the upstreams of an instance (`catalogue`, `oidc`, `line`), what is believed of them (`trust`), whom they
mean (`matching`), what is remembered of it (`models`, `linking`, `evidence`) and the pages on the way
(`views`, `entering`, `joining`, `leaving`). Leaves sessions to `idp.sessions`, uniqueness to `idp.persons`.
"""
