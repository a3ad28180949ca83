// The two days are asked for only where the period is 'from a day to a day'; without this script they always are.
(() => {
  const form = document.querySelector("form[data-figures]");
  const period = form?.querySelector("select[name=period]");
  if (!period) return;
  const free = form.querySelectorAll("[data-free]");
  const show = () => free.forEach((part) => { part.hidden = period.value !== "free"; });
  period.addEventListener("change", show);
  show();
  form.dataset.ready = "yes";
})();
