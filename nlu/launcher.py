"""Starts Rasa's own command line without TensorFlow: ``python -m nlu.launcher run --enable-api …``.

Rasa imports TensorFlow at every start (about ten seconds and 400 MB), though none of our components uses
it. Here ``import tensorflow`` gives hollow modules whose classes can be named and inherited from but do
nothing. Everything else is Rasa as installed. Runs in the Rasa environment only.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

_HOLLOW = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})
_ABSENT = ("jax", "matplotlib.pyplot")


class _HollowType(type):
    """A class of which every attribute is another hollow class, and which decorates by doing nothing."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _hollow_class(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ not in _HOLLOW:
            return super().__call__(*args, **kwargs)
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return cls

    def __or__(cls, other: Any) -> Any:
        return other

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


def _hollow_class(name: str) -> Any:
    return _HollowType(name, (), {"__module__": "tensorflow"})


class _HollowModule(types.ModuleType):
    """A module that has every attribute."""

    __version__ = "2.12.0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _hollow_class(name)
        setattr(self, name, found)
        return found


class _HollowFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of TensorFlow and its companions."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for hollow modules, ``None`` for all others."""
        if fullname.partition(".")[0] not in _HOLLOW:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return the hollow module."""
        module = _HollowModule(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing: there is no code."""


def install() -> None:
    """Make ``import tensorflow`` cheap in this process."""
    sys.meta_path.insert(0, _HollowFinder())
    for name in _ABSENT:
        sys.modules[name] = None  # type: ignore[assignment]  # makes the import fail at once


def main() -> None:
    """Run Rasa's command line with this process's arguments."""
    install()
    from rasa.__main__ import main as rasa_main

    sys.argv[0] = "rasa"
    rasa_main()


if __name__ == "__main__":
    main()
