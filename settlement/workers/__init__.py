"""The threads that pay and deliver.

running    builds the loops from the services, starts and stops them
loops      one named thread that works when something is due and survives what it raises
listening  wakes the loops when another process made something due (PostgreSQL)
payouts    claim a payout, call its rail, record the answer
notices    deliver what is due on one channel

The rules are elsewhere: `payouts.service` claims and records, `notices.service` leases and retries.
The network is called between two short transactions, never inside one.
"""
