"""Training the model once and keeping it until data or code change."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nlu.errors import RasaMissing, TrainingFailed
from nlu.server import ROOT, environment

Progress = Callable[[str], None]

_KEPT_MODELS = 3
_LAST_LINES = 15
_STARTED = re.compile(r"Starting to train component '(\w+)'")
_STEPS = {
    "MessageFeaturizer": "kata-kata",
    "EntityFinder": "nama, tempat, angka",
    "IntentModel": "maksud pesan",
    "NeedsModel": "kebutuhan",
    "UrgencyModel": "keadaan darurat",
}
_SOURCES = ("config.yml", "domain.yml", "requirements/rasa.txt")
_PACKAGES = ("nlu/components", "nlu/lexicon", "nlu/models", "nlu/data")
_MODULES = ("nlu/labels.py", "nlu/messages.py", "nlu/launcher.py")


def sources(root: Path = ROOT) -> list[Path]:
    """Return the files that decide what a model learns: data, code, settings and locked versions."""
    files = [root / name for name in (*_SOURCES, *_MODULES)]
    for package in _PACKAGES:
        files += [path for path in (root / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return sorted(path for path in files if path.exists() and path.suffix != ".pyc")


def fingerprint(root: Path = ROOT) -> str:
    """Return 16 hexadecimal digits that change when one of :func:`sources` does."""
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


async def ensure_model(rasa_python: Path, data_dir: Path, progress: Progress) -> Path:
    """Return the archive of a model that fits data and code, training it first where there is none.

    Args:
        rasa_python: the interpreter of the Rasa environment.
        data_dir: models are kept in ``data_dir/models``.
        progress: gets a line when something begins; nothing where the model is there already.

    Raises :class:`RasaMissing` and :class:`TrainingFailed`. Two processes never train at once.
    """
    model = model_path(data_dir)
    if _exists(model):
        return model
    if not _exists(rasa_python):
        raise RasaMissing(str(rasa_python))
    lock = await asyncio.to_thread(_lock, model.parent / "training.lock", progress)
    try:
        if not _exists(model):
            await _train(rasa_python, model, progress)
            _forget_old(model)
    finally:
        os.close(lock)
    return model


def model_path(data_dir: Path) -> Path:
    """Return where the model that fits data and code is, or will be."""
    return data_dir.resolve() / "models" / f"nlu-{fingerprint()}.tar.gz"


def _exists(path: Path) -> bool:
    return path.exists()


def _put(made: Path, model: Path) -> None:
    made.replace(model)


def _lock(path: Path, progress: Progress) -> int:
    """Return a locked file's descriptor; closing it frees the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress("Pemahaman: menunggu proses lain yang sedang melatih …")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _arguments(rasa_python: Path, out: Path) -> list[str]:
    """Return the command that trains ``nlu.tar.gz`` into *out*."""
    arguments = [str(rasa_python.absolute()), "-m", "nlu.launcher", "train", "nlu"]
    arguments += ["--config", str(ROOT / "config.yml"), "--domain", str(ROOT / "domain.yml")]
    return [*arguments, "--nlu", str(ROOT / "nlu" / "data"), "--out", str(out), "--fixed-model-name", "nlu"]


async def _train(rasa_python: Path, model: Path, progress: Progress) -> None:
    progress("Pemahaman: melatih model, hanya sekali, sekitar tiga menit …")
    with _workshop(model.parent) as folder:
        process = await asyncio.create_subprocess_exec(
            *_arguments(rasa_python, folder),
            cwd=folder,
            env={**environment(folder), "LOG_LEVEL": "INFO"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            last = await _follow(process, progress)
            failed = await process.wait() != 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if failed or not _exists(folder / "nlu.tar.gz"):
            raise TrainingFailed("\n".join(last))
        _put(folder / "nlu.tar.gz", model)


async def _follow(process: asyncio.subprocess.Process, progress: Progress) -> list[str]:
    """Pass on what training begins with; return the last lines of its output."""
    assert process.stdout is not None
    last: list[str] = []
    done = 0
    async for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        last = [*last, line][-_LAST_LINES:]
        match = _STARTED.search(line)
        if match and match[1] in _STEPS:
            done += 1
            progress(f"Pemahaman: melatih {_STEPS[match[1]]} ({done}/{len(_STEPS)}) …")
    return last


@contextmanager
def _workshop(models: Path) -> Iterator[Path]:
    """Give a folder that is gone afterwards, on the same disk as the models."""
    folder = Path(tempfile.mkdtemp(prefix="training-", dir=models))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_old(newest: Path) -> None:
    """Delete all but the last models: each is of use to one state of the code only."""
    old = sorted(newest.parent.glob("nlu-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [path for path in old if path != newest][_KEPT_MODELS - 1 :]:
        path.unlink(missing_ok=True)
