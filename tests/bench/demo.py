"""How soon the demo pays its first driver, from its first word on: what a newcomer waits for."""

import argparse
import signal
import subprocess
import sys
from typing import Final

from tests.scenarios.first_paid import seconds_to_first_paid

COMMAND: Final = (sys.executable, "-m", "simulators", "demo")
AIM_S: Final = 60


def run(chosen: argparse.Namespace) -> None:
    """Start the endless demo, and stop it when somebody is paid."""
    del chosen
    with subprocess.Popen(
        COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stderr is not None
        seconds = seconds_to_first_paid(demo.stderr)
        demo.send_signal(signal.SIGINT)
        demo.communicate()
    print(f"demo: first driver paid after {seconds:.1f} s (required: {AIM_S} s)")
