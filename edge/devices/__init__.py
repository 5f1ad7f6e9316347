"""Pure device knowledge: bytes to facts and back. Knows no port, no clock, no lane."""
