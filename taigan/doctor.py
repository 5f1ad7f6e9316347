"""How a doctor reports: one line for each finding, what to do about it, and a count at the end."""

import json
from collections.abc import Iterable

import typer

from taigan.exit_codes import FAILED
from taigan.finding import Finding
from taigan.terminal import say


def report(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Print findings as they come; return the exit code, which is not 0 if one failed."""
    failed = warned = 0
    for finding in findings:
        failed += finding.level == "fail"
        warned += finding.level == "warn"
        _show(finding, as_json=as_json)
    say(f"{failed} failed, {warned} warnings" if failed or warned else "all is well")
    return FAILED if failed else 0


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        form = {"check": finding.check, "level": finding.level, "detail": finding.detail}
        form |= {"fix": finding.fix} if finding.fix else {}
        typer.echo(json.dumps(form, ensure_ascii=False))
        return
    typer.echo(f"{finding.level:<4}  {finding.check}: {finding.detail}")
    if finding.fix:
        typer.echo(f"      fix: {finding.fix}")
