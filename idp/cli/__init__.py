"""The command `idp`, a module for each group of commands: a table for people, `--json` for programs.

Commands read settings and call the rules of the concepts; what they do, a page or a job could do as well.
"""
