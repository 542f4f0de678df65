"""Service windows 窗口: a person proven against the original document, by a device and an operator together.

Owns operators, returned documents and one-time slips. Leaves the queue in the hall to the hall.
"""
