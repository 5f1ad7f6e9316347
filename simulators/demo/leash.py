"""`python -m simulators.demo.leash MODULE ARGUMENTS`: a program that ends when its parent dies.

A demo that is killed cannot end its programs. On Linux the kernel does it: the wish to be told of
the parent's death survives exec, so that the program takes over this very process.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606  no shell wanted


if __name__ == "__main__":
    main()
