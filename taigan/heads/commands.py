"""The command `head` of every program that makes heads."""

from taigan.exit_codes import WRONG_SETTINGS
from taigan.heads.keeper import Keeper
from taigan.heads.note import verifier_key
from taigan.heads.settings import HeadSettings
from taigan.key_file import read_key
from taigan.terminal import fail


def head_or_key(keeper: Keeper, settings: HeadSettings | None, *, key: bool) -> str:
    """Return a new head, or the key that verifies heads; end with what is wrong in the settings."""
    if settings is None:
        fail("heads are not set up: the settings have no section [heads]", WRONG_SETTINGS)
    try:
        if key:
            return verifier_key(settings.origin, read_key(settings.key_file).public_key())
        return keeper.head(settings).note
    except FileNotFoundError:
        fail(f"heads.key_file: no key in {settings.key_file}: run init", WRONG_SETTINGS)
    except (OSError, ValueError, TypeError) as error:
        fail(f"heads.key_file: {error}", WRONG_SETTINGS)
