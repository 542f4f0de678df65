"""
`idp sandbox`: a whole town on one machine, so that a newcomer can walk through it.

Prepares the home folder, brings people and clients into being by the product's own rules, starts every part
as a process of its own, says what is where, and stops them together. Leaves the registries to the simulators
and the portals to `examples`.
"""
