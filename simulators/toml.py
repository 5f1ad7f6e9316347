"""Writes settings as TOML: nested tables of strings, numbers, booleans and lists of tables."""

import json
from collections.abc import Mapping, Sequence

Value = object
Table = Mapping[str, Value]


def to_toml(table: Table) -> str:
    """Return the TOML text of a settings table; raise TypeError for what TOML does not know."""
    return "\n".join(_lines(table, ())).lstrip() + "\n"


def _lines(table: Table, path: tuple[str, ...]) -> list[str]:
    """Return a table's own keys, then the tables in it; its header is the caller's."""
    lines = [f"{_key(name)} = {_value(v)}" for name, v in table.items() if not _is_nested(v)]
    for name, value in table.items():
        inner = (*path, name)
        header = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            body = _lines(value, inner)
            lines += body if _only_tables(value) else ["", f"[{header}]", *body]
        elif _is_nested(value):
            assert isinstance(value, Sequence)
            for element in value:
                lines += ["", f"[[{header}]]", *_lines(element, inner)]
    return lines


def _only_tables(table: Table) -> bool:
    return bool(table) and all(map(_is_nested, table.values()))


def _is_nested(value: Value) -> bool:
    tables = isinstance(value, list | tuple) and value and isinstance(value[0], Mapping)
    return isinstance(value, Mapping) or bool(tables)


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else _text(name)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _text(text: str) -> str:
    """Quote as JSON does, without surrogate pairs; DEL is the one character only TOML escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
