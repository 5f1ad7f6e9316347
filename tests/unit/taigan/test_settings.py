"""Settings files: what is wrong with one is said in a line, never in a traceback."""

from pathlib import Path

import pytest

from taigan.settings import Section, SettingsFile, WrongSettings, load


class _Http(Section):
    port: int = 80


class _Settings(SettingsFile):
    http: _Http = _Http()


def written(folder: Path, text: str) -> Path:
    path = folder / "x.toml"
    path.write_text(text)
    return path


def test_a_section_in_a_variable_that_is_no_json_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_HTTP", 'secret"')
    with pytest.raises(WrongSettings, match="http") as wrong:
        load(written(tmp_path, ""), _Settings)
    assert "secret" not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("[http]\nprot = 1", r"x\.toml: http\.prot: unknown key"), ("[http", r"x\.toml: ")],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(WrongSettings, match=said):
        load(written(tmp_path, text), _Settings)
