"""The ticket's page and its forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from actions.errors import Incomplete, NotAllowed, NotFound, NotNow, NotSafe
from actions.steps import Said
from actions.views import ContactView, DuplicateView, SignedIn
from referral.errors import IllegalStep
from tests.console import samples
from tests.console.conftest import Actions

Enter = Callable[[SignedIn], SignedIn]
PAGE = f"/tiket/{samples.NUMBER}"


async def read(client: TestClient, path: str = PAGE) -> str:
    return await (await client.get(path)).text()


async def test_the_page_tells_the_whole_case(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    page = await read(client)
    assert actions.called("ticket_view") == [(signed.officer, samples.NUMBER)]
    for told in (
        samples.STORY,
        "Dibaca dari cerita warga (hampir pasti)",
        "Dibaca dari cerita warga (cukup yakin)",
        "Ditambahkan petugas",
        "DTSEN",
        "per 1 Agu 2026",
        "Desil 2 · menerima PKH, BPNT",
        "Data tidak cocok",
        "Sumber data tidak sepakat",
        "1571••••••••9003",
        "Dinas Pendidikan Provinsi Jambi",
        "SMA/SMK",
        "tertahan setelah 8 kali dicoba",
        "Connection refused",
        "terkirim",
        "Masuk daftar tunggu",
        "Menunggu warga mengatakan apakah sudah terbantu.",
        "Keluarga memang kurang mampu",
        "Pengiriman tertahan",
        "Surat keterangan tidak mampu (SKTM) dari kelurahan",
        "/berkas/31",
        "Berapa orang di rumah?",
        "Budi Santoso, sebagai Puskesos Kasang Jaya",
        "Limo, &lt;duo&gt; masih kecik",
        "/berkas/32",
        "Dijawab warga",
        "tidak sampai: warga menutup obrolan ini",
        "★★☆☆☆",
        "Lama sekali",
        "Sudah ditelepon",
    ):
        assert told in page, told


async def test_only_the_steps_that_the_officer_may_take_are_offered(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed("fo"))
    bare = replace(samples.TREATMENT, steps=())
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(bare,), steps=("record_visit",))
    page = await read(client)
    assert "Setujui" not in page
    assert "Kembalikan ke petugas" not in page
    assert "Catat hasil kunjungan" in page


async def test_words_that_are_kept_back_leave_no_hint_of_why(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed("fo"))
    actions.results["ticket_view"] = replace(samples.TICKET, complaint=None, messages=())
    page = await read(client)
    assert "Kata-kata warga tidak ditampilkan" in page
    assert "erbatas" not in page
    assert "Percakapan" not in page


async def test_a_message_that_no_model_has_read_is_pointed_out(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed(restricted=True))
    actions.results["ticket_view"] = replace(samples.TICKET, understood=False, referrals=())
    page = await read(client)
    assert "belum terbaca oleh mesin" in page
    assert "Belum ada kebutuhan yang dicatat" in page


@pytest.mark.parametrize(
    ("contact", "shown", "hidden"),
    [
        (None, "Jangan menulis ke chat ini", "tel:"),
        (ContactView("none", None, None), "Warga minta tidak dihubungi lewat HP", "tel:"),
        (ContactView("call", "081200000001", "habis magrib"), 'href="tel:081200000001"', "belum mengatakan"),
        (ContactView("write", None, None), "Boleh menulis ke chat ini", "Jangan menulis"),
    ],
)
async def test_how_a_person_may_be_reached_stands_above_a_restricted_need(
    client: TestClient, actions: Actions, enter: Enter, contact: ContactView | None, shown: str, hidden: str
) -> None:
    enter(samples.signed(restricted=True))
    violence = replace(samples.TREATMENT, need="violence", need_name="Kekerasan", restricted=True, contact=contact)
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(violence,))
    page = await read(client)
    assert shown in page
    assert hidden not in page
    assert (contact is None or contact.words is None) or contact.words in page


async def test_who_waits_for_a_call_and_what_may_be_the_same(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed())
    page = await read(client)
    assert "Minta ditelepon" not in page
    assert "Mungkin laporan yang sama" not in page
    twin = DuplicateView("SLRT-1571-2611-00007", samples.ago(days=3), "Biaya berobat", same_person=False)
    actions.results["ticket_view"] = replace(samples.TICKET, wanted="call", phone="081234567890", duplicates=(twin,))
    page = await read(client)
    assert 'href="tel:081234567890"' in page
    assert "Sudah dihubungi" in page
    assert 'href="/tiket/SLRT-1571-2611-00007"' in page
    assert "satu keluarga" in page


async def test_what_was_not_answered_and_not_confirmed_is_marked(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed())
    open_one = replace(samples.TREATMENT, unanswered=("Tempat berobat",), to_confirm=True)
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(open_one,))
    page = await read(client)
    assert "Belum dijawab" in page
    assert "Tempat berobat" in page
    assert "Belum dipastikan ke instansi" in page


STEPS = [
    ({"step": "approve"}, Said(), "approve"),
    ({"step": "reject", "reason": " Sudah dibantu \r\nBaznas "}, Said(reason="Sudah dibantu \nBaznas"), "reject"),
    ({"step": "revoke", "reason": "keliru"}, Said(reason="keliru"), "revoke"),
    ({"step": "finish", "outcome": "helped", "note": ""}, Said(outcome="helped"), "finish"),
]


@pytest.mark.parametrize(("fields", "said", "news"), STEPS)
async def test_a_step_is_taken_and_told(
    client: TestClient, actions: Actions, enter: Enter, fields: dict[str, str], said: Said, news: str
) -> None:
    signed = enter(samples.signed())
    answer = await client.post(f"{PAGE}/rujukan/12", data={"csrf": signed.csrf, **fields}, allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == f"{PAGE}?kabar={news}"
    assert actions.called("officer_step") == [(signed.officer, 12, fields["step"], said)]
    assert 'class="news"' in await read(client, answer.headers["Location"])


async def test_news_is_only_ever_our_own_words(client: TestClient, enter: Enter) -> None:
    enter(samples.signed())
    assert 'class="news"' not in await read(client, f"{PAGE}?kabar=Transfer+uang")


@pytest.mark.parametrize("step", ["send", "expire", "confirm_helped", "", "x"])
async def test_steps_that_are_not_an_officers_are_refused(
    client: TestClient, actions: Actions, enter: Enter, step: str
) -> None:
    signed = enter(samples.signed())
    answer = await client.post(f"{PAGE}/rujukan/12", data={"csrf": signed.csrf, "step": step})
    assert answer.status == 409
    assert actions.changes == []


TICKET_FORMS: list[tuple[str, dict[str, str], str, tuple[Any, ...]]] = [
    ("rekomendasi", {"note": "Layak"}, "recommend", ("Layak",)),
    ("kembalikan", {"note": "Foto KK?"}, "send_back", ("Foto KK?",)),
    ("minta-kunjungan", {}, "ask_visit", ()),
    ("kunjungan", {"finding": "poor", "note": " "}, "record_visit", ("poor", None)),
    ("kebutuhan", {"need": "school_fees", "school_level": "sma"}, "add_need", ("school_fees", {"school_level": "sma"})),
    ("kebutuhan", {"need": "food_aid", "school_level": "sma"}, "add_need", ("food_aid", {})),
    ("dibaca", {}, "mark_seen", ()),
    ("sudah-dihubungi", {}, "contacted", ()),
    ("pesan/5/tarik", {}, "withdraw", (5,)),
]


@pytest.mark.parametrize(("path", "fields", "action", "args"), TICKET_FORMS)
async def test_a_form_on_the_ticket_is_done_and_told(
    client: TestClient,
    actions: Actions,
    enter: Enter,
    path: str,
    fields: dict[str, str],
    action: str,
    args: tuple[Any, ...],
) -> None:
    signed = enter(samples.signed())
    answer = await client.post(f"{PAGE}/{path}", data={"csrf": signed.csrf, **fields}, allow_redirects=False)
    assert answer.headers["Location"] == f"{PAGE}?kabar={action}"
    assert actions.called(action) == [(signed.officer, samples.NUMBER, *args)]


async def test_a_message_to_the_resident_is_sent_and_told(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    data = {"csrf": signed.csrf, "kind": "document", "text": "Foto kartu KKS"}
    answer = await client.post(f"{PAGE}/pesan", data=data, allow_redirects=False)
    assert answer.headers["Location"] == f"{PAGE}?kabar=write"
    assert actions.called("write_to_resident") == [(signed.officer, samples.NUMBER, "document", "Foto kartu KKS")]
    assert (await client.post(f"{PAGE}/pesan", data={**data, "text": "a" * 3600})).status == 422
    actions.results["write_to_resident"] = NotSafe()
    refused = await client.post(f"{PAGE}/pesan", data=data)
    assert refused.status == 409
    page = await refused.text()
    assert "Tidak dikirim demi keamanan warga" in page
    assert "Foto kartu KKS" in page


async def test_where_writing_is_not_safe_no_form_is_offered(client: TestClient, actions: Actions, enter: Enter) -> None:
    enter(samples.signed(restricted=True))
    actions.results["ticket_view"] = replace(samples.TICKET, may_write=False, inquiries=())
    page = await read(client)
    assert "Tulis kepada warga" not in page
    assert "HP warga bisa dibaca orang lain" in page


async def test_what_is_missing_is_said_beside_what_was_typed(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed())
    actions.results["record_visit"] = Incomplete("finding")
    data = {"csrf": signed.csrf, "note": "Rumah <kosong>"}
    answer = await client.post(f"{PAGE}/kunjungan", data=data)
    page = await answer.text()
    assert answer.status == 422
    assert "Mohon pilih apa yang ditemukan." in page
    assert "Rumah &lt;kosong&gt;</textarea>" in page
    assert '<details class="act" open>' in page


async def test_only_the_form_that_was_sent_shows_what_was_typed(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed())
    both = (samples.TREATMENT, replace(samples.TREATMENT, id=15, need="food_aid"))
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=both)
    actions.results["officer_step"] = Incomplete("reason")
    data = {"csrf": signed.csrf, "step": "reject", "reason": "khas"}
    page = await (await client.post(f"{PAGE}/rujukan/15", data=data)).text()
    assert page.count("khas") == 1
    assert "khas" in page.partition('id="rujukan-15"')[2]


@pytest.mark.parametrize(("problem", "status"), [(NotNow(), 409), (NotAllowed(), 403)])
async def test_a_refused_step_shows_the_present_state_and_keeps_the_words(
    client: TestClient, actions: Actions, enter: Enter, problem: Exception, status: int
) -> None:
    signed = enter(samples.signed())
    actions.results["officer_step"] = problem
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(replace(samples.TREATMENT, steps=()),))
    data = {"csrf": signed.csrf, "step": "reject", "reason": "Sudah dibantu Baznas"}
    answer = await client.post(f"{PAGE}/rujukan/12", data=data)
    page = await answer.text()
    assert answer.status == status
    assert "Sudah dibantu Baznas" in page
    assert samples.NUMBER in page


async def test_a_ticket_that_went_out_of_sight_is_not_shown_after_a_problem(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed("fo"))
    actions.results["officer_step"] = NotNow()
    actions.results["ticket_view"] = NotFound()
    answer = await client.post(f"{PAGE}/rujukan/12", data={"csrf": signed.csrf, "step": "approve"})
    assert answer.status == 404


async def test_endless_text_is_refused_before_any_action(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    answer = await client.post(f"{PAGE}/rekomendasi", data={"csrf": signed.csrf, "note": "a" * 5000})
    assert answer.status == 422
    assert actions.changes == []


async def test_an_answer_that_the_catalogue_does_not_know_is_refused(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    signed = enter(samples.signed())
    data = {"csrf": signed.csrf, "need": "school_fees", "school_level": "s3"}
    assert (await client.post(f"{PAGE}/kebutuhan", data=data)).status == 422
    assert actions.changes == []


async def test_needs_that_can_be_added(client: TestClient, actions: Actions, enter: Enter) -> None:
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(samples.TREATMENT,))
    enter(samples.signed())
    page = await read(client)
    assert '<option value="food_aid"' in page
    assert '<option value="health_treatment"' not in page
    assert '<option value="violence"' not in page
    enter(samples.signed(restricted=True))
    assert '<option value="violence"' in await read(client)


@pytest.mark.parametrize(
    "path", ["/tiket/%3Cscript%3E", f"{PAGE}/rujukan/abc", f"{PAGE}/rujukan/{'9' * 30}", "/kasus/-1"]
)
async def test_nonsense_addresses_are_not_found(client: TestClient, actions: Actions, enter: Enter, path: str) -> None:
    enter(samples.signed())
    assert (await client.get(path)).status == 404
    assert actions.calls == []


@pytest.mark.parametrize(
    ("path", "typed", "action", "handed", "news"),
    [
        ("tidak-dilanjutkan", {"reason": "Uji"}, "reject_ticket", ("Uji",), "reject_ticket"),
        ("hentikan", {"reason": "Warga"}, "withdraw_ticket", ("Warga",), "withdraw_ticket"),
        ("gabung", {"into": "SLRT-1"}, "merge_ticket", ("SLRT-1",), "merge"),
        ("buka-lagi", {}, "reopen_ticket", (), "reopen_ticket"),
    ],
)
async def test_the_whole_ticket_is_ended_or_taken_up_again(
    client: TestClient,
    actions: Actions,
    enter: Enter,
    path: str,
    typed: dict[str, str],
    action: str,
    handed: Any,
    news: str,
) -> None:
    signed = enter(samples.signed())
    answer = await client.post(f"{PAGE}/{path}", data={"csrf": signed.csrf, **typed}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"{PAGE}?kabar={news}")
    assert actions.called(action) == [(signed.officer, samples.NUMBER, *handed)]


async def test_a_step_that_does_not_fit_is_explained(client: TestClient, actions: Actions, enter: Enter) -> None:
    signed = enter(samples.signed())
    actions.results["reject_ticket"] = NotNow(
        IllegalStep("checking", "reject", "manager", "nothing_under_way", "ticket")
    )
    answer = await client.post(f"{PAGE}/tidak-dilanjutkan", data={"csrf": signed.csrf, "reason": "Uji"})
    page = await answer.text()
    assert answer.status == 409
    assert "“Tidak dilanjutkan”: sudah ada rujukan yang berjalan" in page


async def test_a_merged_ticket_leads_to_the_one_that_goes_on(
    client: TestClient, actions: Actions, enter: Enter
) -> None:
    enter(samples.signed())
    actions.results["ticket_view"] = replace(
        samples.TICKET, state="merged", merged_into="SLRT-1571-2611-00007", steps=()
    )
    page = await read(client)
    assert 'href="/tiket/SLRT-1571-2611-00007"' in page
    assert "Gabungkan" not in page
