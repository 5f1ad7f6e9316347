"""What pages load: under an address that names its content, so that it is kept and never stale.

One name for all files together: scripts import each other by `./name.js`, and so are always of the
same version. A page of another version finds nothing here, rather than half of another program.
"""

import hashlib
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"

_FOR_GOOD: Final = "public, max-age=31536000, immutable"


def version_of(folder: Path) -> str:
    """Return a name that only these contents under these names have."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


VERSION: Final = version_of(STATIC)
PREFIX: Final = f"/static/{VERSION}"
"""What templates put before a file's name."""


class VersionedFiles(StaticFiles):
    """Serves `<VERSION>/<name>` as it was at the start, and nothing of any other version.

    From memory: an upgrade replaces the files below a program that still runs.
    """

    def __init__(self) -> None:
        super().__init__(directory=STATIC)
        self._files = {path.name: path.read_bytes() for path in STATIC.iterdir()}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept for good."""
        version, _, name = path.partition("/")
        if version != VERSION or name not in self._files:
            return PlainTextResponse("of another version", 404, {"Cache-Control": "no-store"})
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        kind, _ = guess_type(name)
        return Response(self._files[name], 200, {"Cache-Control": _FOR_GOOD}, kind)
