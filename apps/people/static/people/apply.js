/* The application shows the fields of the chosen kind of person; without scripts it shows them all. */
(() => {
  const school = ["number", "sponsor_text", "unit"];
  const outside = ["organisation_name", "organisation_code", "contract"];
  const ready = () => {
    for (const form of document.querySelectorAll("form[data-apply]")) {
      const kind = form.querySelector("[name=kind]");
      if (!kind) continue;
      const show = () => {
        const external = kind.value === "external_academic" || kind.value === "enterprise";
        for (const name of school) toggle(form, name, !external);
        for (const name of outside) toggle(form, name, external);
      };
      kind.addEventListener("change", show);
      show();
    }
  };
  const toggle = (form, name, shown) => {
    const field = form.querySelector(`[data-field=${name}]`);
    if (field) field.hidden = !shown;
  };
  document.addEventListener("DOMContentLoaded", ready);
})();
