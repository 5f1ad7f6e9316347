"""What is written as TOML is read back the same."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.toml import to_toml

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
PLAIN = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.integers(0, 9), max_size=3),
)
TABLES = st.recursive(
    st.dictionaries(KEYS, PLAIN, max_size=4),
    lambda tables: st.dictionaries(KEYS, PLAIN | tables, max_size=4),
    max_leaves=12,
)


def full(table: dict[str, object]) -> dict[str, object]:
    """Leave out empty tables: TOML text of settings need not carry them."""
    kept = {k: full(v) if isinstance(v, dict) else v for k, v in table.items()}
    return {name: value for name, value in kept.items() if value != {}}


@given(TABLES)
def test_settings_survive_the_file(table: dict[str, object]) -> None:
    assert full(tomllib.loads(to_toml(table))) == full(table)


def test_a_list_of_tables_is_written_one_by_one() -> None:
    settings = {"lane": "a", "readers": [{"name": "card"}, {"name": "uhf"}], "plc": {"unit": 1}}
    assert tomllib.loads(to_toml(settings)) == settings


def test_the_tables_of_a_listed_table_stay_its_own() -> None:
    readers = [{"name": "card", "options": {"format": "hex"}}, {"name": "uhf", "options": {}}]
    settings = {"yard": {"readers": readers, "plc": {"unit": 1}}, "readers": readers}
    assert tomllib.loads(to_toml(settings)) == settings


def test_what_toml_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        to_toml({"a": None})
