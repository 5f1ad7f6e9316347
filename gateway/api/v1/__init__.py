"""Routes, one module per address; they check, ask one layer below, and shape the answer.

`registry` makes the routes of all master data out of its table; `stops`, `current_lanes`,
`decisions`, `tickets`, `alarms` and `summary` read, `commands` decides and books, `assignments`
gives a weight to an order, `deciding` is what these two share; `audit` exports, `sessions` signs
in, `account` is what users change of their own, `live` streams, `callbacks` hears settlement,
`health` answers probes and Prometheus.
"""
