"""How a Rasa server is started, and how to tell that it is ready."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from nlu.errors import ServerNotReady

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds ``config.yml``, ``domain.yml`` and the package ``nlu``."""

_POLL_SECONDS = 0.25


def environment(work_dir: Path) -> dict[str, str]:
    """Return the whole environment of a Rasa process; it needs nothing of ours.

    Everything that Rasa would write into a home directory goes below *work_dir*; one thread per process.
    """
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "ignore",
        "HOME": str(work_dir),
        "MPLCONFIGDIR": str(work_dir / "cache"),
        "RASA_CACHE_DIRECTORY": str(work_dir / "cache"),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL": "WARNING",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def command(rasa_python: Path, model: Path, port: int, token: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves *model* on loopback, and its environment (fit to stand alone).

    Args:
        rasa_python: the interpreter of the Rasa environment.
        model: the archive that :func:`nlu.training.ensure_model` gave.
        port: where ``/model/parse`` answers, on 127.0.0.1 alone.
        token: what callers must show; without it nothing is parsed.
    """
    arguments = [str(rasa_python.absolute()), "-m", "nlu.launcher", "run", "--enable-api", "--interface", "127.0.0.1"]
    arguments += ["--port", str(port), "--auth-token", token, "--model", str(model.resolve())]
    arguments += ["--endpoints", str(ROOT / "nlu" / "data" / "endpoints.yml")]
    return arguments, environment(model.resolve().parent)


async def is_ready(session: aiohttp.ClientSession, url: str, token: str) -> bool:
    """Say whether the server at *url* answers and has a model loaded."""
    try:
        async with session.get(f"{url}/status", params={"token": token}) as response:
            return response.status == 200 and bool((await response.json()).get("model_file"))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return False


async def wait_ready(url: str, token: str, timeout: float) -> None:
    """Return when the server at *url* is ready; raises :class:`ServerNotReady` after *timeout* seconds.

    A server whose model could not be loaded answers on ``/`` but is never ready.
    """
    limit = aiohttp.ClientTimeout(total=2.0)
    try:
        async with asyncio.timeout(timeout), aiohttp.ClientSession(timeout=limit) as session:
            while not await is_ready(session, url, token):  # noqa: ASYNC110  # another process: nothing to wait on
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise ServerNotReady(url, timeout) from None
