"""Cursors: opaque, checked, and never trusted."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from gateway.http.paging import PageQuery, decode_cursor, encode_cursor
from taigan.problem import Kind, Problem

INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


@given(INT64, st.text(max_size=60))
def test_a_cursor_names_the_key_that_it_was_made_of(number: int, text: str) -> None:
    assert decode_cursor(encode_cursor([number, text]), [int, str]) == (number, text)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "not base64!",
        "ä",
        "AAAA",
        _cursor({"a": 1}),
        _cursor([1]),
        _cursor(["1", "a"]),
        _cursor([True, "a"]),
        _cursor([1.5, "a"]),
        _cursor([2**63, "a"]),
        _cursor([1, "a", 2]),
    ],
)
def test_a_made_up_cursor_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, [int, str])
    assert refused.value.kind is Kind.VALIDATION
    assert refused.value.errors[0].field == "cursor"


@given(st.text(max_size=100))
def test_no_cursor_makes_anything_else_than_a_refusal(cursor: str) -> None:
    try:
        decode_cursor(cursor, [int, str])
    except Problem as refused:
        assert refused.kind is Kind.VALIDATION  # noqa: PT017 - most texts are no cursor


def test_only_filters_that_were_given_count() -> None:
    class Query(PageQuery):
        plate: str | None = None
        state: list[str] = Field(default_factory=list)

    assert Query(plate="A1").filters == {"plate": "A1"}
    assert Query(state=["held"], limit=3).filters == {"state": ["held"]}
