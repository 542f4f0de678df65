"""
The CAS protocol, versions 1, 2 and 3, for department systems with a CAS client that never learn OIDC.

Owns `/cas/login`, the validation endpoints, proxy tickets, the SAML 1.1 answer and single logout. Who comes,
as what, and what is due is `idp.interaction`'s; what is told of them is `idp.oauth.identity`'s; which
addresses belong to whom is `idp.clients.services`'.

    sso.py          /cas/login: from a service to a ticket
    tickets.py      what tickets stand for, and who may use one
    validation.py   from a ticket to who came
    proxying.py     proxy-granting and proxy tickets
    answers.py      the same answer as text, XML, JSON and SAML 1.1
    logout.py       telling services that a session is over
    machine.py      the routes, straight on WSGI; views.py: the pages
"""
