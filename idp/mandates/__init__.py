"""Mandates 授权: who may act for whom, in which matters, until when.

Owns the mandate, its states, what it allows (`rules.may`), and how it is given, narrowed, handed over and
ended. An organisation never acts by itself: a person does, under a mandate. Which portal is told of the end
is the business of `sessions` and the protocols; pages are `idp.account`'s and the console's.
"""
