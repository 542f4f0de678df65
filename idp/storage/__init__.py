"""Where things are kept: SQL for what lasts, a state store for what lives minutes.

Owns the declarative base, column types, the engine and its transactions, and the two state stores.
Tables belong to the concepts that own them.
"""
