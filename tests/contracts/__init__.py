"""Suites that every implementation of a port must pass, the simulated and the real alike."""
