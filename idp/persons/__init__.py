"""Natural persons 自然人: who they are, how they are found, verified, frozen and closed.

Owns the tables persons, documents and their blind indexes. What was verified by whom lives in `evidence`;
how a person proves being themselves lives in `authenticators`.
"""
