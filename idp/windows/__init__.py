"""Service windows 窗口: a person proven against the original document, by a device and an operator together.

Owns operators, waiting visits, returned documents and one-time slips. The queue in the hall is the hall's.
"""
