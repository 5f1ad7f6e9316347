"""The lowest role that may open each page of the console, as the requirement says it."""

from typing import Final

LOWEST_OF_PAGES: Final = {
    "/": "viewer",
}
