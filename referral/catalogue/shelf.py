"""The catalogue that is in force in this process: one edition at a time, exchanged as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from referral.catalogue.loader import Catalogue, catalogue_of
from referral.catalogue.texts import Texts, read_texts


@dataclass(frozen=True)
class Edition:
    """A version of the catalogue, loaded. Number 0 is what comes with the product."""

    number: int
    catalogue: Catalogue
    texts: Texts = field(default_factory=read_texts, repr=False)


def packaged() -> Edition:
    """The edition that comes with the product. Raises CatalogueError."""
    texts = read_texts()
    return Edition(0, catalogue_of(texts), texts)


class Shelf:
    """Holds the edition in force. What runs within `still` sees one and the same until it ends."""

    def __init__(self, edition: Edition) -> None:
        self._newest = edition
        self._pinned: ContextVar[Edition | None] = ContextVar("edition", default=None)
        self.broken: int | None = None  # a newer version that this process can't load

    @property
    def edition(self) -> Edition:
        """The edition in force here and now."""
        return self._pinned.get() or self._newest

    @property
    def newest(self) -> Edition:
        """The newest edition that was taken up, whatever is pinned."""
        return self._newest

    def take(self, edition: Edition) -> None:
        """Have a newer edition be in force; an older one changes nothing."""
        if edition.number > self._newest.number:
            self._newest = edition
        if self.broken is not None and edition.number >= self.broken:
            self.broken = None

    @contextmanager
    def still(self) -> Iterator[Edition]:
        """Keep the present edition for the block, whatever is published meanwhile."""
        token = self._pinned.set(self.edition)
        try:
            yield self.edition
        finally:
            self._pinned.reset(token)
