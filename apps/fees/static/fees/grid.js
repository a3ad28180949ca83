/* The grid of the fee sheet: keys, blocks pasted from a spreadsheet, rows that come and go, and all of it undone and done again. What changes is told by
   the event "fees:changed" (detail: names of the cells). Everything works without: each button is a button of the form. */
(() => {
  const start = () => {
    const form = document.getElementById("sheet");
    if (!form) return;
    const undoButton = form.querySelector("[data-undo]");
    const done = [];
    const undone = [];
    let fresh = 0;

    const cellOf = (target) => target.closest("table.sheet-grid input, table.sheet-grid select");
    const rowOf = (cell) => cell.closest("tr");
    const cellsOf = (row) => [...row.querySelectorAll("input, select")];
    const rowsOf = (row) => [...row.parentNode.querySelectorAll("tr")];
    const both = (row) => [...form.querySelectorAll(`tr[data-table="${row.dataset.table}"][data-key="${row.dataset.key}"]`)];
    const tell = (names) => form.dispatchEvent(new CustomEvent("fees:changed", { detail: names }));
    const byName = (name) => form.elements[name];

    /* Steps that can be undone: each knows how to go back and forth. */
    const show = () => { undoButton.disabled = !done.length; };
    const keep = (step) => {
      done.push(step);
      undone.length = 0;
      show();
      tell(step.names);
    };
    const go = (from, to, way) => {
      const step = from.pop();
      if (!step) return;
      step[way]();
      to.push(step);
      show();
      tell(step.names);
    };
    const undo = () => go(done, undone, "back");
    const redo = () => go(undone, done, "forth");

    const before = new WeakMap();
    const valueOf = (cell) => (before.has(cell) ? before.get(cell) : cell.value);
    const write = (cell, text) => {
      cell.value = text;
      before.set(cell, text);
      cell.dispatchEvent(new Event("fees:written", { bubbles: true }));
    };
    const put = (changes) => {
      const real = changes.filter(({ cell, text }) => valueOf(cell) !== text).map(({ cell, text }) => ({ cell, was: valueOf(cell), text }));
      return {
        names: real.map(({ cell }) => cell.name),
        forth: () => real.forEach(({ cell, text }) => write(cell, text)),
        back: () => real.forEach(({ cell, was }) => write(cell, was)),
      };
    };
    const all = (steps) => ({
      names: steps.flatMap((step) => step.names),
      forth: () => steps.forEach((step) => step.forth()),
      back: () => [...steps].reverse().forEach((step) => step.back()),
    });
    const perform = (step) => {
      if (!step.names.length) return;
      step.forth();
      keep(step);
    };

    /* Rows. A row of an item stands in two tables. */
    const bodies = (table) => [...form.querySelectorAll(`table[data-grid="${table}"] > tbody`)];
    const templates = (table) => [...form.querySelectorAll(`template[data-new="${table}"]`)];
    const make = (table) => {
      const key = `n${Date.now().toString(36).slice(-6)}${(fresh += 1)}`;
      const rows = templates(table).map((one) => {
        const holder = document.createElement("tbody");
        holder.innerHTML = one.innerHTML.replaceAll("new-row", key);
        return holder.querySelector("tr");
      });
      const homes = bodies(table);
      rows.forEach((row, index) => homes[index].append(row));
      const step = {
        names: cellsOf(rows[0]).map((cell) => cell.name).slice(0, 1),
        forth: () => rows.forEach((row, index) => homes[index].append(row)),
        back: () => rows.forEach((row) => row.remove()),
      };
      return { row: rows[0], step };
    };
    const drop = (row) => {
      const places = both(row).map((one) => ({ one, home: one.parentNode, next: one.nextElementSibling }));
      const near = row.nextElementSibling || row.previousElementSibling;
      perform({
        names: [cellsOf(row)[0].name],
        forth: () => places.forEach(({ one }) => one.remove()),
        back: () => places.forEach(({ one, home, next }) => home.insertBefore(one, next && next.parentNode === home ? next : null)),
      });
      if (near) cellsOf(near)[0].focus();
    };
    const lift = (row) => {
      const pairs = both(row).map((one) => ({ one, above: one.previousElementSibling })).filter(({ above }) => above);
      if (!pairs.length) return;
      perform({
        names: [cellsOf(row)[0].name],
        forth: () => pairs.forEach(({ one, above }) => above.before(one)),
        back: () => pairs.forEach(({ one, above }) => above.after(one)),
      });
    };

    /* An item that has a name or a price has a code. */
    const next = (codes) => {
      for (const code of [...codes].reverse()) {
        const found = /^(.*?)(\d+)$/.exec(code);
        if (!found) continue;
        let number = Number(found[2]);
        const named = () => `${found[1]}${String(number).padStart(found[2].length, "0")}`;
        while (codes.includes(named())) number += 1;
        return named();
      }
      let number = 1;
      while (codes.includes(`F${number}`)) number += 1;
      return `F${number}`;
    };
    const codes = () => {
      for (const row of bodies("i")[0].rows) {
        const [code, name] = cellsOf(row);
        const meant = name.value.trim() || cellsOf(row).some((cell) => /\.prices\./.test(cell.name) && cell.value.trim());
        if (meant && !code.value.trim()) write(code, next([...bodies("i")[0].rows].map((one) => cellsOf(one)[0].value.trim()).filter(Boolean)));
      }
      for (const title of form.querySelectorAll("[data-title]")) {
        const row = rowOf(title);
        const code = byName(`i.${row.dataset.key}.code`);
        if (code && code.value.trim()) title.textContent = code.value.trim();
      }
    };
    form.addEventListener("fees:changed", codes);

    /* Typing: one step when the cell is left, or chosen. */
    form.addEventListener("focusin", (event) => { if (event.target.name && !before.has(event.target)) before.set(event.target, event.target.value); });
    form.addEventListener("change", (event) => {
      const cell = event.target;
      if (!cell.name || cell.type === "hidden" || valueOf(cell) === cell.value) return;
      const [was, text] = [valueOf(cell), cell.value];
      before.set(cell, text);
      keep({ names: [cell.name], forth: () => write(cell, text), back: () => write(cell, was) });
    });

    /* Pasting. What people call a choice is taken for it; a text that is none of the choices is not dropped in silence: the cell says what it takes. */
    const called = JSON.parse(form.dataset.called);
    const bare = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s_.()-]+/g, "").replace(/^(?:(?:元|yuan|rmb|cny|¥)\/)?(?:每|per)?(?:一|1)?(?:个|次)?/, "");
    const strange = new Map();
    const choose = (cell, text, unknown) => {
      if (cell.tagName !== "SELECT") return text.trim();
      const wanted = text.trim().toLowerCase();
      const words = Object.entries(called).find(([path]) => cell.name.endsWith(`.${path}`))?.[1] || {};
      const options = [...cell.options];
      const option = options.find((one) => one.value.toLowerCase() === wanted || one.text.trim().toLowerCase() === wanted) || options.find((one) => one.value && one.value === words[bare(text)]);
      if (!option) unknown.push({ cell, text: text.trim() });
      return option ? option.value : cell.value;
    };
    const point = () => {
      for (const [name, words] of strange) {
        const cell = byName(name);
        const note = cell && document.getElementById(`n-${name}`);
        if (!note || note.textContent.includes(words)) continue;
        note.textContent = `${words} ${note.textContent}`.trim();
        cell.closest(".cell").classList.add("cell-block");
        cell.setAttribute("aria-describedby", note.id);
        cell.setAttribute("aria-invalid", "true");
      }
    };
    const complain = (unknown) => {
      const note = document.getElementById("unknown");
      note.hidden = !unknown.length;
      note.querySelector("span").textContent = unknown.length ? `${form.dataset.unknown} ${[...new Set(unknown.map((one) => one.text))].join(", ")}` : "";
      strange.clear();
      for (const { cell, text } of unknown) {
        const options = [...cell.options].map((one) => one.text.trim()).filter(Boolean);
        strange.set(cell.name, `${text}: ${form.dataset.accepted} ${options.join(", ")}`);
      }
      point();
    };
    form.addEventListener("fees:marked", point);
    form.addEventListener("change", (event) => { strange.delete(event.target.name); });
    const headings = (table) => [...table.querySelectorAll("thead th")].map((one) => one.firstChild?.textContent || "");
    form.addEventListener("paste", (event) => {
      const cell = cellOf(event.target);
      const text = event.clipboardData.getData("text/plain");
      if (!cell || !window.feePaste.isBlock(text)) return;
      event.preventDefault();
      const table = cell.closest("table");
      const block = window.feePaste.bare(window.feePaste.parse(text), headings(table));
      const column = cellsOf(rowOf(cell)).indexOf(cell);
      const steps = [];
      const unknown = [];
      let row = rowOf(cell);
      block.forEach((texts, number) => {
        if (number) row = row.nextElementSibling || null;
        if (!row) {
          const made = make(table.dataset.grid);
          steps.push(made.step);
          row = both(made.row).find((one) => one.closest("table") === table);
        }
        const targets = cellsOf(row).slice(column, column + texts.length);
        steps.push(put(targets.map((one, index) => ({ cell: one, text: choose(one, texts[index], unknown) }))));
      });
      perform(all(steps));
      complain(unknown);
      cell.focus();
    });

    /* Keys. */
    const move = (cell, by) => {
      const row = rowOf(cell);
      const column = cellsOf(row).indexOf(cell);
      const to = rowsOf(row)[rowsOf(row).indexOf(row) + by];
      if (to) focus(cellsOf(to)[column]);
      return Boolean(to);
    };
    const focus = (cell) => {
      cell.focus();
      if (cell.select) cell.select();
    };
    const beside = (cell, by) => {
      const cells = cellsOf(rowOf(cell));
      const to = cells[cells.indexOf(cell) + by];
      if (to) focus(to);
    };
    const commit = (cell) => cell.dispatchEvent(new Event("change", { bubbles: true }));
    const enter = (cell, by) => {
      commit(cell);
      if (move(cell, by) || by < 0) return;
      const table = cell.closest("table");
      const column = cellsOf(rowOf(cell)).indexOf(cell);
      const made = make(table.dataset.grid);
      keep(made.step);
      focus(cellsOf(both(made.row).find((one) => one.closest("table") === table))[column]);
    };
    const above = (cell) => {
      const row = rowOf(cell).previousElementSibling;
      if (!row) return;
      perform(put([{ cell, text: cellsOf(row)[cellsOf(rowOf(cell)).indexOf(cell)].value }]));
    };
    const atEdge = (cell, by) => {
      if (cell.tagName === "SELECT") return false;
      const whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
      return whole || (by < 0 ? cell.selectionEnd === 0 : cell.selectionStart === cell.value.length);
    };
    const shortcut = (event) => {
      const key = event.key.toLowerCase();
      const cell = cellOf(event.target);
      if (key === "d" && cell) return () => above(cell);
      /* What is typed and not yet left is the browser's own to undo. */
      const typing = event.target.name && before.has(event.target) && before.get(event.target) !== event.target.value;
      if (key === "z" && !typing) return event.shiftKey ? redo : undo;
      if (key === "y") return redo;
      return null;
    };
    const plain = (event, cell) => {
      if (event.key === "Enter") return () => enter(cell, event.shiftKey ? -1 : 1);
      if (cell.tagName === "SELECT") return null;
      if (event.key === "ArrowUp") return () => move(cell, -1);
      if (event.key === "ArrowDown") return () => move(cell, 1);
      if (event.key === "ArrowLeft" && atEdge(cell, -1)) return () => beside(cell, -1);
      if (event.key === "ArrowRight" && atEdge(cell, 1)) return () => beside(cell, 1);
      if (event.key === "Escape" && before.has(cell)) return () => { cell.value = before.get(cell); };
      return null;
    };
    form.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey) return;
      const cell = cellOf(event.target);
      const todo = event.ctrlKey || event.metaKey ? shortcut(event) : cell && !(event.shiftKey && event.key.startsWith("Arrow")) ? plain(event, cell) : null;
      if (!todo) return;
      event.preventDefault();
      todo();
    });

    /* Buttons. */
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const row = rowOf(button);
      const computed = () => document.querySelector(`[data-part="computed"] [data-key="${row.dataset.key}"]`);
      const todo =
        "more" in button.dataset ? () => { const made = make(button.dataset.more); keep(made.step); focus(cellsOf(made.row)[0]); }
        : "drop" in button.dataset ? () => drop(row)
        : "up" in button.dataset ? () => { lift(row); button.focus(); }
        : "fill" in button.dataset && computed()?.dataset.fill ? () => {
            const texts = Object.entries(JSON.parse(computed().dataset.fill));
            perform(put(texts.map(([path, text]) => ({ cell: byName(`i.${row.dataset.key}.${path}`), text }))));
          }
        : "undo" in button.dataset ? undo : null;
      if (!todo) return;
      event.preventDefault();
      todo();
    });
    undoButton.hidden = false;
    form.dataset.grid = "ready";
  };
  document.addEventListener("DOMContentLoaded", start);
})();
