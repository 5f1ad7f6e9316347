"""The threads that pay and deliver.

running    builds the loops from the services, starts and stops them
work       one round of a loop: what is due, or nothing until something is
listening  wakes the loops when another process made something due (PostgreSQL)
payouts    claim a payout, call its rail, record the answer
notices    deliver what is due on one channel

The rules are elsewhere: `payouts.service` claims and records, `notices.service` leases and retries.
The network is called between two short transactions, never inside one.
"""
