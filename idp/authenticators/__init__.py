"""Ways of proving oneself, one module each, all with the same surface.

Owns the table of credentials and the throttle. What a proof is worth is `assurance`'s business.
"""
