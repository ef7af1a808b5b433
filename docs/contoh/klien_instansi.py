"""Contoh klien untuk API SLRT. Hanya memakai pustaka bawaan Python 3.12; boleh disalin dan diubah.

Jalankan:

    SLRT_URL=https://slrt.example.go.id SLRT_TOKEN=slrt_… python klien_instansi.py

Yang dicontohkan: membaca rujukan yang berubah, membaca isinya, menjawab satu kali saja walau sambungan putus,
mengirim berkas, dan memeriksa tanda tangan webhook. Panduannya: docs/api-instansi.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

COBA = 5  # berapa kali dicoba bila sambungan putus, terlalu sering, atau SLRT sedang terganggu


class Masalah(Exception):
    """Jawaban SLRT yang bukan 2xx. `jenis` tetap (untuk program), `kata` untuk orang."""

    def __init__(self, status: int, isi: dict[str, Any]) -> None:
        super().__init__(f"{status} {isi.get('title', '')}: {isi.get('detail', '')}")
        self.status = status
        self.jenis = str(isi.get("type", "")).removeprefix("urn:slrt:problem:")
        self.isi = isi


class Klien:
    """Sambungan satu unit ke SLRT."""

    def __init__(self, alamat: str, token: str) -> None:
        self._alamat = alamat.rstrip("/") + "/api/v1"
        self._token = token

    def saya(self) -> dict[str, Any]:
        """Token ini milik unit mana, dan boleh apa."""
        return self._minta("GET", "/me")

    def berubah(self, sejak: str | None = None) -> tuple[list[dict[str, Any]], str]:
        """Rujukan yang berubah sejak suatu saat, dan saat yang dipakai pada panggilan berikutnya."""
        saring = {"changed_since": sejak} if sejak else {}
        halaman = self._minta("GET", "/referrals?" + urlencode({**saring, "limit": 100}))
        saat, isi = halaman["as_of"], list(halaman["items"])
        while halaman["next_cursor"] is not None:
            tanya = {**saring, "limit": 100, "cursor": halaman["next_cursor"]}
            halaman = self._minta("GET", "/referrals?" + urlencode(tanya))
            isi += halaman["items"]
        return isi, saat

    def perkara_rahasia(self) -> list[str]:
        """Tautan perkara rahasia yang menunggu. Isinya dibaca orang, setelah masuk."""
        return [perkara["link"] for perkara in self._minta("GET", "/cases")["items"]]

    def baca(self, rujukan: int) -> dict[str, Any]:
        """Isi satu rujukan."""
        return self._minta("GET", f"/referrals/{rujukan}")

    def riwayat(self, rujukan: int) -> Iterator[dict[str, Any]]:
        """Apa yang terjadi pada satu rujukan, yang lama di depan."""
        lanjut: int | None = 0
        while lanjut is not None:
            halaman = self._minta("GET", f"/referrals/{rujukan}/events?cursor={lanjut}")
            yield from halaman["items"]
            lanjut = halaman["next_cursor"]

    def jawab(self, rujukan: int, step: str, *, kunci: str | None = None, **isi: str) -> dict[str, Any]:
        """Ambil satu langkah. Simpan `kunci` sebelum memanggil bila program ini bisa mati di tengah jalan."""
        data = json.dumps({"step": step, **isi}).encode()
        return self._minta("POST", f"/referrals/{rujukan}/steps", data, "application/json", kunci)

    def kirim_berkas(
        self, rujukan: int, nama: str, berkas: bytes, jenis: str, *, kunci: str | None = None
    ) -> dict[str, Any]:
        """Kirim foto atau PDF."""
        return self._minta(
            "POST", f"/referrals/{rujukan}/files", berkas, jenis, kunci, {"File-Name": quote(nama, safe="")}
        )

    def _minta(
        self,
        cara: str,
        jalan: str,
        data: bytes | None = None,
        jenis: str = "",
        kunci: str | None = None,
        lain: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        kepala = {"Authorization": f"Bearer {self._token}", **(lain or {})}
        if data is not None:
            # kunci yang sama di setiap percobaan: SLRT melakukannya satu kali saja
            kepala |= {"Content-Type": jenis, "Idempotency-Key": kunci or str(uuid.uuid4())}
        for kali in range(1, COBA + 1):
            try:
                with urlopen(Request(self._alamat + jalan, data, kepala, method=cara), timeout=30) as jawaban:
                    isi: dict[str, Any] = json.load(jawaban)
                    return isi
            except HTTPError as salah:
                with salah:
                    masalah = Masalah(salah.code, _json(salah.read()))
                if kali == COBA or not (salah.code == 429 or salah.code >= 500):
                    raise masalah from None
                time.sleep(float(salah.headers.get("Retry-After") or kali))
            except URLError:
                if kali == COBA:
                    raise
                time.sleep(kali)
        raise AssertionError("tidak sampai ke sini")


def _json(isi: bytes) -> dict[str, Any]:
    try:
        dibaca = json.loads(isi)
    except ValueError:
        return {}
    return dibaca if isinstance(dibaca, dict) else {}


def webhook_asli(
    kepala: dict[str, str], isi: bytes, rahasia: str, *, sekarang: float, paling_lama: float = 300
) -> bool:
    """Apakah kiriman webhook benar dari SLRT dan masih baru. Nama kepala ditulis dengan huruf kecil."""
    nomor, saat = kepala.get("webhook-id", ""), kepala.get("webhook-timestamp", "")
    if not saat.isdecimal() or abs(sekarang - int(saat)) > paling_lama:
        return False
    awalan = "whsec_"
    kunci = base64.b64decode(rahasia.removeprefix(awalan)) if rahasia.startswith(awalan) else rahasia.encode()
    hitung = hmac.new(kunci, f"{nomor}.{saat}.".encode() + isi, hashlib.sha256).digest()
    seharusnya = "v1," + base64.b64encode(hitung).decode()
    return any(hmac.compare_digest(satu, seharusnya) for satu in kepala.get("webhook-signature", "").split())


def utama() -> None:
    """Terima setiap rujukan baru, dan tampilkan yang sedang berjalan."""
    klien = Klien(os.environ["SLRT_URL"], os.environ["SLRT_TOKEN"])
    saya = klien.saya()
    print(f"{saya['agency_name']}, {saya['unit_name']}")
    for rujukan in klien.berubah()[0]:
        if rujukan["state"] in ("sent", "received"):
            # kunci dari nomor rujukan: walau program ini diulang, diterima satu kali
            rujukan = klien.jawab(rujukan["id"], "accept", kunci=f"terima-{rujukan['id']}-{rujukan['created_at']}")
        print(f"{rujukan['id']}: {rujukan['ticket']}, {rujukan['need_name']}, {rujukan['state']}")
    for tautan in klien.perkara_rahasia():
        print(f"Perkara rahasia menunggu: {tautan}")


if __name__ == "__main__":
    utama()
