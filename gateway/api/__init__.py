"""The HTTP API. All routes below /api/v1 are in `v1`, one module per address.

`collector` reads the gauges that Prometheus asks for.
"""
