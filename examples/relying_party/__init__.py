"""What a portal needs to let people in through the provider; copy this folder into yours.

`provider` is the OpenID Connect client (Authlib), `routes` the addresses of a portal, `visits` its sessions,
kept in memory, `logout_tokens` the provider's word that somebody left, `signing_keys` its public keys.
`portal` puts them into a Flask application whose own pages are the portal's business.

Where people also come for organisations: `on_behalf` reads for whom, `mandates` asks what they may do now,
`security_events` hears that it is over, `capacities` has the addresses for both.

`plain` is for systems that speak another protocol: words, look and safe headers, and no OpenID Connect.
"""
