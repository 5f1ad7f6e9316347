"""What the lane puts on record, and how it gets to the gateway.

`file` opens the journal's file and returns a `journal`, which signs, numbers, chains and stores
records. `sender` sends what is stored and files the receipts; it asks `outbox` (pure) which record
is due. Only `edge.box` calls them, all on the runner's thread.
"""
