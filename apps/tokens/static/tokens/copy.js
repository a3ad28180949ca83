/* Offers to copy the secret; without scripts it can be selected as any other text. */
document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("copy");
  const secret = document.getElementById("secret");
  if (!button || !secret || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(secret.textContent);
    document.getElementById("copied").hidden = false;
  });
});
