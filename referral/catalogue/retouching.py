"""Changing one entry of a YAML text; all else, comments and the order of things, stays as it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # a quoted line break can stand on any line, at any depth
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if "\n" in value else None)


_Dumper.add_representer(str, _text)


def parsed(text: str) -> dict[str, Any]:
    """What a text of named fields says."""
    return cast("dict[str, Any]", yaml.load(text, Loader=_Loader) or {})  # noqa: S506 -- a safe loader


def with_value(text: str, field: str, value: Any) -> str:
    """The text with another value of a field at the top; None takes the field away."""

    def change(data: dict[str, Any]) -> None:
        data.pop(field, None)
        if value is not None:
            data[field] = value

    def write() -> str:
        node = _field(text, field)
        if node is None:
            return f"{text.rstrip()}\n{field}: {_flow(value)}\n"
        if value is None:
            raise _NotSo
        return _replaced(text, node, value)

    return _checked(text, change, write)


def with_entry(text: str, field: str, index: int, entry: Mapping[str, Any]) -> str:
    """The text with another entry at a place of a list."""

    def change(data: dict[str, Any]) -> None:
        data[field][index] = dict(entry)

    return _checked(text, change, lambda: _replaced(text, _list(text, field).value[index], entry))


def with_new(text: str, field: str, entry: Mapping[str, Any], *, first: bool = False) -> str:
    """The text with one more entry in a list, before or behind all others."""

    def change(data: dict[str, Any]) -> None:
        old = list(data.get(field) or [])
        data[field] = [dict(entry), *old] if first else [*old, dict(entry)]

    def write() -> str:
        node = _list(text, field)
        if node.flow_style or not node.value:
            raise _NotSo
        column = node.start_mark.column
        item = f"- {_block(entry, column + 2)}"
        if first:
            at = node.start_mark.index
            return f"{text[:at]}{item}\n{' ' * column}{text[at:]}"
        at = _line_end(text, _end(node))
        return f"{text[:at]}\n{' ' * column}{item}{text[at:]}"

    return _checked(text, change, write)


def without(text: str, field: str, index: int) -> str:
    """The text without an entry of a list."""

    def change(data: dict[str, Any]) -> None:
        del data[field][index]

    def write() -> str:
        node = _list(text, field)
        if node.flow_style or len(node.value) < 2:
            raise _NotSo
        item = node.value[index]
        start = text.rfind("\n", 0, item.start_mark.index) + 1
        return text[:start] + text[_line_end(text, _end(item)) + 1 :]

    return _checked(text, change, write)


class _NotSo(Exception):
    """The text is not written in a way that can be retouched."""


def _checked(text: str, change: Callable[[dict[str, Any]], None], write: Callable[[], str]) -> str:
    """The retouched text if it says what it should; else the changed fields are written anew."""
    wanted, before = parsed(text), parsed(text)
    change(wanted)
    try:
        made = write()
        if parsed(made) == wanted:
            return made
    except (_NotSo, yaml.YAMLError):
        pass
    return _whole_fields(text, before, wanted)


def _whole_fields(text: str, before: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The text with those top fields written anew that differ; if need be, the whole of it."""
    made = text
    for field, value in wanted.items():
        if before.get(field) != value or field not in before:
            made = _field_anew(made, field, value)
    for field in [field for field in before if field not in wanted]:
        made = _field_anew(made, field, None)
    try:
        if parsed(made) == wanted:
            return made
    except yaml.YAMLError:
        pass
    return yaml.dump(wanted, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def _field_anew(text: str, field: str, value: Any) -> str:
    dumped = "" if value is None else yaml.dump({field: value}, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    root = _root(text)
    for key, node in root.value:
        if key.value == field:
            end = _line_end(text, max(_end(node), key.end_mark.index)) + 1
            return text[: key.start_mark.index] + dumped + text[end:]
    return f"{text.rstrip()}\n{dumped}"


def _root(text: str) -> Any:
    node = yaml.compose(text, Loader=_Loader)
    return node if isinstance(node, yaml.MappingNode) else yaml.MappingNode("", [])


def _field(text: str, field: str) -> Any:
    return next((node for key, node in _root(text).value if key.value == field), None)


def _list(text: str, field: str) -> Any:
    node = _field(text, field)
    if not isinstance(node, yaml.SequenceNode):
        raise _NotSo
    return node


def _end(node: Any) -> int:
    """Where a node's own text ends: the parser counts what follows a block as part of it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return max(_end(part) for part in last) if isinstance(last, tuple) else _end(last)


def _line_end(text: str, index: int) -> int:
    at = text.find("\n", index)
    return at if at >= 0 else len(text)


def _replaced(text: str, node: Any, value: Any) -> str:
    block = isinstance(node, yaml.MappingNode) and not node.flow_style and isinstance(value, Mapping) and value
    made = _block(value, node.start_mark.column) if block else _flow(value)
    return text[: node.start_mark.index] + made + text[_end(node) :]


def _block(entry: Mapping[str, Any], indent: int) -> str:
    return f"\n{' ' * indent}".join(f"{key}: {_flow(value)}" for key, value in entry.items())


def _flow(value: Any) -> str:
    plain = dict(value) if isinstance(value, Mapping) else value
    written: str = yaml.dump(
        plain, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=100_000
    )
    return written.strip().removesuffix("\n...")
