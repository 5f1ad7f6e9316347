"""The settings file: the shipped example, the environment above it, and what is refused."""

import re
import tomllib
from pathlib import Path

import pytest

from edge.config import Settings
from taigan.settings import WrongSettings, load

EXAMPLE = Path(__file__).parents[3] / "deploy" / "lane.example.toml"


def written(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "lane.toml"
    path.write_text(text)
    return path


def test_the_shipped_example_is_valid() -> None:
    settings = load(EXAMPLE, Settings)
    assert (settings.yard, settings.lane, settings.scale.e_kg) == ("mine", "mine-in", 20)
    assert settings.signing.gateway_key.public_bytes_raw() != b""


def test_a_file_of_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lane.toml"
    path.write_text(EXAMPLE.read_text(), encoding="utf-8-sig", newline="\r\n")
    assert load(path, Settings) == load(EXAMPLE, Settings)


def uncommented(text: str) -> str:
    return re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)


def keys(value: object, path: str = "") -> set[str]:
    """Return the path of every key; the tables of a list count as one."""
    if isinstance(value, list | tuple):
        return {key for one in value for key in keys(one, path)}
    if not isinstance(value, dict) or path.endswith("options"):
        return {path}
    return {key for name, one in value.items() for key in keys(one, f"{path}.{name}")}


def test_the_shipped_example_names_every_setting(tmp_path: Path) -> None:
    path = tmp_path / "lane.toml"
    path.write_text(uncommented(EXAMPLE.read_text()).replace("change-me", "our-own"))
    known = keys(load(path, Settings).model_dump())
    missing = known - keys(tomllib.loads(path.read_text()))
    assert missing == {".mqtt.password"}  # which is for the environment


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAIGAN_MQTT__PASSWORD", "secret")
    monkeypatch.setenv("TAIGAN_SCALE__SOURCE", "/dev/pts/9")
    settings = load(EXAMPLE, Settings)
    assert settings.mqtt.password is not None
    assert settings.mqtt.password.get_secret_value() == "secret"
    assert (settings.scale.source, settings.scale.e_kg) == ("/dev/pts/9", 20)
    assert "secret" not in repr(settings)


def test_a_lane_without_limit_switches_says_none(tmp_path: Path) -> None:
    path = written(tmp_path, ("entry_open_limit = 2 ", 'entry_open_limit = "none" '))
    assert load(path, Settings).plc.inputs.entry_open_limit is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("e_kg = 20", "e_kg = 0", "e_kg"),
        ("e_kg = 20", "e_kilo = 20", "e_kilo"),
        ('yard = "mine"', 'yard = "Mine"', "yard"),
        ("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "c2hvcnQ=", "gateway_public_key"),
        ("# pulse_ms = 500", "pulse_ms = 550", "pulse_ms"),
        ("# stable_ms_min = 600", "stable_ms_min = 100", "stable_ms_min"),
        ("entry_beam = 0", "entry_beam = 1", r"plc.inputs: .*channel of its own"),
        ("entry_open = 0", "entry_open = 2", r"plc.outputs: .*channel of its own"),
        ("# empty_kg_max = 200", "empty_kg_max = 500", "empty_kg_max"),
        ('username = "mine/mine-in"', 'password = "x"', r"mqtt: .*password without username"),
        ('# name = "card"', 'name = "scale"', "readers"),
        ('# name = "card"', 'name = "speaker"', "readers"),
        ("entry_open = 0", "entry_open = 0\nentry_red = 5", r"plc.outputs: .*channel of its own"),
        ("# inverted = []", 'inverted = ["entry_open"]', "plc.inverted"),
        ("# inverted = []", 'inverted = ["entry_beam"]', "plc.inverted"),
        ("# inverted = []", 'inverted = ["entry_red"]', "inverted: entry_red is not wired"),
        ("# input_function = 2", "input_function = 3", "input_function"),
        ("# input_function = 2", "input_function = 1", r"\[0, 1, 2, 3\] are outputs"),
        ('host = "192.0.2.1"', 'host = ""', "mqtt.host"),
        ('host = "192.0.2.1"', 'host = "192.0.2.1 "', "mqtt.host"),
        ('host = "192.0.2.1"', 'host = "a..b"', r"mqtt.host: .*is no name or address"),
        (
            "[mqtt]",
            '[[cameras]]\nname = "a"\nprotocol = "dahua-snap"\nsource = "http://a..b"\n[mqtt]',
            r"cameras.0: .*is no name or address",
        ),
        ("[mqtt]", '[voice]\ncommand = ""\n[mqtt]', r"voice.command: .*must name a program"),
        ("[mqtt]", '[voice]\ncommand = "\'"\n[mqtt]', "voice.command"),
        ("[mqtt]", '[voice]\nlanguages = ["fr"]\n[mqtt]', "voice.languages"),
        ("[mqtt]", '[printer]\nsource = "/dev/x"\ndots = 300\n[mqtt]', "printer.dots"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, old: str, new: str, field: str) -> None:
    with pytest.raises(WrongSettings, match=field):
        load(written(tmp_path, (old, new)), Settings)
