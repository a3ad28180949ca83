/* Passkeys: allauth's scripts hold the ceremony. This one offers it only where a browser can hold it, and says
   on the page what went wrong. Without scripts the password and the app's code remain. */
(() => {
  /* A number is no name: browsers keep no passkeys for it. */
  const named = !/^[\d.]+$|:/.test(window.location.hostname);
  const able = window.isSecureContext && named && window.webauthnJSON.supported();
  const words = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };
  document.addEventListener("DOMContentLoaded", () => {
    for (const one of document.querySelectorAll("[data-passkeys]")) one.hidden = !able;
    for (const one of document.querySelectorAll("[data-no-passkeys]")) one.hidden = able;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("button[data-passkeys]")) document.getElementById("passkey_problem").hidden = true;
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const note = document.getElementById("passkey_problem");
    note.querySelector("span").textContent = note.dataset[words[event.detail.exception.name] || "failed"];
    note.classList.add("note-error");
    note.hidden = false;
  });
})();
