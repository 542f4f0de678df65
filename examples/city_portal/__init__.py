"""市民门户: the city's front door, where people sign in once and walk on to the departments' services."""
