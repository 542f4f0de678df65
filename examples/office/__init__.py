"""Systems of two departments for their own staff: whoever signs in at one enters the other without a page.

One set of pages serves both; each is a client of its own at the provider (`"realms": ["staff"]`).
"""
