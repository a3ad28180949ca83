/* The live wall: says which picture it has, so that an unchanged wall costs an empty answer; the bars tick here. */
(() => {
  let etag = "";
  const wall = () => document.getElementById("tiles");
  const tick = () => {
    for (const bar of document.querySelectorAll("progress[data-since]")) {
      const since = Date.parse(bar.dataset.since);
      const until = Date.parse(bar.dataset.until);
      bar.max = Math.max(1, until - since);
      bar.value = Math.min(bar.max, Math.max(0, Date.now() + skew - since));
    }
  };
  let skew = 0;
  document.addEventListener("DOMContentLoaded", () => {
    const box = wall();
    if (!box) return;
    etag = box.dataset.etag || "";
    skew = Date.parse(box.dataset.now) - Date.now();
    tick();
    window.setInterval(tick, 1000);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id === "tiles" && etag) event.detail.headers["If-None-Match"] = etag;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id !== "tiles") return;
    const answer = event.detail.xhr;
    const fresh = answer.status === 200 || answer.status === 304;
    document.getElementById("stale").hidden = fresh;
    if (fresh) etag = answer.getResponseHeader("ETag") || "";
    tick();
  });
})();
