"""Departments verify a person or organisation under a matter and a purpose, and reuse what was found of late.

What is kept of an answer is a keyed digest of the question, who answered, when: enough to give it again, not
to tell whom it was about. The routes are `idp.api.verifications`, signed statements `idp.oauth.statements`.
"""
