"""The console of administrators, operators and auditors: a Flask app of its own, on its own LoginManager.

Its rooms arrive with the first pages for operators. It calls the rules of `idp` and is imported by nobody.
"""
