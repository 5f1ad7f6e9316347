"""Heads by their public descriptions, and the verifier's own reading of them."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from settlement.verify.anchoring import FORMS
from settlement.verify.heads import read_head_keys, read_note, roots
from taigan.heads.facts import Kind, entry_of, key_of
from taigan.heads.note import checkpoint, signed, verifier_key
from taigan.heads.tree import Tree
from tests.bench.tamper_changes import KINDS

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
RFC_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
RFC_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""Of the reference implementation of Certificate Transparency."""
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""From the documentation of golang.org/x/mod/sumdb/note."""


@pytest.mark.parametrize("size", RFC_ROOTS)
def test_a_tree_has_the_roots_of_rfc_6962(size: int) -> None:
    assert Tree().grown(RFC_LEAVES[:size]).root.hex() == RFC_ROOTS[size]


@given(st.lists(st.text(max_size=3), max_size=40), st.data())
def test_a_tree_that_grew_in_steps_is_the_tree_and_the_verifiers(
    entries: list[str], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    leaves = [entry.encode() for entry in entries]
    stepwise = Tree().grown(leaves[:cut]).grown(leaves[cut:])
    assert stepwise == Tree().grown(leaves)
    assert roots(entries, [cut, len(entries)])[len(entries)] == stepwise.root


def test_a_note_has_the_form_that_go_verifies() -> None:
    ((name, (short, key)),) = read_head_keys([GO_KEY]).items()
    assert (name, short.hex()) == ("PeterNeumann", "c74f20a3")
    blob = b64decode(GO_NOTE.splitlines()[-1].split(" ")[2])
    assert blob[:4] == short
    text = GO_NOTE.partition("\n\n")[0] + "\n"
    Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], text.encode())
    own = signed(text, "PeterNeumann", KEY)
    assert own.startswith(f"{text}\n— PeterNeumann ")
    assert len(b64decode(own.split(" ")[-1])) == len(blob)


def test_the_verifier_reads_a_head_and_its_signature() -> None:
    tree = Tree().grown([b"one", b"two"])
    note = signed(checkpoint("a.example/log", tree, "settlement", NOON), "a.example/log", KEY)
    keys = read_head_keys([verifier_key("a.example/log", KEY.public_key())])
    head = read_note("here", note, keys)
    assert (head.origin, head.size, head.root) == ("a.example/log", 2, tree.root)
    assert (head.program, head.at) == ("settlement", "2026-11-30T12:00:00.000Z")
    assert head.is_signed is True
    assert read_note("here", note.replace("\n2\n", "\n3\n"), keys).is_signed is False
    assert read_note("here", note, {}).is_signed is None


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\nb\nc\n\n— a b\n", "a\n1\nAA==\n\nno signature\n"]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_note("here", text, {})


def test_a_key_with_another_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="no verifier's key"):
        read_head_keys([GO_KEY.replace("c74f20a3", "c74f20a4")])


def test_the_fixed_part_of_a_fact_outlives_what_moves() -> None:
    kind = Kind(("id",), frozenset({"state"}))
    before = entry_of(kind, {"type": "payout", "id": "a/b", "amount": 1, "state": "ready"})
    after = entry_of(kind, {"state": "paid", "id": "a/b", "amount": 1, "type": "payout"})
    assert (before.key, before.fixed) == ("a%2Fb", after.fixed)
    assert before.whole != after.whole
    assert before.text == f"payout a%2Fb {before.fixed} {before.whole}"


def test_verifier_and_programs_name_the_same_facts() -> None:
    kinds = {**KINDS["gateway"], **KINDS["settlement"]}
    assert {name: form.key for name, form in FORMS.items()} == {n: k.key for n, k in kinds.items()}
    assert key_of(kinds["attempt"], {"payout_id": "p", "n": 3}) == "p/3"
