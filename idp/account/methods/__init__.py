"""A person's ways of signing in 登录方式: seen in one list, added and taken away, a module a way.

Owns `/account/methods`. Whatever changes there must be proven anew, at the level it guards (`guard`).
"""
