"use strict";
// The table of all connections: sorted, searched, filtered, a page of rows at a time. Without this script
// the page shows the most notable ones.
(() => {
  const byID = (id) => document.getElementById(id);
  const data = JSON.parse(byID("connection-data").textContent);
  const table = byID("connection-table");
  const body = table.tBodies[0];
  const headings = Array.from(table.tHead.rows[0].cells);
  const keys = headings.map((heading) => heading.dataset.key);
  const detailed = new Set(data.detailed);
  const total = data.id.length;
  const rowsOfPage = 100;
  const state = { key: "id", descending: false, page: 0 };
  let order = [];
  let texts = null;
  const say = (words, values) => words.replace(/\{(\w+)\}/g, (place, name) => values[name]);

  // MARK: Values as text, as the rest of the report writes them

  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const two = (number) => (number < 10 ? "0" : "") + number;

  const rounded = (value, unit) =>
    Math.floor(value / unit) + (value % unit >= unit / 2 ? 1 : 0);

  /** Three significant digits, or null where they would reach the limit. */
  function significant(value, unit, limit) {
    if (value % unit === 0 && value / unit < limit) return String(value / unit);
    const hundredths = rounded(value, unit / 100);
    if (hundredths < 1000) return Math.floor(hundredths / 100) + "." + two(hundredths % 100);
    const tenths = rounded(value, unit / 10);
    if (tenths < 1000) return Math.floor(tenths / 10) + "." + (tenths % 10);
    const whole = rounded(value, unit);
    return whole < limit ? String(whole) : null;
  }

  function duration(value) {
    if (value === null) return "";
    if (value === 0) return "0 s";
    if (value < 1000) return value + " ns";
    if (value < 1e6 && value % 1000 === 0) return value / 1000 + " µs";
    for (const [unit, limit, name] of [[1e3, 1000, "µs"], [1e6, 1000, "ms"], [1e9, 100, "s"]]) {
      const text = significant(value, unit, limit);
      if (text !== null) return text + " " + name;
    }
    const seconds = Math.floor((value - 5e8) / 1e9) + 1;
    if (seconds < 3600) {
      return Math.floor(seconds / 60) + " min" + (seconds % 60 ? " " + (seconds % 60) + " s" : "");
    }
    const minutes = Math.floor((seconds + 30) / 60);
    if (minutes < 48 * 60) {
      return Math.floor(minutes / 60) + " h" + (minutes % 60 ? " " + two(minutes % 60) + " min" : "");
    }
    const hours = Math.floor((minutes + 30) / 60);
    return Math.floor(hours / 24) + " d" + (hours % 24 ? " " + two(hours % 24) + " h" : "");
  }

  function bytes(count) {
    if (count < 1000) return count + " B";
    let unit = 1000;
    for (const name of ["kB", "MB", "GB", "TB", "PB"]) {
      const tenths = rounded(count, unit / 10);
      if (tenths < 100) return Math.floor(tenths / 10) + "." + (tenths % 10) + " " + name;
      const whole = rounded(count, unit);
      if (whole < 1000) return whole + " " + name;
      unit *= 1000;
    }
    return "";
  }

  const seconds = (value) =>
    Math.floor(value / 1e9) + "." + String(Math.floor((value % 1e9) / 1e3)).padStart(6, "0");

  const end = (side, row) => data.hosts[data[side][row]] + ":" + data[side + "_port"][row];

  const cells = {
    id: (row) => String(data.id[row]),
    client: (row) => end("client", row),
    server: (row) => end("server", row),
    start: (row) => seconds(data.start[row]),
    duration: (row) => duration(data.duration[row]),
    handshake: (row) => duration(data.handshake[row]),
    first_byte: (row) => duration(data.first_byte[row]),
    longest_wait: (row) => duration(data.longest_wait[row]),
    server_time: (row) => duration(data.server_time[row]),
    sent: (row) => bytes(data.sent[row]),
    received: (row) => bytes(data.received[row]),
    repeats: (row) => (data.repeats[row] === null ? "" : grouped(data.repeats[row])),
    limit: (row) => data.limits[data.limit[row]],
    outcome: (row) => data.outcome_words[data.outcome[row]],
  };
  const isText = new Set(["client", "server", "limit", "outcome"]);

  // MARK: Which rows, in which order

  const controls = {
    search: byID("search"), outcome: byID("by-outcome"), server: byID("by-server"),
    limit: byID("by-limit"), finding: byID("by-finding"),
  };

  /** What a search looks at of each row, made when the first one is asked for. */
  function searchable() {
    texts ??= data.id.map((id, row) =>
      ["#" + id, cells.client(row), cells.server(row), data.addresses[data.client[row]],
        data.addresses[data.server[row]], cells.outcome(row), cells.limit(row)]
        .join(" ").toLowerCase());
    return texts;
  }

  function choose() {
    const words = controls.search.value.toLowerCase().split(/\s+/).filter((word) => word);
    const outcome = data.outcomes.indexOf(controls.outcome.value);
    const server = controls.server.value === "" ? -1 : Number(controls.server.value);
    const limit = controls.limit.value === "" ? -1 : Number(controls.limit.value);
    const finding = controls.finding.value === "" ? null : new Set(data.findings[controls.finding.value].ids);
    const text = words.length > 0 ? searchable() : null;
    order = [];
    for (let row = 0; row < total; row += 1) {
      if (outcome >= 0 && data.outcome[row] !== outcome) continue;
      if (server >= 0 && data.server[row] !== server) continue;
      if (limit >= 0 && data.limit[row] !== limit) continue;
      if (finding !== null && !finding.has(data.id[row])) continue;
      if (text !== null && !words.every((word) => text[row].includes(word))) continue;
      order.push(row);
    }
    sort();
  }

  function sort() {
    const sign = state.descending ? -1 : 1;
    if (isText.has(state.key)) {
      const shown = new Map(order.map((row) => [row, cells[state.key](row)]));
      const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
      order.sort((a, b) => sign * compare(shown.get(a), shown.get(b)) || a - b);
    } else {
      // What is not known comes last, either way.
      const values = data[state.key];
      order.sort((a, b) => {
        const [left, right] = [values[a], values[b]];
        if (left === null || right === null) return (left === null) - (right === null) || a - b;
        return sign * (left - right) || a - b;
      });
    }
    state.page = 0;
    show();
  }

  // MARK: What is shown

  function rowElement(row) {
    const element = document.createElement("tr");
    const id = data.id[row];
    if (!detailed.has(id)) {
      element.id = "c" + id;
      element.tabIndex = -1;
    }
    headings.forEach((heading, column) => {
      const key = keys[column];
      const cell = element.insertCell();
      cell.className = heading.dataset.cell;
      cell.dataset.label = heading.dataset.label;
      const text = cells[key](row);
      if (key === "id") {
        const link = document.createElement("a");
        link.href = "#c" + id;
        link.textContent = text;
        cell.append(link);
      } else if (key === "outcome") {
        const mark = document.createElement("span");
        mark.className = "outcome " + data.outcomes[data.outcome[row]];
        mark.textContent = text;
        cell.append(mark);
      } else {
        cell.textContent = text;
      }
    });
    return element;
  }

  function show() {
    const pages = Math.max(1, Math.ceil(order.length / rowsOfPage));
    state.page = Math.min(Math.max(0, state.page), pages - 1);
    const first = state.page * rowsOfPage;
    body.replaceChildren(...order.slice(first, first + rowsOfPage).map(rowElement));
    headings.forEach((heading, column) => {
      const isKey = keys[column] === state.key;
      if (isKey) heading.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
    const { one, all, some, page } = data.words;
    const everything = say(total === 1 ? one : all, { n: grouped(total) });
    byID("shown").textContent =
      (order.length === total ? everything : say(some, { n: grouped(order.length), all: everything }))
      + (pages > 1 ? say(page, { page: grouped(state.page + 1), pages: grouped(pages) }) : "");
    byID("previous").disabled = state.page === 0;
    byID("next").disabled = state.page === pages - 1;
    byID("pages").hidden = pages === 1;
  }

  /** Brings a connection without a section of its own into view. */
  function reveal() {
    const match = /^#c(\d+)$/.exec(location.hash);
    if (match === null || detailed.has(Number(match[1]))) return;
    const row = data.id.indexOf(Number(match[1]));
    if (row < 0) return;
    if (!order.includes(row)) {
      clear();
      choose();
    }
    state.page = Math.floor(order.indexOf(row) / rowsOfPage);
    show();
    const element = byID("c" + match[1]);
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  }

  function clear() {
    for (const control of Object.values(controls)) control.value = "";
  }

  // MARK: Controls

  function offer(select, values) {
    for (const [value, text] of values) select.add(new Option(text, value));
    select.parentElement.hidden = values.length < 2 && select !== controls.finding || values.length === 0;
  }

  function counted(column, names, most) {
    const counts = new Map();
    for (const value of data[column]) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].filter(([value]) => names[value] !== "")
      .sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most)
      .map(([value, count]) => [value, names[value].replaceAll("_", " ") + " (" + grouped(count) + ")"]);
  }

  offer(controls.outcome, counted("outcome", data.outcome_words, 10).map(([value, text]) => [data.outcomes[value], text]));
  offer(controls.server, counted("server", data.hosts, 200));
  offer(controls.limit, counted("limit", data.limits, 20));
  offer(controls.finding, data.findings.map((finding, index) =>
    [index, finding.kind.replaceAll("_", " ") + " (" + grouped(finding.ids.length) + ")"]));

  for (const control of Object.values(controls)) control.addEventListener("input", choose);
  byID("clear").addEventListener("click", () => {
    clear();
    choose();
    controls.search.focus();
  });
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => {
      const isKey = state.key === keys[column];
      state.descending = isKey ? !state.descending : false;
      state.key = keys[column];
      sort();
    });
    heading.replaceChildren(button);
  });
  const turn = (step) => {
    state.page += step;
    show();
    table.scrollIntoView({ block: "start" });
  };
  byID("previous").addEventListener("click", () => turn(-1));
  byID("next").addEventListener("click", () => turn(1));
  document.querySelectorAll("a[data-finding]").forEach((link) => {
    link.addEventListener("click", () => {
      clear();
      controls.finding.value = link.dataset.finding;
      choose();
    });
  });
  window.addEventListener("hashchange", reveal);

  // What is folded away is printed too.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });

  const note = byID("unlisted");
  if (note !== null) note.hidden = true;
  byID("controls").hidden = false;
  choose();
  reveal();
})();
