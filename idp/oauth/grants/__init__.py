"""The grant types, one module each: which checks, and what is given.

The client is authenticated and entitled to the grant before any of them begins (`oauth.server`).
"""
