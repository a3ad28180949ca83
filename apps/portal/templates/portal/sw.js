/* Clearbench on a phone: the look of the site and one private page are kept for when there is no network. Nothing else is kept, and
   nothing is sent later: what could not be sent is told at once. */
const { version, assets, pocket, offline, header } = {% autoescape off %}{{ settings }}{% endautoescape %};
const SHELL = `shell-${version}`;
const PRIVATE = "pocket";
const FRESH_MS = 10 * 60 * 1000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((shell) => shell.addAll([...assets, new Request(offline, { credentials: "omit" })]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== PRIVATE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

/* Another person, or nobody: their copy goes. The same person: it is renewed now and then. */
const note = async (response) => {
  const owner = response.headers.get(header);
  if (!owner) return;
  const kept = await caches.match(pocket, { cacheName: PRIVATE });
  if (kept && kept.headers.get(header) !== owner) await caches.delete(PRIVATE);
  else if (kept && Date.now() - Date.parse(kept.headers.get("Date")) < FRESH_MS) return;
  if (owner === "nobody") return;
  const copy = await fetch(pocket, { credentials: "same-origin", redirect: "error" }).catch(() => null);
  if (copy && copy.ok && copy.headers.get(header) === owner) {
    const mine = await caches.open(PRIVATE);
    await mine.put(pocket, copy);
  }
};

const without = async () =>
  (await caches.match(pocket, { cacheName: PRIVATE })) || (await caches.match(offline, { cacheName: SHELL })) || Response.error();

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    const answer = fetch(request);
    event.waitUntil(answer.then((response) => note(response)).catch(() => null));
    event.respondWith(answer.catch(without));
  } else if (assets.includes(url.pathname)) {
    event.respondWith(caches.match(request, { cacheName: SHELL }).then((kept) => kept || fetch(request)));
  }
});
