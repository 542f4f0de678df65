"""Cryptography without state and without I/O: digests, handles, passwords, JWTs, envelopes."""
