"""What was verified, by which authority, when and until when 核验记录.

Owns the table of evidence and the identity level that valid records add up to.
"""
