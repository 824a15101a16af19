"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const MARKS = { right: "✓ right", wrong: "✗ wrong", failed: "! failed" };

// The data are lists in the order of the page's records.
const items = data.items.map(([id, question, expected, source, answers], place) => ({
  id, question, expected, source, place,
  answers: answers.map((one) => one && { text: one[0], state: one[1], figures: one[2], error: one[3], chunks: one[4], ms: one[5], usd: one[6] }),
}));
const chunks = data.chunks.map(([id, heading, text]) => ({ id, heading, text }));

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};
const cut = (text) => (text.length > data.cell ? text.slice(0, data.cell - 1) + "…" : text);
const paragraph = (text) => element("p", text);
const preformatted = (text) => {
  const made = element("pre", text);
  made.dir = "auto";
  return made;
};
const marked = (answer) => {
  const made = element("b", MARKS[answer.state]);
  made.className = answer.state;
  return made;
};

const asked = (item) => item.answers.filter((answer) => answer);
const wrong = (item) => asked(item).filter((answer) => answer.state !== "right").length;
const most = (item, name) => Math.max(0, ...asked(item).map((answer) => answer[name]));
const haystack = (item) => {
  item.haystack ??= [item.id, item.question, item.expected, ...asked(item).map((answer) => answer.text)].join("\n").toLowerCase();
  return item.haystack;
};

const kept = (item, filter) => {
  const [what, arm] = filter.split(" ");
  switch (what) {
    case "split": return wrong(item) > 0 && wrong(item) < asked(item).length;
    case "differ": return new Set(asked(item).map((answer) => answer.text.trim())).size > 1;
    case "lost": return asked(item).length > 0 && wrong(item) === asked(item).length;
    case "wrong": return item.answers[arm] != null && item.answers[arm].state !== "right";
    case "failed": return item.answers[arm]?.state === "failed";
    default: return true;
  }
};
const order = {
  file: (one, other) => one.place - other.place,
  wrong: (one, other) => wrong(other) - wrong(one) || one.place - other.place,
  slow: (one, other) => most(other, "ms") - most(one, "ms") || one.place - other.place,
  dear: (one, other) => most(other, "usd") - most(one, "usd") || one.place - other.place,
  question: (one, other) => one.question.localeCompare(other.question) || one.place - other.place,
};

const whole = (item) => {
  const parts = [element("h3", "Question"), preformatted(item.question), element("h3", "Expected"), preformatted(item.expected)];
  if (item.source) parts.push(paragraph("Known to stand in " + item.source));
  item.answers.forEach((answer, arm) => {
    parts.push(element("h3", data.arms[arm]));
    if (!answer) {
      parts.push(element("p", "", element("em", "It was not asked.")));
      return;
    }
    parts.push(element("p", "", marked(answer), " ", element("small", answer.figures)));
    if (answer.error) parts.push(paragraph("Error: " + answer.error));
    parts.push(answer.text ? preformatted(answer.text) : element("p", "", element("em", "There is no answer.")));
    answer.chunks.forEach((place, number) => {
      const chunk = chunks[place];
      const shown = element("div", "", element("b", number + 1 + ". " + chunk.id), " ", element("small", chunk.heading), preformatted(chunk.text));
      shown.className = "chunk";
      parts.push(shown);
    });
  });
  return parts;
};

const rows = (item) => {
  const head = element("th", "", element("small", item.id), " " + cut(item.question));
  head.scope = "row";
  const row = element("tr", "", head);
  const expected = element("td", cut(item.expected));
  expected.dataset.arm = "Expected";
  row.append(expected);
  item.answers.forEach((answer, arm) => {
    const cell = answer
      ? element("td", "", marked(answer), " " + cut(answer.text || answer.error || "(empty)"), " ", element("small", answer.figures))
      : element("td", "", element("small", "not asked"));
    cell.dataset.arm = data.arms[arm];
    row.append(cell);
  });
  const details = element("details", "", element("summary", "Whole texts of " + item.id));
  details.addEventListener("toggle", () => details.append(...whole(item)), { once: true });
  const cell = element("td", "", details);
  cell.colSpan = data.arms.length + 2;
  const more = element("tr", "", cell);
  more.className = "more";
  return [row, more];
};

let found = items;
let page = 0;

const show = () => {
  const first = page * data.page;
  const here = found.slice(first, first + data.page);
  byId("matrix").tBodies[0].replaceChildren(...here.flatMap(rows));
  const all = found.length === items.length ? "" : " that match, out of " + items.length.toLocaleString("en");
  byId("shown").textContent = found.length
    ? `Items ${first + 1} to ${first + here.length} of ${found.length.toLocaleString("en")}${all}`
    : `No item of ${items.length.toLocaleString("en")} matches`;
  const pages = Math.max(1, Math.ceil(found.length / data.page));
  byId("page").textContent = `Page ${page + 1} of ${pages}`;
  byId("before").disabled = page === 0;
  byId("after").disabled = page + 1 >= pages;
};
const choose = () => {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  found = items.filter((item) => kept(item, byId("filter").value) && words.every((word) => haystack(item).includes(word)));
  found.sort(order[byId("sort").value]);
  page = 0;
  show();
};
const turn = (step) => {
  page += step;
  show();
  byId("side-by-side").scrollIntoView({ block: "start" });
};

if (items.length) {
  byId("filters").hidden = byId("pages").hidden = false;
  byId("filters").addEventListener("input", choose);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("before").addEventListener("click", () => turn(-1));
  byId("after").addEventListener("click", () => turn(1));
  choose();  // a browser may have kept what was chosen before
}
