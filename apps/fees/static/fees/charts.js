/* Charts from the tables that say the same: each figure[data-chart] holds a table whose rows carry their numbers (fen) in data attributes. A chart
   is drawn when it comes into sight, follows the width and the colours of the page, and is decoration: readers and printers have the table. */
(() => {
  const drawn = new Map();
  const style = () => {
    /* Colours of the page may be mixed ones, which the charts cannot read: one pixel says what they come to. */
    const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    const of = (name, other) => {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = other;
      pixel.fillStyle = getComputedStyle(document.body).getPropertyValue(name).trim();
      pixel.fillRect(0, 0, 1, 1);
      const [red, green, blue, opacity] = pixel.getImageData(0, 0, 1, 1).data;
      return `rgba(${red},${green},${blue},${opacity / 255})`;
    };
    return {
      ink: of("--tblr-body-color", "#1d273b"), soft: of("--tblr-secondary", "#4b5768"), line: of("--tblr-border-color", "#d9dee5"),
      main: of("--tblr-primary", "#0b4a8f"), ground: of("--tblr-bg-surface", "#fff"), box: of("--state-off-ground", "#eceff3"),
      up: of("--state-warn", "#8a5100"), down: of("--state-on", "#146c36"), font: getComputedStyle(document.body).fontFamily,
    };
  };
  const lang = () => document.documentElement.lang || "zh-Hans";
  const money = (fen) => {
    const yuan = fen / 100;
    const digits = Math.abs(yuan) >= 100 || Number.isInteger(yuan) ? 0 : Math.abs(yuan) >= 1 ? 2 : 4;
    return `${yuan < 0 ? "-" : ""}¥${Math.abs(yuan).toLocaleString(lang(), { maximumFractionDigits: digits })}`;
  };
  const signed = (fen) => `${fen > 0 ? "+" : ""}${money(fen)}`;
  const numbers = (text) => (text ? text.split(",").map(Number) : []);
  const rows = (figure) => [...figure.querySelectorAll("tr[data-name]")];
  const short = (text) => (text.length > 12 && !/[\u3400-\u9fff]/.test(text) ? text.replace(/^(.{4,}?)\s/, "$1\n") : text);

  const frame = (look, names, axis) => ({
    animation: false,
    textStyle: { fontFamily: look.font, color: look.ink },
    grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
    xAxis: {
      type: "value", splitNumber: 3, axisLabel: { color: look.soft, fontSize: 12, hideOverlap: true, formatter: money },
      splitLine: { lineStyle: { color: look.line } }, ...axis,
    },
    yAxis: {
      type: "category", data: names.map(short), inverse: true, axisTick: { show: false },
      axisLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.ink, fontSize: 12 },
    },
  });
  const bar = (data, item, more) => ({ type: "bar", stack: "one", silent: true, barWidth: 20, data, itemStyle: item, ...more });
  const hidden = { color: "transparent" };

  /* Where every row has its quartiles, each is drawn in multiples of its own median, so that the rows can be compared at a glance. */
  const box = (figure, look) => {
    const lines = rows(figure);
    const fives = lines.map((line) => numbers(line.dataset.box));
    const units = fives.every((five) => five[2] > 0) ? fives.map((five) => five[2]) : lines.map(() => 1);
    const scaled = units.some((unit) => unit !== 1);
    const boxes = fives.map((five, index) => five.map((fen) => fen / units[index]));
    const whisker = (index, from, to) => [{ coord: [from, index] }, { coord: [to, index] }];
    const whiskers = boxes.flatMap((five, index) => (five.length ? [whisker(index, five[0], five[1]), whisker(index, five[3], five[4])] : []));
    const edge = { color: look.box, borderColor: look.soft, borderWidth: 1 };
    const points = lines.flatMap((line, index) => numbers(line.dataset.points).map((fen) => [fen / units[index], index]));
    const times = (one) => `\u00d7${Math.round(one * 100) / 100}`;
    /* Positions, not lengths: the axis begins just below the least of them, so that boxes are as wide as they can be. */
    const values = lines.map((line, index) => Number(line.dataset.value) / units[index]);
    const least = Math.min(1, ...boxes.flat(), ...values);
    const base = frame(look, lines.map((line) => line.dataset.name), { min: scaled ? Math.max(0, Math.floor((least - 0.05) * 10) / 10) : 0 });
    if (scaled) base.xAxis.axisLabel.formatter = times;
    base.grid.right = 8;
    /* What this one costs stands in a column of its own, so that no number lies on a box. */
    const said = lines.map((line, index) => {
      const fen = Number(line.dataset.value);
      return `${money(fen)}${scaled ? ` (${times(fen / units[index])})` : ""}`;
    });
    const column = {
      ...base.yAxis, position: "right", data: said, axisLine: { show: false },
      axisLabel: { color: look.main, fontWeight: "bold", fontSize: 12 },
    };
    return {
      ...base,
      yAxis: [base.yAxis, column],
      series: [
        bar(boxes.map((five) => five[1] || 0), hidden, {
          markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { type: "solid", color: look.soft }, data: whiskers },
        }),
        bar(boxes.map((five) => (five.length ? five[2] - five[1] : 0)), edge),
        bar(boxes.map((five) => (five.length ? five[3] - five[2] : 0)), edge),
        { type: "scatter", silent: true, symbolSize: 8, itemStyle: { color: look.soft, opacity: 0.7 }, data: points },
        /* The axis goes by points, not by whiskers: one that nobody sees lies at the end of each. */
        { type: "scatter", silent: true, symbolSize: 0, data: boxes.flatMap((five, index) => (five.length ? [[five[4], index]] : [])) },
        {
          type: "scatter", silent: true, symbol: "diamond", symbolSize: 16, z: 5,
          itemStyle: { color: look.main, borderColor: look.ground, borderWidth: 2 },
          data: values.map((one, index) => [one, index]),
        },
      ],
    };
  };

  const waterfall = (figure, look) => {
    let running = 0;
    const steps = rows(figure).map((line) => {
      const total = line.dataset.total !== undefined;
      const from = total ? 0 : running;
      running = total ? Number(line.dataset.total) : running + Number(line.dataset.step);
      return { name: line.dataset.name, total, from, to: running };
    });
    /* Bars of a stack only grow: everything is moved up by what lies below nought, and the axis says so. */
    const least = Math.min(0, ...steps.map((one) => Math.min(one.from, one.to)));
    const colour = (one) => (one.total ? look.main : one.to > one.from ? look.up : look.down);
    const base = frame(look, steps.map((one) => one.name), { min: 0 });
    base.xAxis.axisLabel.formatter = (fen) => money(fen + least);
    return {
      ...base,
      series: [
        bar(steps.map((one) => Math.min(one.from, one.to) - least), hidden),
        bar(
          steps.map((one) => ({ value: Math.abs(one.to - one.from), itemStyle: { color: colour(one) } })), {}, {
            barMinHeight: 2,
            label: {
              show: true, position: "right", color: look.ink, fontSize: 12,
              formatter: (one) => (steps[one.dataIndex].total ? money(steps[one.dataIndex].to) : signed(steps[one.dataIndex].to - steps[one.dataIndex].from)),
            },
          },
        ),
      ],
    };
  };

  const bars = (figure, look) => {
    const lines = rows(figure);
    const label = { show: true, position: "right", fontSize: 12, color: look.ink, formatter: (one) => money(one.value) };
    const one = (name, member, colour) => ({
      type: "bar", name, silent: true, barWidth: 12, barGap: "20%", itemStyle: { color: colour }, label, data: lines.map((line) => Number(line.dataset[member])),
    });
    return {
      ...frame(look, lines.map((line) => line.dataset.name), {}),
      legend: { top: 0, right: 0, itemHeight: 10, selectedMode: false, textStyle: { color: look.ink } },
      grid: { left: 8, right: 64, top: 32, bottom: 8, containLabel: true },
      series: [one(figure.dataset.before, "before", look.soft), one(figure.dataset.after, "after", look.main)],
    };
  };

  const kinds = { box: [box, 52, 40], waterfall: [waterfall, 38, 40], bars: [bars, 48, 72] };
  const draw = (figure) => {
    const [make, each, around] = kinds[figure.dataset.chart];
    const canvas = figure.querySelector(".chart-canvas");
    const number = rows(figure).length;
    if (!number || !window.echarts) return;
    canvas.hidden = false;
    canvas.style.height = `${number * each + around}px`;
    const chart = drawn.get(figure) || window.echarts.init(canvas, null, { renderer: "canvas" });
    drawn.set(figure, chart);
    chart.setOption(make(figure, style()), true);
    figure.dataset.drawn = "true";
    sizes.observe(canvas);
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = drawn.get(target.closest("figure"));
      if (chart && target.clientWidth) chart.resize();
    }
  });
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "200px" });
  const look = (root) => {
    for (const figure of root.querySelectorAll("figure[data-chart]")) if (!drawn.has(figure)) sight.observe(figure);
  };
  const forget = () => {
    for (const [figure, chart] of drawn) {
      if (document.contains(figure)) continue;
      chart.dispose();
      drawn.delete(figure);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    look(document);
    new MutationObserver((changes) => {
      forget();
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) look(node.parentNode || node);
    }).observe(document.querySelector("main"), { childList: true, subtree: true });
    new MutationObserver(() => drawn.forEach((_chart, figure) => draw(figure))).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  });
})();
