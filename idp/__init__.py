"""Yitong 一通: the identity provider.

Packages are concepts; imports point one way, from the browser's edge towards the rules
(`tests/test_architecture.py`). `wsgi.py` puts everything together on one page.
"""
