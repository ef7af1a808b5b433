"""The catalogue's files as texts: what a version is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from referral.errors import CatalogueError
from referral.yaml_file import read_text

Texts = Mapping[str, str]  # by the file's name: needs.yml, regions/1506.yml

NAMES = tuple(
    f"{name}.yml"
    for name in (
        *("needs", "questions", "agencies", "routing", "emergency", "danger", "deadlines"),
        *("safety", "faq", "doors", "clocks", "letters", "holidays", "choices"),
    )
)
REGIONS = "regions/"  # how the names of further regions' files begin
_PACKAGED = Path(__file__).parent


def read_texts(folder: Path | None = None) -> dict[str, str]:
    """The files of `folder` (None: those that come with the product). Raises CatalogueError for one that is missing."""
    place = folder or _PACKAGED
    return {name: read_text(place / name) for name in NAMES} | _regions(place)


def read_some(folder: Path) -> dict[str, str]:
    """The catalogue's files that are in `folder`. Raises CatalogueError when there is none, or one can't be read."""
    found = {name: read_text(folder / name) for name in NAMES if (folder / name).exists()} | _regions(folder)
    if not found:
        raise CatalogueError(str(folder), 1, "(folder)", "holds no file of a catalogue")
    return found


def _regions(folder: Path) -> dict[str, str]:
    return {f"{REGIONS}{path.name}": read_text(path) for path in sorted((folder / "regions").glob("*.yml"))}


def region_names(texts: Texts) -> list[str]:
    """The names of the further regions' files, in the order in which they are read."""
    return sorted(name for name in texts if name.startswith(REGIONS))


def write_texts(texts: Texts, folder: Path) -> None:
    """Write the files into `folder`, which is made if need be. Raises OSError."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
