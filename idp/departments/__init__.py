"""Government units and regions 部门与区划: province, city, county, town, village.

Owns the tree that says who owns a client and whom an administrator may see.
"""
