"""`slrt run` and the command line, as a newcomer uses them: an empty folder, no settings, no Telegram."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.acceptance.browser import Visitor
from tests.acceptance.processes import ROOT, Process
from tests.acceptance.world import free_port

SAMPLE_PASSWORD = "contoh-saja-2026"


def settings_of(folder: Path) -> dict[str, str]:
    """A folder of its own (with a space in its name) and ports that are free."""
    return {
        "SLRT_DATA_DIR": str(folder / "data baru"),
        "SLRT_HTTP_PORT": str(free_port()),
        "SLRT_NLU_PORT": str(free_port()),
        "SLRT_INBOX_PORT": str(free_port()),
    }


async def slrt(*arguments: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command to its end; its exit code and what it printed."""
    process = Process("slrt", sys.executable, "-m", "slrt", *arguments, environment=environment)
    await process.start(until_ready=False)
    return await process.ended(), process.output


async def test_a_newcomer_runs_everything(rasa: str, tmp_path: Path) -> None:
    environment = settings_of(tmp_path)
    # the model was trained for the other tests; a first start trains it, which takes a minute or two
    shutil.copytree(ROOT / "data" / "models", Path(environment["SLRT_DATA_DIR"]) / "models")
    base = f"http://127.0.0.1:{environment['SLRT_HTTP_PORT']}"
    run = Process("run", sys.executable, "-m", "slrt", "run", environment=environment, mark="Ctrl-C ends it")
    try:
        await run.start()
        for address in ("/chat", "/contoh"):
            assert f"{base}{address}" in run.output
        async with Visitor(base, base) as guest:
            assert (await guest.open("/chat")).status == 200
            assert "Kotak masuk" in (await guest.open("/contoh")).text
            assert (await guest.open("/darurat")).status == 200
            await guest.log_in("kasang", SAMPLE_PASSWORD)
        await one_ticket_by_hand(base)
        await run.kill()
        # its roles end with it, and a second start finds everything as it was
        await run.start()
        async with Visitor(base, base) as officer:
            await officer.log_in("kota", SAMPLE_PASSWORD)
            assert "SLRT-1571-" in (await officer.open("/kerja")).text
        assert await run.stop() == 0
    finally:
        await run.kill()
    await backup_and_restore(environment, tmp_path / "cadangan")


async def one_ticket_by_hand(base: str) -> None:
    """A report on the chat page, without JavaScript."""
    async with Visitor(base, base) as ani:
        await ani.open("/chat")
        await ani.press("Mulai")
        await ani.press("Kirim", text="anak saya sakit, tidak punya biaya berobat")
        assert "Saya catat" in ani.page.text
        await ani.press("Sudah benar, lanjut")
        while any("Tidak tahu" in form.buttons for form in ani.page.forms):
            await ani.press("Tidak tahu")
        await ani.press("Lewati")
        await ani.press("Kirim", text="kelurahan legok")
        await ani.press("Kirim laporan")
        assert "Laporan sudah kami terima" in ani.page.text


async def backup_and_restore(environment: dict[str, str], file: Path) -> None:
    """A backup goes where it is told, and comes back whole."""
    code, said = await slrt("db", "backup", str(file), environment=environment)
    assert code == 0, said
    assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116 - nothing waits here
    code, said = await slrt("db", "restore", str(file), environment=environment)
    assert code == 1
    assert "--replace" in said
    code, said = await slrt("db", "restore", str(file), "--replace", environment=environment)
    assert (code, said.strip().splitlines()[-1]) == (0, "Restored.")


async def test_wrong_input_is_one_sentence(tmp_path: Path) -> None:
    environment = settings_of(tmp_path)
    code, said = await slrt("run", environment={**environment, "SLRT_HTTP_PORT": "delapan"})
    assert code == 1
    assert "SLRT_HTTP_PORT" in said
    code, said = await slrt(
        "bot", environment={**environment, "SLRT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}
    )
    assert code != 0
    assert "keys" in said
    table = tmp_path / "daftar.csv"
    table.write_text("nama,alamat\nSiti,Jl. Contoh\n")
    mapping = ROOT / "registry" / "mappings" / "dtsen.yml"
    assert (await slrt("db", "upgrade", environment=environment))[0] == 0
    arguments = (
        "registry",
        "import",
        str(table),
        "--mapping",
        str(mapping),
        "--source",
        "DTSEN",
        "--date",
        "2026-10-01",
    )
    code, said = await slrt(*arguments, environment=environment)
    assert code == 1
    assert "daftar.csv" in said
    assert "nama" in said
    assert "Traceback" not in said
