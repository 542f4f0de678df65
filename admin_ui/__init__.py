"""The console of administrators, operators and auditors at `/admin`: a Flask app of its own.

It has its own LoginManager over the sessions of the staff realm, asks every page for a permission
(`access.needs`) and calls the rules of `idp`. Owns the administrators and their roles; people, organisations
and clients stay their concepts'. Imported by `wsgi` and, for its rules, by the `idp admins` command.
"""
