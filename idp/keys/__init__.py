"""Keys by purpose: wrapped by the master key in the table `keys`, opened once into memory.

Owns custody (the master-key file), the vault that seals fields and digests numbers, the ring of signing
keys and their rotation. Nothing here knows what is sealed or signed.
"""
