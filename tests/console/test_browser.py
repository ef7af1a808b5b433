"""The pages in a real browser: nothing is blocked by our own policy, nothing scrolls sideways, the keys work."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Page, async_playwright

from tests.console import samples
from tests.console.conftest import Actions

pytestmark = pytest.mark.browser

PHONE, DESKTOP = {"width": 390, "height": 800}, {"width": 1280, "height": 860}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


class Window:
    """A window of the browser at the application under test, and what the browser complained about."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str) -> Page:
        await self.page.goto(self.base + path)
        return self.page


@pytest.fixture
async def window(browser: Browser, client: TestClient, actions: Actions) -> AsyncIterator[Callable[..., Any]]:
    """Opens a window, logged in or not."""
    base = str(client.make_url("/")).rstrip("/")
    contexts = []

    async def opened(size: dict[str, int] = DESKTOP, role: str | None = "coordinator", **options: Any) -> Window:
        context = await browser.new_context(viewport=size, **options)
        contexts.append(context)
        if role:
            actions.sessions["in-browser"] = samples.agency_officer() if role == "agency" else samples.signed(role)
            await context.add_cookies([{"name": "slrt", "value": "in-browser", "url": base}])
        return Window(await context.new_page(), base)

    yield opened
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/masuk", None),
        (f"/j/{samples.TOKEN}", None),
        ("/kerja", "coordinator"),
        (f"/tiket/{samples.NUMBER}", "coordinator"),
        ("/rujukan", "agency"),
        ("/kasus/21", "agency"),
    ],
)
async def test_a_page_fits_its_window_and_the_policy_blocks_nothing(
    window: Callable[..., Any], size: dict[str, int], path: str, role: str | None
) -> None:
    opened = await window(size, role)
    page = await opened.open(path)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    small = """[...document.querySelectorAll('button, .button, input:not([type=hidden]):not([type=radio]), select')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    assert await page.evaluate(small) == []
    assert opened.complaints == []


async def test_rows_are_walked_and_opened_by_keys(window: Callable[..., Any]) -> None:
    page = await (await window()).open("/kerja")
    focused = "document.activeElement.getAttribute('href')"
    links = [f"/tiket/{item.number}" for item in samples.WORK]
    for key, expected in (("j", links[0]), ("j", links[1]), ("k", links[0]), ("k", links[0])):
        await page.keyboard.press(key)
        assert await page.evaluate(focused) == expected
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{links[0]}")


async def test_the_list_renews_itself_and_keeps_the_place(window: Callable[..., Any], actions: Actions) -> None:
    opened = await window()
    await opened.page.clock.install()
    page = await opened.open("/kerja")
    await page.keyboard.press("j")
    actions.results["worklist"] = [replace(samples.WORK[0], number="SLRT-1571-2611-00099"), *samples.WORK]
    await page.clock.run_for(21_000)
    await page.wait_for_selector("a[href='/tiket/SLRT-1571-2611-00099']")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == f"/tiket/{samples.NUMBER}"


async def test_only_fitting_questions_are_asked(window: Callable[..., Any], actions: Actions) -> None:
    actions.results["ticket_view"] = replace(samples.TICKET, referrals=(samples.TREATMENT,))
    page = await (await window()).open(f"/tiket/{samples.NUMBER}")
    await page.click("text=Tambah kebutuhan…")
    question = page.locator("#add_need-school_level")
    await page.select_option("#add_need-need", "food_aid")
    assert not await question.is_visible()
    await page.select_option("#add_need-need", "school_fees")
    assert await question.is_visible()


async def test_everything_works_without_scripts(window: Callable[..., Any], actions: Actions) -> None:
    opened = await window(PHONE, java_script_enabled=False)
    page = await opened.open(f"/tiket/{samples.NUMBER}")
    await page.click("#rujukan-12 summary.button")
    await page.fill("#rujukan-12 textarea", "Sudah dibantu Baznas")
    await page.click("#rujukan-12 .sheet button")
    await page.wait_for_url("**kabar=reject")
    assert actions.called("officer_step")[0][1:3] == (12, "reject")
