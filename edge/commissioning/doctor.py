"""`taigan-edge doctor`: everything a lane needs, looked at once; one line each, and what to do.

Moves nothing, writes nothing to the journal, and leaves alone what a running box holds.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.commissioning.check_beside import check_beside
from edge.commissioning.check_box import check_box
from edge.commissioning.check_network import check_network
from edge.commissioning.check_ports import check_ports
from edge.commissioning.check_settings import check_settings
from edge.config import Settings
from taigan.doctor import report
from taigan.finding import Finding, bad
from taigan.terminal import read_settings

CHECKS: Final = (
    ("settings", check_settings),
    ("box", check_box),
    ("ports", check_ports),
    ("network", check_network),
)


def examine_lane(config: Path, *, as_json: bool) -> int:
    """Print a line for each check; return 1 if one fails."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # its errors are findings
    settings = read_settings(config, Settings)
    return report(_findings(config, settings), as_json=as_json)


def _findings(config: Path, settings: Settings) -> Iterator[Finding]:
    for part, check in CHECKS:
        try:
            yield from check(settings)
        except OSError as error:  # such as a folder that only the lane's user may enter
            yield bad(part, str(error), "run the doctor as the user that runs the lane")
    yield from check_beside(config, settings)
