"""Values as TOML text: only the types that settings use."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def toml_value(value: object) -> str:
    """Return one value; TypeError for what settings never hold."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            pairs = ", ".join(f"{name} = {toml_value(one)}" for name, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case Sequence():
            return f"[{', '.join(map(toml_value, value))}]"
        case _:
            raise TypeError(f"no TOML value: {value!r}")
