"""What else is asked under `/oauth/` and at the discovery addresses; grants have their own package."""
