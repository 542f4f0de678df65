"""A pension bureau's system as it has been for years: it speaks CAS, and was told a new address to ask.

cas_client.py   everything it knows of the protocol
app.py          its pages
"""
