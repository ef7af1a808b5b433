"""Reading a YAML file that officers edit: a wrong value is told with file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError

from referral.errors import CatalogueError

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here (a typing error?)",
    "string_type": "must be text (put it between quotation marks)",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "tuple_type": "must be a list",
    "model_type": "must be a group of fields",
}


def read_text(path: Path, error: type[CatalogueError] = CatalogueError) -> str:
    """The text of a file. Raises `error`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise error(path.name, 1, "(file)", f"can't be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise error(path.name, 1, "(file)", "is not text in UTF-8") from problem


class YamlFile:
    """A parsed file that remembers on which line each field stands."""

    def __init__(
        self, source: Path | str, error: type[CatalogueError] = CatalogueError, *, name: str | None = None
    ) -> None:
        """Read and parse a file, or a text that stands for the file `name`. Raises `error`."""
        self.name = name or (source.name if isinstance(source, Path) else "(text)")
        self._error = error
        self._lines: dict[tuple[str | int, ...], int] = {}
        text = read_text(source, error) if isinstance(source, Path) else source
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            what = getattr(problem, "problem", None) or "can't be understood"
            raise error(self.name, mark.line + 1 if mark else 1, "(file)", f"is not valid YAML: {what}") from problem
        self.data = self._value(node, ()) if node is not None else None

    def _value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self._lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return yaml.SafeLoader("").construct_object(cast("Any", node), deep=True)

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found:
                raise self._error(self.name, line, _dotted((*path, key)), "stands there twice")
            found[key] = self._value(value_node, (*path, key))
            self._lines[(*path, key)] = line
        return found

    def wrong(self, path: Sequence[str | int], why: str, code: str = "") -> CatalogueError:
        """The error for a field, to be raised. `code` is stable: by it the console finds its own words."""
        return self._error(self.name, self._line(path), _dotted(path) or "(file)", why, code, tuple(path))

    def _line(self, path: Sequence[str | int]) -> int:
        for length in range(len(path), -1, -1):
            line = self._lines.get(tuple(path[:length]))
            if line is not None:
                return line
        return 1

    def read[Model: BaseModel](self, model: type[Model]) -> Model:
        """The file's content as `model`. Raises the error for its first wrong field."""
        if not isinstance(self.data, dict):
            raise self.wrong((), "must begin with named fields")
        try:
            return model.model_validate(self.data)
        except ValidationError as problem:
            first = problem.errors(include_url=False)[0]
            why = _WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
            path = [part for part in first["loc"] if part != "[key]"]
            raise self.wrong(path, why, first["type"]) from None


def _dotted(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
