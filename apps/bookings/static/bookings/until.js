// How long an offer is still kept, counted down where it is read, from what the server says is left: the clock of
// the reader may be wrong. The server decides.
(() => {
  const place = document.querySelector("[data-left]");
  if (!place || !("RelativeTimeFormat" in Intl)) return;
  const until = performance.now() + Number(place.dataset.left) * 1000;
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const show = () => {
    const left = Math.max(0, until - performance.now());
    const seconds = left < 60000;
    place.textContent = `(${words.format(Math.floor(left / (seconds ? 1000 : 60000)), seconds ? "second" : "minute")})`;
    if (left > 0) setTimeout(show, seconds ? 1000 : 10000);
  };
  show();
})();
