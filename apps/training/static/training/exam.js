/* The exam: a clock that goes by the server's time, words beside each question while it is saved, another try when the network was away, and
   handing in by itself when the time is up. All of it works without: by the buttons of the page. */
(() => {
  const form = document.getElementById("exam");
  if (!form) return;
  const clock = document.getElementById("clock");
  const told = document.getElementById("clock-told");
  const offset = Number(form.dataset.nowMs) - Date.now();
  const deadline = Number(form.dataset.deadlineMs);
  const waiting = new Set();
  let over = false;

  const two = (n) => String(n).padStart(2, "0");
  const announce = new Map([[300, form.dataset.fiveMinutes], [60, form.dataset.oneMinute]]);
  const tick = () => {
    const left = Math.max(0, Math.ceil((deadline - offset - Date.now()) / 1000));
    clock.textContent = left >= 3600 ? `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}` : `${two(Math.floor(left / 60))}:${two(left % 60)}`;
    clock.classList.toggle("clock-late", left <= 300);
    for (const [seconds, words] of announce) {
      if (left <= seconds && left > 0) {
        told.textContent = words;
        announce.delete(seconds);
      }
    }
    if (left === 0 && !over) {
      over = true;
      document.getElementById("time-up").requestSubmit();
    }
  };

  const count = () => {
    const answered = [...form.querySelectorAll("fieldset")].filter((one) => one.querySelector("input:checked")).length;
    document.getElementById("answered").textContent = String(answered);
  };
  const say = (fieldset, words, failed) => {
    const place = fieldset.querySelector(".saved");
    place.textContent = words;
    place.classList.toggle("error", failed);
  };
  const of = (event) => event.target.closest("fieldset");

  form.addEventListener("change", count);
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const fieldset = of(event);
    if (fieldset) say(fieldset, form.dataset.saving, false);
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    const fieldset = of(event);
    if (!fieldset) return;
    waiting.add(fieldset);
    say(fieldset, form.dataset.unsaved, true);
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const fieldset = of(event);
    if (!fieldset) return;
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("[data-words]");
    say(fieldset, answer ? answer.textContent : form.dataset.unsaved, true);
    if (!answer) waiting.add(fieldset);
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    const fieldset = of(event);
    if (fieldset && event.detail.successful) waiting.delete(fieldset);
  });
  setInterval(() => {
    for (const fieldset of waiting) {
      waiting.delete(fieldset);
      fieldset.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }));
    }
  }, 4000);
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size && !over) event.preventDefault();
  });
  form.addEventListener("submit", () => waiting.clear());
  count();
  tick();
  setInterval(tick, 500);
})();
