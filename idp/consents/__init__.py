"""Notices given and consents recorded: which text, for what purpose, when, through which channel; withdrawal.

The texts themselves are versioned in `texts`; what was agreed to is recorded by version and digest.
"""
