"use strict";
// Pages work without this. It keeps lists fresh, moves between rows by j and k, and stops a form from being sent twice.

function keepFresh(region) {
  const seconds = Number(region.dataset.live);
  let timer = 0;

  async function refresh() {
    if (document.hidden) return wait();
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      if (answer.redirected) return location.reload(); // the log-in is over
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // no network for a moment: the next round tries again
    }
    wait();
  }

  function show(fresh) {
    const next = fresh.getElementById(region.id);
    if (!next) return;
    const at = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    region.replaceChildren(...next.childNodes);
    if (at) [...region.querySelectorAll("a")].find((link) => link.getAttribute("href") === at)?.focus();
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(refresh, seconds * 1000);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  wait();
}

function moveByKeys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const rows = [...document.querySelectorAll("a.row")];
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? rows[0] : rows[here + step];
  next?.focus();
}

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.querySelector("button[type=submit]")?.setAttribute("aria-busy", "true");
}

function askOnlyWhatFits(select) {
  const fit = () => {
    const asks = (select.selectedOptions[0]?.dataset.asks || "").split(" ");
    for (const field of select.form.querySelectorAll("[data-asked]")) field.hidden = !asks.includes(field.dataset.asked);
  };
  select.addEventListener("change", fit);
  fit();
}

document.querySelectorAll("[data-live]").forEach(keepFresh);
document.querySelectorAll("#add_need-need").forEach(askOnlyWhatFits);
document.addEventListener("keydown", moveByKeys);
document.addEventListener("submit", sendOnce);
// coming back by the browser's button: forms can be sent again
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
  delete form.dataset.sent;
  form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
}));
document.querySelector("[role=alert]")?.closest("details")?.scrollIntoView({ block: "center" });
