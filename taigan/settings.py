"""Settings of a program: one TOML file, overlaid by TAIGAN_… variables, frozen once read.

A variable is the path of a key in capitals, its parts joined by two underscores, and wins over the
file: `TAIGAN_MQTT__PASSWORD` for `password` in `[mqtt]`. It comes from the environment, or from the
`.env` file beside the settings, which systemd reads for the program's unit: so a command that a
person types sees what the unit sees. Unknown keys are errors.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from taigan.env_file import BadEnvFile, beside, overlaid, read_env_file

ENV_PREFIX: Final = "TAIGAN_"
ENV_DELIMITER: Final = "__"


class Section(BaseModel):
    """A table of a settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SettingsFile(BaseSettings):
    """A whole settings file; a program's settings are a subclass."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


Form = TypeVar("Form", bound=SettingsFile)


class WrongSettings(Exception):
    """A settings file cannot be used; the text has a line for each thing that is wrong."""


def load(path: Path, form: type[Form], env_file: Path | None = None) -> Form:
    """Read `path`, overlaid by the environment; WrongSettings says what is wrong, and where.

    Without `env_file` it is the one beside `path`, if there is one that may be read.
    """
    variables, unread = _secrets(path, env_file)
    with overlaid(variables):
        try:
            text = path.read_text(encoding="utf-8-sig")  # Windows' editor begins a file with a mark
            return form(**tomllib.loads(text))
        except UnicodeDecodeError as error:
            raise WrongSettings(f"{path}: save it as UTF-8: {error}") from error
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise WrongSettings(f"{path}: {error}") from error
        except SettingsError as error:  # a whole section in a variable that is no JSON
            raise WrongSettings(f"{path}: {error}") from error
        except ValidationError as error:
            raise WrongSettings("\n".join([*_defects(path, error), *unread])) from error


def _secrets(path: Path, env_file: Path | None) -> tuple[dict[str, str], list[str]]:
    """Return the variables of the `.env` file, and a line if those beside `path` were not seen."""
    chosen = env_file or beside(path)
    try:
        return read_env_file(chosen), []
    except BadEnvFile as error:
        raise WrongSettings(str(error)) from error
    except FileNotFoundError as error:
        if env_file is None:
            return {}, []
        raise WrongSettings(str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        if env_file is None:  # the unit has its variables from systemd, which may read the file
            return {}, [f"{chosen}: cannot be read, so its variables are missing: {error}"]
        raise WrongSettings(f"{chosen}: {error}") from error


def _defects(path: Path, error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        reason = "unknown key" if one["type"] == "extra_forbidden" else one["msg"]
        where = _where(path, [str(part) for part in one["loc"]])
        yield f"{where}: {reason.removeprefix('Value error, ')}"


def _where(path: Path, field: list[str]) -> str:
    """Return where a key is written: in the file, or in the variable that won over it."""
    variable = f"{ENV_PREFIX}{ENV_DELIMITER.join(field)}".upper()
    is_set = variable in os.environ  # noqa: TID251  # its value came through the settings
    return variable if is_set else ": ".join(filter(None, (str(path), ".".join(field))))
