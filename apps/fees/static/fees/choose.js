/* A long list of boxes gets a field to find among them; what is ticked stays in sight. */
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-filter]");
  const list = form?.querySelector("fieldset > div");
  const rows = list ? [...list.children] : [];
  if (rows.length < 12) return;
  const field = Object.assign(document.createElement("input"), { type: "search", className: "form-control mb-2", autocomplete: "off" });
  field.setAttribute("aria-label", form.dataset.filter);
  field.placeholder = form.dataset.filter;
  list.before(field);
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !row.querySelector("input").checked && !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
});
