"""
The other side of every wire: the data-exchange platform, its registries and an SMS inbox, as an HTTP server.

It checks what the real ones check (requester, service code, time, signature, secret's end, operator, purpose)
and holds a synthetic population, the same for the same seed. Faults are ordered over `POST /control`. The
sandbox and the tests use it; nothing here is meant to face anybody else, and its credentials are public.
"""
