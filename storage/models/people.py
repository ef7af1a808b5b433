"""Places, households, persons and what the poverty registries say of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, CreatedAt
from storage.sealed import SealedJson, SealedText


class Region(Base):
    """A province, city or regency, kecamatan, kelurahan or desa by its Kemendagri code."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None] = mapped_column(ForeignKey("region.code"))


class Household(Base):
    """A family card (KK). `kk_hash` finds it; the number itself is sealed."""

    __tablename__ = "household"

    id: Mapped[BigId]
    kk_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    kk: Mapped[str | None] = mapped_column(SealedText("household.kk"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    rt: Mapped[str | None]
    rw: Mapped[str | None]
    address: Mapped[str | None] = mapped_column(SealedText("household.address"))


class Person(Base):
    """A person of a registry list. `nik_hash` finds her; NIK, name and mother's maiden name are sealed."""

    __tablename__ = "person"
    # household page and the household's members in a look-up
    __table_args__ = (Index(None, "household_id"),)

    id: Mapped[BigId]
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    nik_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    nik: Mapped[str] = mapped_column(SealedText("person.nik"))
    name: Mapped[str] = mapped_column(SealedText("person.name"))
    birth_date: Mapped[date | None]
    sex: Mapped[str | None]
    mother_name: Mapped[str | None] = mapped_column(SealedText("person.mother_name"))
    relation: Mapped[str | None]


class RegistryImport(Base):
    """One list that was imported: from where, of which date, and how many rows were taken and rejected."""

    __tablename__ = "registry_import"

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    source: Mapped[str]
    source_date: Mapped[date]
    file_name: Mapped[str]
    rows_taken: Mapped[int]
    rows_rejected: Mapped[int]


class RegistryRecord(Base):
    """What one source (DTKS, P3KE, DTSEN, local list) says of a person, with its date and the fields as they came."""

    __tablename__ = "registry_record"
    # one entry per person and source; the newest import replaces it
    __table_args__ = (UniqueConstraint("person_id", "source"),)

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("registry_import.id"))
    source: Mapped[str]
    source_date: Mapped[date]
    desil: Mapped[int | None]
    raw: Mapped[Any] = mapped_column(SealedJson("registry_record.raw"))


class ProgrammeMembership(Base):
    """A person takes part in a programme (PKH, BPNT, PBI-JK, PIP …) according to a source."""

    __tablename__ = "programme_membership"
    __table_args__ = (UniqueConstraint("person_id", "programme", "source"),)

    id: Mapped[BigId]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    programme: Mapped[str]
    source: Mapped[str]
    source_date: Mapped[date]
    active: Mapped[bool]
