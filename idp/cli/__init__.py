"""The command `idp`, one module a group of commands; each prints a table for people and `--json` for programs.

Commands read settings and call the rules of the concepts; what they do, a page or a job could do as well.
"""
