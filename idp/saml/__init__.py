"""SAML 2.0: from a department system's request to a Demand, and from the person's answer to an assertion.

Owns `/saml/*` and the signatures of XML, which `federation` uses for upstreams too. Pages belong to
`interaction`; what a system may ask for belongs to `clients`, what it is told to `oauth.identity`.
"""
