"""The file of secrets beside the settings: what a unit sees, a command sees."""

import os
from pathlib import Path

import pytest

from taigan.env_file import BadEnvFile, read_env_file
from taigan.settings import Section, SettingsFile, WrongSettings, load


class _Api(Section):
    token: str
    port: int = 80


class _Settings(SettingsFile):
    api: _Api


def written(folder: Path, secrets: str) -> Path:
    path = folder / "x.toml"
    path.write_text("[api]\nport = 81\n")
    (folder / "x.env").write_text(secrets)
    return path


def test_a_command_sees_the_secrets_beside_its_settings(tmp_path: Path) -> None:
    found = load(written(tmp_path, "# ours\n\nTAIGAN_API__TOKEN=a+b/c=\n"), _Settings)
    assert (found.api.token, found.api.port) == ("a+b/c=", 81)
    assert os.getenv("TAIGAN_API__TOKEN") is None


def test_another_file_of_secrets_may_be_named_and_must_be_there(tmp_path: Path) -> None:
    path = written(tmp_path, "TAIGAN_API__TOKEN=beside\n")
    other = tmp_path / "other.env"
    with pytest.raises(WrongSettings, match=r"other\.env"):
        load(path, _Settings, other)
    other.write_text("TAIGAN_API__TOKEN='the other one'\n")
    assert load(path, _Settings, other).api.token == "the other one"


def test_the_environment_wins_over_the_file_of_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_API__TOKEN", "from the unit")
    assert load(written(tmp_path, "TAIGAN_API__TOKEN=old\n"), _Settings).api.token == (
        "from the unit"
    )
    assert os.getenv("TAIGAN_API__TOKEN") == "from the unit"


def test_secrets_that_cannot_be_read_are_named_when_they_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "")
    (tmp_path / "x.env").unlink()
    (tmp_path / "x.env").mkdir()  # no permission stops root, a folder does
    with pytest.raises(WrongSettings, match=r"token: Field required\n.*x\.env: cannot be read"):
        load(path, _Settings)
    monkeypatch.setenv("TAIGAN_API__TOKEN", "from the unit")
    assert load(path, _Settings).api.token == "from the unit"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=", ""),
        ("A='b c'", "b c"),
        ('A="b c"', "b c"),
        ("  A=b#c  ", "b#c"),
        ('A=""', ""),
    ],
)
def test_what_systemd_and_a_shell_read_alike_is_read(tmp_path: Path, line: str, value: str) -> None:
    path = tmp_path / "x.env"
    path.write_text(f"; a remark\n{line}\n")
    assert read_env_file(path) == {"A": value}


@pytest.mark.parametrize(
    "line", ["A=secret word", "A=se$cret", "A=se\\cret", 'A="se"cret', "export A=secret", "secret"]
)
def test_a_line_that_is_read_in_two_ways_is_refused_by_its_number(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "x.env"
    path.write_text(f"B=1\n{line}\n")
    with pytest.raises(BadEnvFile, match="line 2") as error:
        read_env_file(path)
    assert "cret" not in str(error.value)
