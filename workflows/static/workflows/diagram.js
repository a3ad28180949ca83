// Brings the present step of a diagram, or the end that was reached, into sight: on a phone it may stand far to the right, or far down. Moves the box
// only, never the page.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll(".flow-scroll")) {
    const step = box.querySelector(".is-failed") || box.querySelector(".is-present") || box.querySelector(".flow-end.is-done");
    if (!step) continue;
    const own = box.getBoundingClientRect();
    const there = step.getBoundingClientRect();
    box.scrollLeft += there.left + there.width / 2 - own.left - own.width / 2;
    box.scrollTop += there.top + there.height / 2 - own.top - own.height / 2;
  }
});
