"""Checks what a gateway says of its lanes: their keys, and the scales that their records name."""

import base64
from collections.abc import Iterable, Iterator

from settlement.verify.reading import (
    Data,
    Defect,
    ExportLine,
    Keys,
    not_complete,
    not_genuine,
    not_payable,
    parse,
)


def check_lanes(
    lanes: list[ExportLine], records: Iterable[ExportLine], keys: Keys
) -> Iterator[Defect]:
    """Compare registered lanes with the keys that were given and the newest signed weighing."""
    weighings = _newest_weighings(records)
    registered = {f"{line.data['yard']}/{line.data['lane']}" for line in lanes}
    for line in lanes:
        name = f"{line.data['yard']}/{line.data['lane']}"
        if line.data["public_key"] not in [
            base64.b64encode(key).decode() for key in keys.get(name, [])
        ]:
            yield not_genuine(line.where, f"{name} is registered with a key that was not given")
        weighing = weighings.get(name)
        if weighing is not None and weighing["e_kg"] != line.data["e_kg"]:
            yield not_payable(line.where, f"{name} weighs by another division than e_kg")
        if weighing is not None and weighing["weight_kg"] > line.data["max_kg"]:
            yield not_payable(line.where, f"{name} has weighed more than max_kg")
    for name in sorted(weighings.keys() - registered) if lanes else ():
        yield not_complete("export", f"{name} has records and is not registered")


def _newest_weighings(records: Iterable[ExportLine]) -> dict[str, Data]:
    newest: dict[str, Data] = {}
    for record in records:
        body = parse(record.data["body"])
        if "weight_kg" in body:
            newest[f"{body['yard']}/{body['lane']}"] = body
    return newest
