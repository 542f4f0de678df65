"""OAuth 2.0 and OpenID Connect: from a client's request to a Demand, and from the person's answer to tokens.

Owns `/oauth/*` and the two discovery documents. Pages belong to `interaction`; what a client may ask for
belongs to `clients`.
"""
