"""How the documentation installs a program."""

from typing import Final

FOLDER: Final = "/opt/taigan"
PIP: Final = f"{FOLDER}/bin/pip"


def installation(program: str) -> list[str]:
    """Return the lines of a program's block, as README and operations write them."""
    return [
        f"python3 -m venv {FOLDER}",
        f"{PIP} install --no-deps --require-hashes -r requirements/{program}.lock",
        f"{PIP} install --no-deps --no-build-isolation .",
    ]
