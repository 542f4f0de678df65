"""
我的企业: what a person sees and does for the organisations they may act for.

Owns `/account/organisations`, `/account/invitations`, and `/verify/mandate` for who is shown a letter.
An organisation is shown to whoever acts for it and to nobody else. Every decision is `mandates`'.
"""
