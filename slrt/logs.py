"""Logging: events with ids and labels, never names, numbers of persons, or texts."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(role: str, form: str) -> None:
    """Log to standard output, for people (`console`) or machines (`json`); foreign libraries from warnings up."""
    # in the terminal chat standard output is the conversation
    stream = sys.stderr if role == "terminal" else sys.stdout
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
    # what libraries say may hold an address with a token in it, so only their warnings' names get through
    logging.basicConfig(level=logging.WARNING, stream=stream, format="%(levelname)s %(name)s", force=True)
