"""Reads exports: their lines, the hash chain that joins them, and the lanes' keys."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

ZEROS = "0" * 64

Data = dict[str, Any]
Keys = dict[str, list[bytes]]
"""Raw public keys by "yard/lane"."""


class Question(StrEnum):
    """What a defect speaks against. They are apart: a genuine record may still be alone."""

    GENUINE = "genuine"
    """What is there was signed by whom it names and stands as it was written."""
    COMPLETE = "complete"
    """Nothing is missing, and nothing stands here that the other side does not know."""
    PAYABLE = "good enough to pay"
    """Each payment follows from what was weighed, agreed, booked and answered by the bank."""


class ExportLine(NamedTuple):
    where: str
    """File and line number."""
    data: Data


class Defect(NamedTuple):
    where: str
    what: str
    question: Question


class Broken(Exception):
    """Part of a line is not what it must be; the text says what."""


def not_genuine(where: str, what: str) -> Defect:
    return Defect(where, what, Question.GENUINE)


def not_complete(where: str, what: str) -> Defect:
    return Defect(where, what, Question.COMPLETE)


def not_payable(where: str, what: str) -> Defect:
    return Defect(where, what, Question.PAYABLE)


def read_export(path: Path) -> tuple[list[ExportLine], list[Defect]]:
    """Return the lines of an export and the defects of its chain."""
    return read_lines(str(path), path.read_bytes())


def read_lines(name: str, content: bytes) -> tuple[list[ExportLine], list[Defect]]:
    """Return the lines of an export's bytes, each placed as `name:number`, and its defects."""
    *raw_lines, rest = content.split(b"\n")
    lines: list[ExportLine] = []
    defects: list[Defect] = []
    for number, raw in enumerate(raw_lines, start=1):
        where = f"{name}:{number}"
        try:
            lines.append(ExportLine(where, parse(raw)))
        except Broken as broken:
            defects.append(not_genuine(where, str(broken)))
            lines.append(ExportLine(where, {}))
    if rest or not lines or lines[-1].data.get("type") != "end":
        defects.append(
            not_complete(f"{name}:{len(lines)}", "the export was cut off: it has no end")
        )
    hashes = [ZEROS, *(hashlib.sha256(raw).hexdigest() for raw in raw_lines)]
    return lines, defects + list(_check_chain(lines, hashes))


def _check_chain(lines: list[ExportLine], hashes: list[str]) -> Iterator[Defect]:
    for index, line in enumerate(lines):
        if line.data.get("previous_sha256") != hashes[index]:
            blamed = lines[index - 1] if index else line
            yield not_genuine(blamed.where, "changed, or a line was put in or left out after it")
        if line.data.get("type") == "end" and line.data.get("lines") != index:
            yield not_complete(
                line.where, f"counts {line.data.get('lines')} lines, stands after {index}"
            )


def parse(text: str | bytes) -> Data:
    """Return a JSON object; refuse keys named twice, which could mean two things."""
    try:
        value = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise Broken(f"is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Broken("is not a JSON object")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Data:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is named twice")
    return found


def by_key(lines: Iterable[ExportLine], *names: str) -> dict[Any, ExportLine]:
    """Return lines by what stands under these names; of two with the same, the last."""
    if len(names) == 1:
        return {line.data[names[0]]: line for line in lines}
    return {tuple(line.data[name] for name in names): line for line in lines}


def read_keys(path: Path) -> Keys:
    """Return raw keys by "yard/lane"; raise ValueError for a file that is no list of keys."""
    keys: Keys = {}
    for lane, given in json.loads(path.read_text()).items():
        listed = [given] if isinstance(given, str) else given
        keys[lane] = [base64.b64decode(text, validate=True) for text in listed]
    return keys
