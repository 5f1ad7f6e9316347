"""Says at the end which Pythons were tried: it depends on the machine."""

import pytest

PYTHON = "python"
"""The property of a test report that names the version it is about."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == PYTHON
    ]
    if tried:
        terminalreporter.write_line(f"installed and ran on Python {', '.join(sorted(tried))}")
