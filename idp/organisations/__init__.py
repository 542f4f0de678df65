"""Organisations 法人和其他组织: their numbers, who registered them, and whether a registry knows them.

Owns credit codes, organisation codes and old licence numbers. Who may act for an organisation lives in
`mandates`; the people behind it are natural persons of `persons`.
"""
