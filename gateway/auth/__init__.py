"""Who asks, and what they may do.

`roles` is the table of permissions, `guard` the dependencies that routes declare, `sessions` opens
and finds sessions, `people` adds users, `tables` keeps them. `login` checks passwords: `places`
tells known devices from strangers, `attempts` counts what they try with `throttle`, `door` turns
strangers away when too many come, `hashing` is the thread in which `passwords` are hashed,
`common_passwords` those that nobody may choose. `second_factor` asks for a `totp` code or a code of
recovery, `resets` makes links that set a password, `own_sessions` shows users theirs.
"""
