"""The example client of the documentation, against the real server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from referral.channels.webhook import body_of, signature
from tests.console.api.conftest import Api, arrived

PDF = b"%PDF-1.7 surat"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """docs/contoh/klien_instansi.py"""
    path = Path(__file__).parents[3] / "docs" / "contoh" / "klien_instansi.py"
    spec = importlib.util.spec_from_file_location("klien_instansi", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_example_reads_answers_and_sends(api: Api, example: ModuleType) -> None:
    referral = await arrived(api.world)
    client = example.Klien(str(api.client.make_url("/")), api.token)

    def work() -> None:
        assert client.saya()["unit"] == referral.unit
        (item,), since = client.berubah()
        assert client.berubah(since)[0][0]["id"] == item["id"]
        assert client.baca(item["id"])["steps"][0] == "accept"
        for _ in range(2):
            assert client.jawab(item["id"], "accept", kunci="terima-sekali")["state"] == "accepted"
        with pytest.raises(example.Masalah) as refused:
            client.jawab(item["id"], "accept")
        assert (refused.value.status, refused.value.jenis) == (409, "not-now")
        client.kirim_berkas(item["id"], "surat jalan.pdf", PDF, "application/pdf")
        assert client.jawab(item["id"], "finish", outcome="helped")["state"] == "done"
        *_, file, last = client.riwayat(item["id"])
        assert (file["file"]["name"], last["kind"]) == ("surat jalan.pdf", "finished")
        assert client.perkara_rahasia() == []

    await asyncio.to_thread(work)


async def test_the_example_runs_as_a_program(api: Api) -> None:
    referral = await arrived(api.world)
    path = Path(__file__).parents[3] / "docs" / "contoh" / "klien_instansi.py"
    settings = {**os.environ, "SLRT_URL": str(api.client.make_url("/")), "SLRT_TOKEN": api.token}
    for _ in range(2):
        run = await asyncio.create_subprocess_exec(
            sys.executable, str(path), env=settings, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await run.communicate()
        assert run.returncode == 0
        assert f"{referral.id}: " in said.decode()
        assert "accepted" in said.decode()


def test_the_example_tells_our_webhooks_from_others(example: ModuleType) -> None:
    body = body_of({"type": "referral.sent", "data": {"referral": 12}})
    for secret in ("whsec_c2VjcmV0LW9mLXRoaXMtdGVzdA==", "a-secret-of-this-test"):
        headers = {
            "webhook-id": "referral-12-1-webhook",
            "webhook-timestamp": "1000",
            "webhook-signature": f"v2,x {signature(secret, 'referral-12-1-webhook', 1000, body)}",
        }
        assert example.webhook_asli(headers, body, secret, sekarang=1100)
        assert not example.webhook_asli(headers, body + b" ", secret, sekarang=1100)
        assert not example.webhook_asli(headers, body, "another-secret-of-this", sekarang=1100)
        assert not example.webhook_asli(headers, body, secret, sekarang=2000)
        assert not example.webhook_asli({}, body, secret, sekarang=1100)
