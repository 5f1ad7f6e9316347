"""Where the simulated world gets its chance from: always a seed, never the system."""

from random import Random


def seeded(seed: int | str) -> Random:
    """Return a generator that draws the same again for the same seed; nothing here is a secret."""
    return Random(seed)  # noqa: S311  repeatable on purpose
