"""What commands write to standard output: one JSON object a line."""

import json

import typer

from edge.devices.readings import Reading, TagSeen


def put(form: object) -> None:
    """Write one JSON object to standard output."""
    typer.echo(json.dumps(form, ensure_ascii=False))


def reading_json(found: Reading | TagSeen) -> dict[str, object]:
    """Return the public form of a reading; null is what the protocol does not say."""
    if isinstance(found, TagSeen):
        seen = {"tag": found.tag, "decimal": found.decimal, "rssi_dbm": found.rssi_dbm}
        return {name: value for name, value in seen.items() if value is not None}
    form: dict[str, object] = {
        "weight": None if found.weight is None else f"{found.weight:f}",
        "unit": found.unit,
        "stable": found.stable,
        "mode": found.mode,
        "overload": found.overload,
        "underload": found.underload,
    }
    if found.tare is not None:
        form["tare"] = f"{found.tare:f}"
    if found.state is not None:
        form["state"] = found.state
    return form
