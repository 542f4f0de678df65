"""Calling others over the network 对外调用: one exchange with a deadline, and when to stop asking.

Owns the transport alone; what is said over it, and what a fault means, are the adapters'
(`connectors`, `federation`), which know this package and not each other.
"""
