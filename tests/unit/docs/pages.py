"""The documentation's pages as data: their fenced blocks, generated parts, links and headings.

`python -m tests.unit.docs.pages PAGE FOLDER` writes the files that a page shows.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"(?:<!-- (?P<note>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL
)
_PART = re.compile(r"<!-- generated: (?P<name>[a-z-]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `note` is the comment right above it."""

    language: str
    text: str
    note: str


def pages() -> list[Path]:
    return sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def blocks(page: Path) -> list[Block]:
    return [
        Block(found["language"], found["text"], found["note"] or "")
        for found in _FENCE.finditer(page.read_text())
    ]


def file_blocks(page: Path) -> dict[str, str]:
    """Return the files that a page shows, by the name in the comment above them."""
    return {
        block.note.removeprefix("file: "): block.text
        for block in blocks(page)
        if block.note.startswith("file: ")
    }


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def generated(page: Path) -> dict[str, str]:
    """Return the parts of a page that a program wrote, by name."""
    return {found["name"]: found["text"] for found in _PART.finditer(page.read_text())}


def with_generated(page: str, texts: dict[str, str]) -> str:
    """Return a page with its generated parts written anew."""
    return _PART.sub(
        lambda found: f"<!-- generated: {found['name']} -->\n{texts[found['name']]}<!-- end -->",
        page,
    )


def links(page: Path) -> list[str]:
    """Return what a page links to, pictures and other sites apart."""
    found = [match["target"] for match in _LINK.finditer(prose(page))]
    return [target for target in found if "://" not in target]


def anchors(page: Path) -> set[str]:
    """Return the names that headings of a page have in links."""
    headings = [match["text"] for match in _HEADING.finditer(prose(page))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def main() -> None:
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in file_blocks(page).items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
