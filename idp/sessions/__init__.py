"""Sign-in sessions: begun by an achievement, raised, expired, ended; and who took part in them.

Sessions are SQL rows in every configuration, so that they can be listed and ended by person or client.
"""
