"""What settlement itself knows: who may sign, who is paid where, what was agreed.

A register is no table. It is what its approved proposals say, read with their signatures each time.
"""
