"""The gateway: lanes come in by MQTT, people by HTTP, tickets go out to settlement.

A lane's message: `ingest` fetches it, `records` finds whether it is genuine and what is its place,
`tickets` applies it, all in one transaction; then `ingest` answers the lane and `live` tells
screens. A closed ticket waits in `outbox` until settlement has answered. `api` and `console` read
and decide, `receipt` is the driver's page, `registry` the master data. `watch` looks for what
nobody reports, `notify` tells staff of alarms. `core` puts the side of the lanes together, `app`
the side of the web. The layers are a contract in pyproject.toml: imports go down only.
"""
