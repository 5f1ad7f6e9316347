"""Who asks, and what they may do.

`roles` is the table of permissions, `guard` the dependencies that routes declare, `sessions` opens
and finds sessions, `passwords` hashes, `throttle` limits attempts, `people` adds users, `tables`
keeps them.
"""
