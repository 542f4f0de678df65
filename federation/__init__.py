"""Other identity providers, upstream and peers, and what of theirs we believe.

Its rooms arrive with the provincial identity provider. It is imported by nobody but `wsgi.py`.
"""
