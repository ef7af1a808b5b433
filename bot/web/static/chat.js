// Shows news by itself and sends with Enter. Without this file the page works by sending and reloading.
"use strict";
(() => {
  const every = 2000;
  history.scrollRestoration = "manual"; // a page that is loaded again shows its end too
  const toEnd = () => document.getElementById("akhir").scrollIntoView();

  async function look() {
    const list = document.getElementById("lines");
    try {
      const answer = await fetch("/chat/lines?after=" + encodeURIComponent(list.dataset.last));
      if (answer.status === 200) {
        const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("lines");
        if (made) {
          list.replaceWith(made);
          toEnd();
        }
      }
    } catch {
      // the server is away for a moment; the next look will tell
    }
    setTimeout(look, every);
  }

  document.getElementById("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  toEnd();
  setTimeout(look, every);
})();
