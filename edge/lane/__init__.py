"""The lane's rules, pure: events in, effects out. No port, no clock, no chance, no log."""
