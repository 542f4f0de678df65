"""Moving in and out: the accounts of older systems, who proves which of them, and what leaves in the end.

An imported account is a claim and no person: it holds no document, no phone and no login name, so nothing in
it can stand in anybody's way or let anybody in. It is joined to a person once that person has proven the
document it names, or its old password and then themselves. What a portal is told of joined accounts is
`idp.oauth.old_users`; commands are in `idp.cli.imports`.
"""
