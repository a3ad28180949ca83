/* Offers to copy the address; without scripts it can be selected as any other text. */
document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("copy");
  const address = document.getElementById("address");
  if (!button || !address || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(address.textContent);
    document.getElementById("copied").hidden = false;
  });
});
