"""Packs the verifier into one file to carry: `python -m settlement.verify.pack FILE`.

The file needs Python and `cryptography`. The same sources give the same bytes everywhere: sorted
names, one date, no compression, so that anyone can build it again and compare.
"""

import io
import sys
import zipapp
from pathlib import Path
from typing import Final
from zipfile import ZipFile, ZipInfo

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_START: Final = b"from settlement.verify.__main__ import main\n\nmain()\n"


def pack(target: Path) -> None:
    """Write the program to `target`, its folders too if they are missing."""
    archive = io.BytesIO()
    with ZipFile(archive, "w") as packed:
        for name, content in sorted(_contents().items()):
            entry = ZipInfo(name, _DATE)
            entry.create_system = _UNIX
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content)
    archive.seek(0)
    target.parent.mkdir(parents=True, exist_ok=True)
    zipapp.create_archive(archive, str(target), interpreter="/usr/bin/env python3")


def _contents() -> dict[str, bytes]:
    here = Path(__file__)
    modules = {path.name: path for path in here.parent.glob("*.py") if path.name != here.name}
    package = {f"settlement/verify/{name}": path.read_bytes() for name, path in modules.items()}
    return package | {"settlement/__init__.py": b"", "__main__.py": _START}


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
