"""A receipt's link opens that receipt and no other."""

from uuid import UUID

import pytest

from gateway.receipt_link import may_read, receipt_url, sign_ticket

TICKET = UUID("00000000-0000-4000-8000-000000000001")
OTHER = UUID("00000000-0000-4000-8000-000000000002")
SECRET = "r" * 32


def test_the_link_that_was_made_is_let_in() -> None:
    url = receipt_url("https://taigan.example", TICKET, SECRET)
    prefix, signature = url.split("?s=")
    assert prefix == f"https://taigan.example/r/{TICKET}"
    assert may_read(TICKET, signature, SECRET)
    assert len(signature) == 22


@pytest.mark.parametrize("signature", ["", "x", "ä", sign_ticket(OTHER, SECRET)])
def test_no_other_signature_is_let_in(signature: str) -> None:
    assert not may_read(TICKET, signature, SECRET)


def test_another_secret_makes_another_link() -> None:
    assert not may_read(TICKET, sign_ticket(TICKET, "s" * 32), SECRET)
