"""A land registry's lookup that knows no protocol at all: its proxy asks the provider and tells it who comes.

site.py    the system itself: it reads headers
proxy.py   what nginx does with auth_request, so that nothing need be installed to try it
"""
