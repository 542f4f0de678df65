"""From "an application asked" to "the person answered".

Every relying protocol turns its request into a `Demand`, stores an `Interaction` and is called back when
`next_step` says DONE. Steps never call one another: each ends at the one door, `/interaction/<id>`.
Owns `/interaction/*`; knows no protocol.
"""
