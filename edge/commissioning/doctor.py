"""`taigan-edge doctor`: everything a lane needs, looked at once; one line each, and what to do.

Moves nothing, writes nothing to the journal, and leaves alone what a running box holds.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer

from edge.commissioning.check_box import check_box
from edge.commissioning.check_network import check_network
from edge.commissioning.check_ports import check_ports
from edge.commissioning.check_settings import check_settings
from edge.commissioning.finding import Finding, bad
from edge.config import Settings
from edge.terminal import put
from taigan.terminal import read_settings, say

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
    failed = warned = 0
    for finding in _findings(settings):
        failed += finding.level == "fail"
        warned += finding.level == "warn"
        _show(finding, as_json=as_json)
    say(f"{failed} failed, {warned} warnings" if failed or warned else "all is well")
    return 1 if failed else 0


def _findings(settings: Settings) -> Iterator[Finding]:
    for part, check in CHECKS:
        try:
            yield from check(settings)
        except OSError as error:  # such as a folder that only the lane's user may enter
            yield bad(part, str(error), "run the doctor as the user that runs the lane")


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        form = {"check": finding.check, "level": finding.level, "detail": finding.detail}
        put({**form, "fix": finding.fix} if finding.fix else form)
        return
    typer.echo(f"{finding.level:<4}  {finding.check}: {finding.detail}")
    if finding.fix:
        typer.echo(f"      fix: {finding.fix}")
