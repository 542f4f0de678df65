"""Relying portals as their departments would write them: they know the provider by its public interfaces."""
