// Where the proposed end lies in the drawing, while it is typed. The field is on the school's clock (UTC+8, no summer
// time); the server judges.
(() => {
  const drawing = document.querySelector("[data-evidence]");
  const field = document.querySelector("[data-proposed-end]");
  const mark = drawing?.querySelector("[data-mark]");
  if (!mark || !field) return;
  const show = () => {
    const at = Date.parse(`${field.value}:00+08:00`.replace(/(:\d\d:\d\d):00\+/, "$1+"));
    const x = Math.round((1000 * (at - Number(drawing.dataset.first))) / Number(drawing.dataset.length));
    const inside = Number.isFinite(x) && x >= 0 && x <= 1000;
    mark.setAttribute("visibility", inside ? "visible" : "hidden");
    if (!inside) return;
    mark.setAttribute("x1", String(x));
    mark.setAttribute("x2", String(x));
  };
  field.addEventListener("input", show);
  show();
})();
