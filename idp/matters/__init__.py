"""The catalogue of service matters 事项: what can be done here, and what each thing asks of who does it.

Owns codes, groups, actions and levels, and what becomes of a matter that is split, merged or withdrawn.
Who may do a matter for whom lives in `mandates`.
"""
