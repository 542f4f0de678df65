"""
A person's own pages, and the two wizards that lead to them: registration and the forgotten password.

Owns `/register`, `/recover`, `/sign-in`, `/sign-out` and `/account`: plain forms, a module per concern.
Leaves signing in to a portal to `interaction`, and every decision to the concepts.
"""
