"""Wheels of releases that do not exist yet, as an index will have them one day."""

import zipfile
from pathlib import Path

VERSION = "999.0"
EXTRA_OF = {"coverage": "toml", "psycopg": "binary", "pwdlib": "argon2"}
"""Packages that our locks take with an extra."""

_METADATA = f"""\
Metadata-Version: 2.1
Name: {{name}}
Version: {VERSION}
Provides-Extra: {{extra}}
"""
_WHEEL = """\
Wheel-Version: 1.0
Generator: tests
Root-Is-Purelib: true
Tag: py3-none-any
"""


def write_newer_releases(folder: Path) -> None:
    """Write an empty wheel of each package that has an extra, newer than any real one."""
    for name, extra in EXTRA_OF.items():
        info = f"{name}-{VERSION}.dist-info"
        with zipfile.ZipFile(folder / f"{name}-{VERSION}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{info}/METADATA", _METADATA.format(name=name, extra=extra))
            wheel.writestr(f"{info}/WHEEL", _WHEEL)
            wheel.writestr(f"{info}/RECORD", "")
