"""The laws of versions need two versions to hold or fail: these are made here."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from tests.wire.edge.forms import flat, new_fields, values


class Part(BaseModel):
    text: str


class PartV2(BaseModel):
    text: str
    tone: str | None = None


class Old(BaseModel):
    parts: tuple[Part, ...]
    first: Part | None


class New(BaseModel):
    parts: tuple[PartV2, ...]
    first: PartV2 | None
    backwards: bool | None
    extra: PartV2 | None


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    return flat(TypeAdapter(form).json_schema())


def test_new_fields_are_found_in_parts_too_and_tell_whether_they_are_required() -> None:
    assert new_fields(schema_of(Old), schema_of(New)) == {
        ("parts", "[]", "tone"): False,
        ("first", "tone"): False,
        ("backwards",): True,
        ("extra",): True,
    }
    assert new_fields(schema_of(New), schema_of(New)) == {}


def test_the_name_of_a_form_is_no_part_of_its_schema() -> None:
    renamed = type("PartV1", (Part,), {"__doc__": "An earlier version."})
    assert schema_of(renamed) == schema_of(Part)
    assert schema_of(Part) != schema_of(PartV2)


def test_values_are_taken_from_every_part() -> None:
    said = {"parts": [{"tone": None}, {"tone": "loud"}], "first": None, "backwards": None}
    assert list(values(said, ("parts", "[]", "tone"))) == [None, "loud"]
    assert list(values(said, ("first", "tone"))) == []
    assert list(values(said, ("backwards",))) == [None]
