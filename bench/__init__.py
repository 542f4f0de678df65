"""What is measured and how: `python -m bench` prints every figure beside its floor.

A floor is a bare WSGI route on the same server doing only what cannot be avoided, measured in the same run;
the ratio to it holds on a noisy machine where a rate does not. `driver.c` makes the load.
"""
