"""Between the broker and the database.

`source` says what any broker must do, `mqtt` does it. `worker` is the loop: fetch, commit,
acknowledge, answer; `rejections` keeps a flood from becoming one transaction each. `replies` seals
what goes to lanes, `offline` sends the orders for offline work, `screens` passes live states on
unstored. `rebooking` is the other loop: what waited for a lane is booked without a record.
"""
