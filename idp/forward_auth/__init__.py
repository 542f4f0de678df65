"""
Sites that know no protocol at all: their proxy asks us for every request (auth_request, forwardAuth).

    visits.py      a request as the proxy describes it, and the cookies that belong to the protected host
    verdicts.py    200 with who it is, sign in first, or no: one liveness read, kept for three seconds
    entering.py    from a deep link to a cookie on the protected host: start, interaction, handover, callback
    telling.py     the signed header and the plain ones
    machine.py     the routes, straight on WSGI; views.py: what the interaction calls back

Who comes, as what, and what is due is `idp.interaction`'s; what is told of them is `idp.oauth.identity`'s;
which sites and paths are whose is `idp.clients.protected`'s.
"""
