/* A block as spreadsheets copy it: rows of cells between tabs, with quoted cells that hold tabs and line ends. Knows no page. */
window.feePaste = (() => {
  const parse = (text) => {
    const rows = [[""]];
    let quoted = false;
    const plain = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    for (let at = 0; at < plain.length; at += 1) {
      const row = rows[rows.length - 1];
      const sign = plain[at];
      if (quoted) {
        if (sign !== '"') row[row.length - 1] += sign;
        else if (plain[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
        else quoted = false;
      } else if (sign === '"' && row[row.length - 1] === "" && plain.indexOf('"', at + 1) > 0) quoted = true;
      else if (sign === "\t") row.push("");
      else if (sign === "\n") rows.push([""]);
      else row[row.length - 1] += sign;
    }
    return rows;
  };
  /* A first row that repeats headings is no data. */
  const bare = (rows, headings) => {
    const known = new Set(headings.map((one) => one.trim().toLowerCase()));
    const filled = rows[0].map((one) => one.trim().toLowerCase()).filter(Boolean);
    const named = filled.filter((one) => known.has(one)).length;
    return rows.length > 1 && filled.length > 1 && named * 2 > filled.length ? rows.slice(1) : rows;
  };
  const isBlock = (text) => /[\t\n]/.test(text.replace(/[\r\n]+$/, ""));
  return { parse, bare, isBlock };
})();
