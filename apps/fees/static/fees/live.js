/* Saves the sheet while one types, with the revision that was edited, and puts what the checks find at its cells. Nothing is lost: without a connection it
   tries again, and a save that comes too late stops and offers the comparison. */
(() => {
  const start = () => {
    const form = document.getElementById("sheet");
    if (!form) return;
    const bar = document.getElementById("cell-bar");
    const field = (name) => form.elements[name];
    const touched = new Set();
    let wait = 0;
    let running = false;
    let dirty = false;
    let stopped = false;

    const part = (name, root = document) => root.querySelector(`[data-part="${name}"]`);
    const state = (words, kind) => {
      const badge = document.createElement("span");
      badge.className = `state state-${kind}`;
      badge.textContent = words;
      part("save").replaceChildren(badge);
    };

    /* Findings at their cells. */
    const note = (cell) => document.getElementById(`n-${cell.name}`);
    const mark = () => {
      for (const one of form.querySelectorAll(".cell")) one.classList.remove("cell-block", "cell-warn", "cell-note");
      for (const one of form.querySelectorAll(".cell-words:not(:empty)")) one.textContent = "";
      for (const cell of form.querySelectorAll("[aria-describedby^='n-']")) cell.removeAttribute("aria-describedby");
      for (const cell of form.querySelectorAll("[aria-invalid]")) cell.removeAttribute("aria-invalid");
      for (const found of document.querySelectorAll('[data-part="found"] [data-cell]')) {
        const cell = field(found.dataset.cell);
        if (!cell || !note(cell)) continue;
        const home = cell.closest(".cell");
        const kinds = ["cell-block", "cell-warn", "cell-note"];
        const had = kinds.findIndex((kind) => home.classList.contains(kind));
        const has = kinds.indexOf(`cell-${found.dataset.severity}`);
        home.classList.remove(...kinds);
        home.classList.add(kinds[had < 0 ? has : Math.min(had, has)]);
        const words = (found.querySelector("[data-words]") || found).textContent.trim();
        note(cell).textContent = `${note(cell).textContent} ${words}`.trim();
        cell.setAttribute("aria-describedby", note(cell).id);
        if ("fault" in found.dataset) cell.setAttribute("aria-invalid", "true");
      }
    };
    const say = () => {
      const cell = document.activeElement;
      const words = cell?.name && form.contains(cell) && note(cell) ? note(cell).textContent.trim() : "";
      bar.textContent = words;
      bar.hidden = !words;
    };

    /* What the server answers takes the place of the parts that it names. */
    const take = (text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      for (const fresh of page.querySelectorAll("[data-part]")) {
        const old = part(fresh.dataset.part);
        if (old) old.replaceWith(document.importNode(fresh, true));
        else form.append(document.importNode(fresh, true));
      }
      const revision = part("save")?.dataset.revision;
      if (revision) field("revision").value = revision;
      for (const one of document.querySelectorAll('[data-part="computed"] [data-key]')) {
        const output = form.querySelector(`[data-out="${one.dataset.key}"]`);
        if (output) output.textContent = one.dataset.full || "";
      }
      if (part("found", page)) {
        mark();
        form.dispatchEvent(new Event("fees:marked"));
      }
      say();
    };

    const body = () => {
      field("focus").value = document.activeElement?.closest?.("tr[data-table='i']")?.dataset.key || field("focus").value;
      return new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "act"));
    };
    const save = async () => {
      window.clearTimeout(wait);
      if (running || stopped) return;
      running = true;
      dirty = false;
      const sent = new Set(touched);
      state(form.dataset.saving, "off");
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: body(), headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (answer.redirected || answer.status >= 500) throw new Error(String(answer.status));
        take(await answer.text());
        if (answer.ok) {
          sent.forEach((name) => touched.delete(name));
          field("touched").value = [...touched].join(" ");
          stale();
        }
        stopped = "stop" in (part("save")?.dataset || {});
      } catch {
        dirty = true;
        state(form.dataset.unsaved, "stop");
        wait = window.setTimeout(save, 4000);
        running = false;
        return;
      }
      running = false;
      if (dirty) later();
    };
    const later = () => {
      window.clearTimeout(wait);
      if (!stopped) wait = window.setTimeout(save, 700);
    };
    const changed = (names) => {
      names.forEach((name) => touched.add(name));
      field("touched").value = [...touched].join(" ");
      dirty = true;
      if (!running && !stopped) state(form.dataset.waiting, "off");
      later();
    };

    form.addEventListener("fees:changed", (event) => changed(event.detail));
    form.addEventListener("input", (event) => { if (event.target.name) changed([event.target.name]); });

    /* What it would have meant: computed when it comes into sight, and again a while after a save. */
    let whatif = 0;
    let seen = false;
    const compute = async () => {
      const place = part("whatif");
      try {
        const answer = await fetch(place.dataset.load, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (answer.ok && !answer.redirected) take(await answer.text());
      } catch {
        /* The link on the page remains. */
      }
    };
    const stale = () => {
      window.clearTimeout(whatif);
      if (seen) whatif = window.setTimeout(compute, 2500);
    };
    if (part("whatif")) {
      new IntersectionObserver(([entry], observer) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        seen = true;
        compute();
      }, { rootMargin: "200px" }).observe(part("whatif").closest("section"));
    }

    /* The item that one is in: its peers and its gap. */
    let shown = "";
    const figures = async (row) => {
      const code = field(`i.${row.dataset.key}.code`)?.value.trim() || "";
      if (!code || code === part("figures")?.dataset.item || code === shown || dirty || running) return;
      shown = code;
      try {
        const answer = await fetch(`${form.dataset.figures}?item=${encodeURIComponent(code)}`);
        if (answer.ok && !answer.redirected) take(await answer.text());
      } finally {
        shown = "";
      }
    };
    let look = 0;
    form.addEventListener("focusin", (event) => {
      say();
      const row = event.target.closest("tr[data-table='i']");
      window.clearTimeout(look);
      if (row) look = window.setTimeout(() => figures(row), 300);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest('[data-part="found"] a[href^="#"]');
      const cell = link && document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
      if (!cell) return;
      event.preventDefault();
      cell.focus();
      cell.scrollIntoView({ block: "center", inline: "nearest" });
    });
    window.addEventListener("beforeunload", (event) => { if ((dirty || running) && !form.dataset.sent) event.preventDefault(); });
    form.dataset.ready = "true";
  };
  document.addEventListener("DOMContentLoaded", start);
})();
