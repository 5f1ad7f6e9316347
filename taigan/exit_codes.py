"""How commands end. A supervisor reads these: deploy/systemd does not restart after 78.

The numbers above 63 are those of BSD's sysexits.h; 2 is what Typer ends with on wrong usage.
"""

from typing import Final

FAILED: Final = 1
"""Something failed, or was refused; the same command may succeed later."""
WRONG_USAGE: Final = 2
UNREACHABLE: Final = 69
"""A service that the command cannot do without does not answer."""
WRONG_SETTINGS: Final = 78
"""The settings must be changed first; starting again does not help."""
