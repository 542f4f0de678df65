"""What every simulated counterpart shares: a real server on a port, and mischief on its line.

What a counterpart says is `connectors.simulator`'s and `federation.simulator`'s own.
"""
