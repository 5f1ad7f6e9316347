"""Telling a repeat from another request."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.http.idempotency import fingerprint


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_bodies_have_the_same_fingerprint_only_if_they_are_the_same(one: bytes, two: bytes) -> None:
    same = fingerprint("POST", "/a", one) == fingerprint("POST", "/a", two)
    assert same == (one == two)


def test_method_and_path_count_too() -> None:
    prints = {fingerprint(m, p, b"{}") for m in ("POST", "PUT") for p in ("/a", "/b")}
    assert len(prints) == 4
