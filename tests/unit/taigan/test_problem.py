"""Problem details: a closed catalogue, and errors that name their field."""

from starlette.exceptions import HTTPException

from taigan.problem import FieldError, Kind, Problem, invalid
from taigan.problem_answers import malformed, of_framework


def test_every_kind_has_a_slug_of_its_own_and_an_error_status() -> None:
    assert len({kind.slug for kind in Kind}) == len(Kind)
    assert all(400 <= kind.status <= 599 and kind.title for kind in Kind)


def test_a_body_says_what_where_and_which_fields() -> None:
    body = invalid("plate", "is taken").document("/api/v1/vehicles")
    assert body == {
        "type": "urn:taigan:problem:validation",
        "title": "Some fields are not acceptable",
        "status": 422,
        "instance": "/api/v1/vehicles",
        "detail": "plate: is taken",
        "errors": [{"field": "plate", "reason": "is taken"}],
    }


def test_what_there_is_nothing_to_say_about_is_left_out() -> None:
    assert Problem(Kind.NOT_FOUND).document("/x").keys() == {
        "type",
        "title",
        "status",
        "instance",
    }


def test_a_field_is_named_by_its_path_in_the_body() -> None:
    problem = malformed(
        [
            {"loc": ("body", "terms", "rate"), "msg": "too small"},
            {"loc": ("query", "limit"), "msg": "too large"},
            {"loc": ("body",), "msg": "missing"},
            {"loc": ("data", "price", 0), "msg": "odd"},
            {"loc": (), "msg": "not JSON"},
        ]
    )
    assert [error.field for error in problem.errors] == [
        "terms.rate",
        "limit",
        "body",
        "data.price.0",
        "body",
    ]
    assert FieldError("limit", "too large") in problem.errors


def test_an_error_of_the_framework_keeps_its_words_unless_they_repeat_the_status() -> None:
    assert of_framework(HTTPException(404)).detail == ""
    assert of_framework(HTTPException(405, "only GET")).kind is Kind.METHOD_NOT_ALLOWED
    assert of_framework(HTTPException(405, "only GET")).detail == "only GET"
    assert of_framework(HTTPException(418, "teapot")).kind is Kind.BAD_REQUEST
