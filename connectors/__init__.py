"""
Government and commercial systems behind our ports: the data-exchange platform, its registries, SMS.

Owns the wire formats, the signing, the deadlines and the translation of every fault into a typed outcome.
Leaves the meaning of an outcome to the concept that owns the port (`idp.persons.registry`,
`idp.notices.sms`). `catalogue` turns a name in the settings into an implementation;
`simulator` is the other side of every wire, as a real HTTP server.
Nobody imports this package but `wsgi` and the commands that start the simulator.
"""
