"""Relying applications 接入应用: what they are approved for and how they prove themselves.

Owns the table of clients, their metadata (RFC 7591), redirect rules and authentication.
What they are told about a person is decided in `oauth.claims`.
"""
