/* The queue is put in order by dragging, with mouse, pen or finger. The buttons beside it do the same without a script. A dropped row is
   sent as "this one before that one": the server decides about the queue as it is then. */
document.addEventListener("DOMContentLoaded", () => {
  const board = document.querySelector("[data-queue]");
  if (!board) return;
  const EDGE = 60;
  let drag = null;

  const rowAt = (y) =>
    [...board.rows].find((row) => {
      const box = row.getBoundingClientRect();
      return row !== drag.row && y >= box.top && y <= box.bottom;
    });

  const end = (send) => {
    const { row, next, form } = drag;
    row.classList.remove("is-dragged");
    const before = row.nextElementSibling;
    drag = null;
    if (!send) return board.insertBefore(row, next);
    if (before === next) return;
    const place = document.createElement("input");
    Object.assign(place, { type: "hidden", name: "before", value: before ? before.dataset.sample : "" });
    form.append(place);
    form.requestSubmit();
  };

  for (const grip of board.querySelectorAll("[data-grip]")) {
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => {
      if (event.button || drag) return;
      event.preventDefault();
      const row = grip.closest("tr");
      drag = { row, pointer: event.pointerId, next: row.nextElementSibling, form: grip.closest("form") };
      row.classList.add("is-dragged");
    });
  }
  /* On the document: a row that moves in the table loses every pointer that it has captured. */
  const mine = (event) => drag && event.pointerId === drag.pointer;
  document.addEventListener("pointermove", (event) => {
    if (!mine(event)) return;
    if (event.clientY < EDGE) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - EDGE) window.scrollBy(0, 12);
    const over = rowAt(event.clientY);
    if (!over) return;
    const box = over.getBoundingClientRect();
    board.insertBefore(drag.row, event.clientY > box.top + box.height / 2 ? over.nextElementSibling : over);
  });
  document.addEventListener("pointerup", (event) => mine(event) && end(true));
  document.addEventListener("pointercancel", (event) => mine(event) && end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) end(false);
  });
});
