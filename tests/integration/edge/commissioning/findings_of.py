"""What the doctor says of one thing."""

from collections.abc import Iterator

from taigan.finding import Finding


def found(findings: Iterator[Finding], check: str) -> list[tuple[str, str]]:
    told = [one for one in findings if one.check == check]
    assert all(bool(one.fix) is (one.level != "ok") for one in told)
    return [(one.level, one.detail) for one in told]
