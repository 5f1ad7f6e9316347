"""Between the broker and the database.

`source` says what any broker must do, `mqtt` does it; `waiting` is the queue between its thread and
the worker's. `worker` is the loop: fetch, commit, acknowledge, answer; `given_receipts` answers a
repeat without a transaction, `rejections` keeps a flood from becoming one transaction each.
`replies` seals what goes to lanes, `offline` sends the orders for offline work, `screens` passes
live states on unstored. `agreement` asks lanes for what a restored backup has lost; `rebooking`
books what waited for a lane, without a record.
"""
