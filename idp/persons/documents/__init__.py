"""The number formats of natural persons' documents, a family of formats to a module.

Owns what a number must look like and what can be read out of it. `idp.persons.identifiers` is the way in;
whether a number was ever issued, and to whom, only a registry knows.
"""
