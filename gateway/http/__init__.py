"""HTTP plumbing, below everything that has a meaning.

`reached` says by which name and from where this server is reached, `headers` keeps its answers to
themselves. `context` is what a route may reach, `problems` the answers to errors, `paging` lists,
`revision` ETag and If-Match, `idempotency` repeated requests with their table in `tables`, `times`
milliseconds and RFC 3339.
"""
