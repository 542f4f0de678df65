"""The city's register of real estate: a system that speaks SAML 2.0 and will never speak anything else.

`saml.py` is all of SAML a service provider needs: ask, believe an answer, sign out, hear of a sign-out.
"""
