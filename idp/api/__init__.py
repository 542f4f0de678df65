"""Interfaces for programs under `/api/v1`: JSON in, JSON or problem+json (RFC 9457) out."""
