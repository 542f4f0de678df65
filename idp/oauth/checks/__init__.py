"""What must hold of a request to `/oauth/authorize`, one rule a function; `authorization.CHECKS` orders them.

Each takes the request, raises `Displayed` or `Redirected`, and fills in what it has made sure of.
"""
