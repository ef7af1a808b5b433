"""An invented population in the registry tables of the try-out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select

from registry.generator import Source, write_csv
from registry.importer import import_list
from slrt.building import project_root
from storage.database import Database
from storage.models import Person

_HOUSEHOLDS = 400
_SEED = 2026
# the newer list and the older one, which disagree about some
_LISTS: tuple[tuple[Source, date], ...] = (("DTSEN", date(2026, 10, 1)), ("P3KE", date(2023, 6, 1)))


async def ensure_sample_population(data_dir: Path, database: Database, tell: Callable[[str], None]) -> None:
    """Generate and import sample lists, once. They pass through the same import as a real one."""
    async with database.transaction() as session:
        if await session.scalar(select(func.count()).select_from(Person)):
            return
    tell("Data contoh: membuat penduduk rekaan …")
    for source, source_date in _LISTS:
        path = data_dir / f"sample-{source.lower()}.csv"
        write_csv(path, households=_HOUSEHOLDS, seed=_SEED, source=source)
        report = await import_list(
            database,
            path,
            mapping=project_root() / "registry" / "mappings" / f"{source.lower()}.yml",
            source=source,
            source_date=source_date,
            today=datetime.now(UTC).date(),
        )
        tell(f"Data contoh: {report.taken} orang rekaan dari {source}")
