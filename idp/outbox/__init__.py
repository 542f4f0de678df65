"""Messages written in the same transaction as the change that causes them, delivered by `idp worker`.

Payloads are sealed and erased once delivered. What a topic means is decided in `wsgi.py`.
"""
