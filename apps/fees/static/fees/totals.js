/* Sums of the form's own cost figures while one types: what the parts add up to, beside what is written there. Whole ten-thousandths of a yuan. */
(() => {
  const start = () => {
    const form = document.getElementById("sheet");
    if (!form) return;
    const PARTS = ["depreciation", "maintenance", "consumables", "utilities", "labour", "space"];
    const read = (cell) => {
      const text = (cell?.value || "").normalize("NFKC").replace(/[¥$,\s元]/g, "");
      if (!text) return 0;
      return /^\d+(\.\d{1,4})?$/.test(text) ? Math.round(Number(text) * 10000) : NaN;
    };
    const written = (e4) => {
      const decimals = e4 % 100 ? 4 : 2;
      return (e4 / 10000).toFixed(decimals);
    };
    const sum = (row) => {
      const cell = (path) => form.elements[`i.${row.dataset.key}.cost.${path}`];
      const parts = PARTS.reduce((total, part) => total + read(cell(`stated.${part}_e4`)), 0);
      const whole = parts + read(cell("stated.management_e4"));
      for (const [path, total] of [["subtotal_e4", parts], ["full_cost_e4", whole]]) {
        const output = row.querySelector(`[data-sum="cost.${path}"]`);
        const stated = read(cell(path));
        const known = Number.isFinite(total) && total > 0;
        output.textContent = known ? `= ${written(total)}` : "";
        output.classList.toggle("sum-differs", known && cell(path).value.trim() !== "" && stated !== total);
      }
    };
    const every = () => form.querySelectorAll("tr[data-second]").forEach(sum);
    const one = (event) => {
      const row = event.target.closest?.("tr[data-second]");
      if (row) sum(row);
    };
    form.addEventListener("input", one);
    form.addEventListener("fees:written", one);
    form.addEventListener("fees:changed", every);
    every();
  };
  document.addEventListener("DOMContentLoaded", start);
})();
