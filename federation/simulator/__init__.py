"""The province's identity provider as a real HTTP server: its people, its login page, faults and lies.

`app` puts together one blueprint a dialect; `province` is what they share. It never knows who asks it, and
imports nothing of the product but generators and what every simulator shares.
"""
