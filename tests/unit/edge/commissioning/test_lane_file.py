"""The file that `init` writes: complete, loadable, and true about its defaults."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from edge.commissioning.lane_file import UNSET, lane_file, write_lane_file
from edge.commissioning.schema import lane_schema
from edge.commissioning.toml_text import toml_value
from edge.config import Settings
from taigan.settings import load

COMMENTED = re.compile(r"^#(?=[a-z_]+ = )", re.MULTILINE)
"""A key at its default; prose has a blank behind the sign."""


def written(path: Path) -> Path:
    file = path / "lane.toml"
    write_lane_file(file, yard="north", lane="north-out")
    return file


def test_the_file_loads_with_its_example_values(tmp_path: Path) -> None:
    settings = load(written(tmp_path), Settings)
    assert (settings.yard, settings.lane) == ("north", "north-out")
    assert settings.scale.protocol == "yaohua-continuous"


def test_lanes_of_one_box_share_neither_journal_nor_key() -> None:
    one, other = (
        Settings(**tomllib.loads(lane_file(yard="mine", lane=lane))) for lane in ("in", "out")
    )
    assert one.journal.path != other.journal.path
    assert one.signing.key_file != other.signing.key_file


def test_every_key_of_the_settings_is_in_it() -> None:
    text = lane_file(yard="mine", lane="in")
    schema = lane_schema()
    for section in (schema, *schema["$defs"].values()):
        for key in section["properties"]:
            assert re.search(rf"^#?(?:{key} = |\[+[a-z.]*{key}\])", text, re.MULTILINE), key


def test_what_is_commented_out_of_a_section_that_counts_can_be_put_in() -> None:
    text = lane_file(yard="mine", lane="in")
    counted = re.sub(r"^#\[.*?(?=^\[|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    for match in COMMENTED.finditer(counted):
        one_more = counted[: match.start()] + counted[match.end() :]
        assert tomllib.loads(one_more) != tomllib.loads(counted)
        if "password" not in counted[match.end() :].splitlines()[0]:
            Settings(**tomllib.loads(one_more))


@pytest.mark.parametrize("name", ["display", "voice", "printer"])
def test_a_section_that_is_left_away_can_be_put_in(name: str) -> None:
    text = lane_file(yard="mine", lane="in")
    section = re.search(rf"^#\[{name}\]\n.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    lines = [re.sub(r"^#(?=[\[a-z])", "", line) for line in section[0].splitlines()]
    settings = Settings(**tomllib.loads(text + "\n" + "\n".join(lines)))
    assert getattr(settings, name) is not None


def test_an_example_of_what_is_not_set_is_no_default() -> None:
    schema = lane_schema()
    fields = [
        (key, field)
        for section in (schema, *schema["$defs"].values())
        for key, field in section["properties"].items()
        if key not in section.get("required", []) and not {"$ref", "items"} & field.keys()
    ]
    told = re.findall(f"^{UNSET}\n#([a-z_]+) = ", lane_file(yard="mine", lane="in"), re.MULTILINE)
    assert "rssi_dbm_min" in told
    assert sorted(told) == sorted(key for key, field in fields if "default" not in field)


def test_the_login_of_the_example_is_this_lanes() -> None:
    assert '\n#username = "north/out"\n' in lane_file(yard="north", lane="out")


def test_its_first_line_names_the_schema() -> None:
    assert lane_file(yard="mine", lane="in").startswith("#:schema ./lane.schema.json\n")


def test_what_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path)
    before = file.read_text()
    with pytest.raises(typer.Exit) as ended:
        write_lane_file(file, yard="other", lane="in")
    assert (ended.value.exit_code, file.read_text()) == (1, before)
    assert "not overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(("yard", "lane"), [("Mine", "in"), ("mine", "in/out"), ("", "in")])
def test_a_name_that_is_none_writes_nothing(tmp_path: Path, yard: str, lane: str) -> None:
    with pytest.raises(typer.Exit) as ended:
        write_lane_file(tmp_path / "lane.toml", yard=yard, lane=lane)
    assert ended.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        write_lane_file(tmp_path / "none" / "lane.toml", yard="mine", lane="in")
    assert "none/lane.toml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "value", [True, 7, 0.5, 'a "b" \\ 中\x7f', ["x", 1], {"format": "1", "checksum": False}, [], {}]
)
def test_toml_values_are_read_back(value: object) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


def test_what_toml_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="no TOML value"):
        toml_value(None)
