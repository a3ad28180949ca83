/* Draws the timetable that stands in the table below it, and tells the price and the verdict of a period while it is
   dragged. Times are the school's, whatever the browser's zone. The page works without any of it. */
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("timetable");
  const data = document.getElementById("drawing");
  const panel = document.getElementById("verdict");
  const wide = window.matchMedia("(min-width: 768px)");
  if (!box || !data || !window.EventCalendar || !wide.matches) return;
  const told = JSON.parse(data.textContent);
  const { words, addresses } = told;
  const view = box.dataset.view;
  const single = view === "timeGridWeek";
  const numbers = new Set(told.instruments.map((one) => one.asset_no));
  const two = (number) => String(number).padStart(2, "0");

  /* EventCalendar takes times without a zone and hands out dates whose own clock shows the same: both are the
     school's, eight hours ahead of UTC all year. */
  const school = (moment) => new Date(Date.parse(moment) + 8 * 3600e3).toISOString().slice(0, 19);
  const written = (at) =>
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
  const at = (number, address) => address.replace("NUMBER", encodeURIComponent(number));

  const drawn = ({ items, closed, kept }) => [...items.map(booked), ...closed.flatMap(shut), ...kept.flatMap(owned)];
  const booked = (item, index) => {
    const mine = item.kind === "mine";
    const own = mine && Date.parse(item.start) > Date.parse(told.now);
    const detail = [item.title, item.detail, item.offered ? words.offered : item.pending ? words.pending : ""].filter(Boolean).join(" · ");
    return {
      id: item.ulid || `item-${index}`,
      resourceIds: [item.instrument],
      start: school(item.start),
      end: school(item.end),
      title: detail,
      editable: own,
      startEditable: own,
      durationEditable: own,
      classNames: [`item-${item.kind}`, ...(item.pending ? ["item-pending"] : [])],
      extendedProps: { item },
    };
  };
  const shut = (hours, index) =>
    hours.periods.map(([start, end], number) => ({
      id: `closed-${index}-${number}`,
      resourceIds: hours.instruments,
      start: school(start),
      end: school(end),
      title: words.closed,
      display: "background",
      classNames: ["item-closed"],
    }));

  const owned = (hours, index) =>
    hours.periods.map(([start, end], number) => ({
      id: `kept-${index}-${number}`,
      resourceIds: hours.instruments,
      start: school(start),
      end: school(end),
      title: hours.title,
      display: "background",
      classNames: ["item-kept"],
    }));

  /* One question at a time, and none while the pointer still moves. */
  let waiting = 0;
  let running = null;
  let last = "";
  const ask = (number, start, end, moving) => {
    const query = new URLSearchParams({ start: written(start), end: written(end) });
    if (moving) query.set("moving", moving);
    const address = `${at(number, addresses.verdict)}?${query}`;
    if (address === last) return;
    last = address;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(async () => {
      if (running) running.abort();
      running = new AbortController();
      try {
        const answer = await fetch(address, { signal: running.signal, headers: { Accept: "text/html" } });
        if (answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) throw new Error();
        panel.innerHTML = await answer.text();
      } catch (error) {
        if (error.name === "AbortError") return;
        last = "";
        panel.textContent = words.failed;
      }
    }, 250);
  };
  const only = told.instruments[0].asset_no;
  const instrumentOf = (resource) => (single ? only : resource && resource.id);
  const resourceOf = (info) => (info.newResource ? info.newResource.id : info.event.resourceIds[0]);

  const asked = (info) => {
    const number = instrumentOf(info.resource);
    if (number) ask(number, info.start, info.end, "");
    return true;
  };
  const moved = (info) => {
    const item = info.event.extendedProps.item;
    const number = single ? only : resourceOf(info);
    if (!numbers.has(number)) return false;
    ask(number, info.event.start, info.event.end, item.ulid);
    return true;
  };
  const shown = (info) => {
    const item = info.event.extendedProps.item;
    if (!item) return;
    const line = document.createElement("div");
    line.className = "verdict-bar";
    const what = document.createElement("div");
    const who = told.instruments.find((one) => one.asset_no === item.instrument);
    const when = document.createElement("span");
    when.className = "tabular";
    when.textContent = `${written(info.event.start).replace("T", " ")} – ${written(info.event.end).slice(11)}`;
    const name = document.createElement("strong");
    name.textContent = `${who ? who.name : item.instrument} `;
    what.append(name, when, ` ${info.event.title}`);
    line.append(what);
    if (item.kind === "mine") {
      const verbs = Date.parse(item.start) > Date.parse(told.now) ? ["change", "cancel"] : ["cancel"];
      for (const verb of verbs) {
        const link = document.createElement("a");
        link.className = "btn btn-outline-secondary";
        link.href = at(item.ulid, addresses[verb]);
        link.textContent = words[verb];
        line.append(link);
      }
    }
    last = "";
    panel.replaceChildren(line);
  };

  const day = told.day;
  const calendar = window.EventCalendar.create(box, {
    view,
    date: day,
    locale: document.documentElement.lang,
    firstDay: 1,
    allDaySlot: false,
    headerToolbar: { start: "", center: "", end: "" },
    resources: told.instruments.map((one) => ({ id: one.asset_no, title: one.name })),
    resourceLabelContent: (info) => {
      const link = document.createElement("a");
      link.href = `${at(info.resource.id, addresses.instrument)}?date=${day}`;
      link.textContent = info.resource.title;
      return { domNodes: [link] };
    },
    events: drawn(told),
    slotDuration: single ? "00:30" : view === "resourceTimelineWeek" ? "04:00" : "00:30",
    snapDuration: "00:05",
    slotWidth: view === "resourceTimelineWeek" ? 46 : 26,
    scrollTime: "07:00:00",
    height: single ? "640px" : undefined,
    highlightedDates: view === "resourceTimelineDay" ? [] : [told.today],
    nowIndicator: Math.abs(Date.now() - Date.parse(told.now)) < 300e3 && new Date().getTimezoneOffset() === -480,
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    selectable: true,
    unselectAuto: false,
    selectConstraint: asked,
    select: asked,
    editable: false,
    dragConstraint: moved,
    resizeConstraint: moved,
    eventDrop: moved,
    eventResize: moved,
    eventClick: shown,
  });
  /* The table below says the same to the keyboard and to readers of the screen: the drawing is for the pointer. */
  const unreachable = () => {
    for (const one of box.querySelectorAll("[tabindex='0'], a:not([tabindex])")) one.tabIndex = -1;
  };
  new MutationObserver(unreachable).observe(box, { childList: true, subtree: true, attributeFilter: ["tabindex"] });
  unreachable();
  box.dataset.drawn = "true";
  const lines = document.querySelector(".fold-table");
  if (lines) lines.open = false; // hundreds of lines that say what is drawn above; one key opens them
  /* Whoever comes back to the page sees what is taken by now; nobody is asked while a hand is on the drawing. */
  let asleep = Date.now();
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) {
      asleep = Date.now();
      return;
    }
    if (Date.now() - asleep < 30e3) return;
    const answer = await fetch(addresses.feed, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = await answer.json();
    calendar.setOption("events", drawn(fresh));
  });
  window.addEventListener("pagehide", () => window.EventCalendar.destroy(calendar), { once: true });
});
