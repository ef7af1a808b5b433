"""A real IMAP server (pymap, in memory) in a process of its own, into which tests put mails."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from imap_tools import MailBoxUnencrypted

USER, PASSWORD = "slrt", "sandi-uji"


@dataclass(frozen=True)
class ImapBox:
    """The mailbox of a running server."""

    port: int

    @property
    def url(self) -> str:
        """As SLRT_IMAP_URL wants it."""
        return f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    async def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        await asyncio.to_thread(self._put, mails)

    def _put(self, mails: tuple[bytes, ...]) -> None:
        with MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD, initial_folder=None) as box:
            for mail in mails:
                box.append(mail, "INBOX")

    def flags(self) -> list[tuple[str, ...]]:
        """The marks of all mails: who only reads changes none."""
        with MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD) as box:
            # "recent" tells of this look alone
            return [
                tuple(flag for flag in mail.flags if flag != "\\Recent")
                for mail in box.fetch(mark_seen=False, headers_only=True)
            ]


@asynccontextmanager
async def imap_server() -> AsyncIterator[ImapBox]:
    """Start it on a free port of loopback; it begins with the few mails of pymap's own sample."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = (str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls")
    process = await asyncio.create_subprocess_exec(
        *command,
        *("dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(port, process)
        yield ImapBox(port)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                await reader.readline()
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the IMAP server ended")
