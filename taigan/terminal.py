"""How commands speak: standard output is data, standard error is talk, the exit code is the end."""

from pathlib import Path
from typing import NoReturn, TypeVar

import typer

from taigan.exit_codes import FAILED, WRONG_SETTINGS
from taigan.settings import SettingsFile, WrongSettings, load

Form = TypeVar("Form", bound=SettingsFile)


def say(text: str) -> None:
    """Talk to a person, beside the data."""
    typer.echo(text, err=True)


def fail(text: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong and end."""
    say(text)
    raise typer.Exit(code)


def read_settings(path: Path, form: type[Form], env_file: Path | None = None) -> Form:
    """Return the settings, or end with a line for each thing that is wrong with them."""
    try:
        return load(path, form, env_file)
    except WrongSettings as error:
        fail(str(error), WRONG_SETTINGS)
