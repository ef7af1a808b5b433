"""Mapping files: which column of somebody's list is which of our fields, and how values are written there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry.errors import ColumnsMissing, MappingBroken

FieldName = Literal[
    "nik",
    "name",
    "kk",
    "birth_date",
    "sex",
    "mother_name",
    "relation",
    "region_code",
    "kelurahan",
    "kecamatan",
    "city",
    "rt",
    "rw",
    "address",
    "desil",
]


class Mapping(BaseModel):
    """A mapping file. `columns` by our field, `programmes` by programme; the rest says how values are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[FieldName, str]
    programmes: dict[str, str] = Field(default_factory=dict)
    means_yes: tuple[str, ...] = ("YA", "1")
    means_no: tuple[str, ...] = ("TIDAK", "0")
    sexes: dict[Literal["L", "P"], tuple[str, ...]] = {"L": ("L",), "P": ("P",)}
    dates: tuple[str, ...] = ("%Y-%m-%d",)

    @model_validator(mode="after")
    def _has_the_least(self) -> Self:
        missing = [name for name in ("nik", "name") if name not in self.columns]
        if missing:
            raise ValueError(f"columns must tell where {' and '.join(missing)} stands")
        return self

    def headings(self) -> dict[str, str]:
        """Their column by our field or programme."""
        return {**{str(name): title for name, title in self.columns.items()}, **self.programmes}

    def positions(self, header: list[str], list_name: str, mapping_name: str) -> dict[str, int]:
        """Where our fields and the programmes stand in a list with this header. Raises ColumnsMissing, naming them."""
        known = {_heading(title): at for at, title in reversed(list(enumerate(header)))}
        wanted = self.headings()
        missing = [title for title in wanted.values() if _heading(title) not in known]
        if missing:
            has = ", ".join(title for title in header if title) or "no headings"
            raise ColumnsMissing(list_name, ", ".join(missing), has, mapping_name)
        return {name: known[_heading(title)] for name, title in wanted.items()}


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises MappingBroken, naming file, line or field."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MappingBroken(path, error.strerror or "it can't be opened") from error
    except UnicodeDecodeError as error:
        raise MappingBroken(path, "it is not a text file in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MappingBroken(path, f"line {line}: {error.problem or 'it is not YAML'}") from error
    except yaml.YAMLError as error:
        raise MappingBroken(path, "it is not YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole file"
        raise MappingBroken(path, f"{field}: {first['msg']}") from error


def _heading(title: str) -> str:
    return " ".join(title.casefold().replace("_", " ").split())
