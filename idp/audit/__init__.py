"""What happened: one event per act, written in the act's transaction, numbered and chained by the sealer.

Owns the events, their table, the request scope (who asked, from where), verification and export.
"""
