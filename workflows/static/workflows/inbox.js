/* Keys on the list of the inbox: j and k move from row to row, Enter opens (a focused link does that by itself), x chooses. Without
   scripts the list is a list of links. */
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    const rows = [...document.querySelectorAll("tr[data-row]")];
    const links = rows.map((row) => row.querySelector("[data-open]"));
    const here = () => rows.findIndex((row) => row.contains(document.activeElement));
    const go = (step) => {
      const now = here();
      const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
      if (links[next]) links[next].focus();
    };
    const choose = () => {
      const row = rows[here()];
      const box = row && row.querySelector("input[name=step]");
      if (box) box.checked = !box.checked;
    };
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "j") go(1);
      else if (event.key === "k") go(-1);
      else if (event.key === "x") choose();
      else return;
      event.preventDefault();
    });
    const all = document.querySelector("[data-all]");
    if (all) {
      all.addEventListener("change", () => {
        for (const box of document.querySelectorAll("input[name=step]")) box.checked = all.checked;
      });
    }
  });
})();
