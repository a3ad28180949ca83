/* What every page adds when scripts run; all of it works without. */
(() => {
  const ready = () => {
    const search = document.getElementById("search");
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
      /* n and p turn the pages of a list. */
      const rel = { n: "next", p: "prev" }[event.key];
      if (rel && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const turn = document.querySelector(`.pages a[rel=${rel}]`);
        if (turn) turn.click();
      }
      if (event.key === "Escape") {
        const open = document.querySelector("details.menu[open]");
        if (open) {
          open.open = false;
          open.querySelector("summary").focus();
        }
      }
    });
    /* One menu at a time, and none when the click was elsewhere. */
    document.addEventListener("click", (event) => {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
    });
    /* A form is sent once. */
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-busy", "true");
    });
    window.addEventListener("pageshow", () => {
      for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
        for (const button of form.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
      }
    });
    /* Filters apply as they are chosen; the button remains for the keyboard and for pages without scripts. */
    document.addEventListener("change", (event) => {
      const field = event.target.closest("[data-submit]");
      if (field) field.form.requestSubmit();
    });
    /* On a phone what is long begins folded; without a script it is open. */
    if (window.matchMedia("(max-width: 640px)").matches) {
      for (const part of document.querySelectorAll("details[data-fold][open]")) part.open = false;
    }
    const error = document.querySelector(".error-summary");
    if (error) error.focus();
    document.documentElement.setAttribute("data-ready", "true");
  };
  document.addEventListener("DOMContentLoaded", ready);
  /* For the phone: what is kept for when there is no network. Only where the connection is secure. */
  if (navigator.serviceWorker) window.addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => null));
})();
