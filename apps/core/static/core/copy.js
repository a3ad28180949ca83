/* Offers to copy what the button's `data-copies` names; without scripts it can be selected as any other text. */
document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("copy");
  const shown = button && document.getElementById(button.dataset.copies);
  if (!shown || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(shown.textContent);
    document.getElementById("copied").hidden = false;
  });
});
