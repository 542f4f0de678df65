"""住房公积金: a department's site that asks level 3, and its API, which believes the provider's tokens.

`app` is the site, `api` the interface, `access_tokens` what it takes to be believed there, `accounts` the
invented fund.
"""
