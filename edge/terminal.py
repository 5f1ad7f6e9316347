"""How commands speak: standard output is data, standard error is talk, the exit code is the end."""

import json
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import typer
from pydantic import ValidationError

from edge.config import ENV_DELIMITER, ENV_PREFIX, Settings, load
from edge.devices.readings import Reading, TagSeen

BAD_USAGE: Final = 2


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what is wrong, in one line, and end."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def say(text: str) -> None:
    """Talk to a person, beside the data."""
    typer.echo(text, err=True)


def put(form: object) -> None:
    """Write one JSON object to standard output."""
    typer.echo(json.dumps(form, ensure_ascii=False))


def read_settings(path: Path) -> Settings:
    """Read the settings, or end with a line for each thing that is wrong with them."""
    try:
        return load(path)
    except (OSError, tomllib.TOMLDecodeError) as error:
        fail(f"{path}: {error}", BAD_USAGE)
    except UnicodeDecodeError as error:
        fail(f"{path}: save it as UTF-8: {error}", BAD_USAGE)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            reason = "unknown key" if one["type"] == "extra_forbidden" else one["msg"]
            where = _where(path, [str(part) for part in one["loc"]])
            say(f"{where}: {reason.removeprefix('Value error, ')}")
        raise typer.Exit(BAD_USAGE) from error


def _where(path: Path, field: Sequence[str]) -> str:
    """Return where a key is written: in the file, or in the variable that won over it."""
    variable = f"{ENV_PREFIX}{ENV_DELIMITER.join(field)}".upper()
    is_set = variable in os.environ  # noqa: TID251  # its value came through the settings
    return variable if is_set else ": ".join(filter(None, (str(path), ".".join(field))))


def reading_json(found: Reading | TagSeen) -> dict[str, object]:
    """Return the public form of a reading; null is what the protocol does not say."""
    if isinstance(found, TagSeen):
        seen = {"tag": found.tag, "decimal": found.decimal, "rssi_dbm": found.rssi_dbm}
        return {name: value for name, value in seen.items() if value is not None}
    form: dict[str, object] = {
        "weight": None if found.weight is None else f"{found.weight:f}",
        "unit": found.unit,
        "stable": found.stable,
        "mode": found.mode,
        "overload": found.overload,
        "underload": found.underload,
    }
    if found.tare is not None:
        form["tare"] = f"{found.tare:f}"
    if found.state is not None:
        form["state"] = found.state
    return form
