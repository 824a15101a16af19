"use strict";
const ballot = document.getElementById("ballot");
const articles = [...ballot.querySelectorAll("article")];
const expert = document.getElementById("expert");
const place = "advisor-ballot-" + ballot.dataset.key;
let copy = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const judgement = (article) => ({
  item: article.dataset.item,
  answers: [...article.querySelectorAll("section")].map((section) => {
    const answer = { letter: section.dataset.letter };
    for (const input of section.querySelectorAll("input:checked")) answer[input.dataset.question] = input.value;
    return answer;
  }),
  preferred: article.querySelector("input[data-preferred]:checked")?.value ?? null,
  // Half surrogates cannot be written to a file.
  comment: article.querySelector("textarea").value.replace(/[\ud800-\udfff]/gu, ""),
});

const open = (article) => [...article.querySelectorAll("fieldset")].some((set) => !set.querySelector("input:checked"));

const checksum = (text) => {
  let rest = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (~rest >>> 0).toString(16).padStart(8, "0");
};

const filled = () => {
  const judgements = articles.map(judgement);
  return { schema: "advisor/ballot/v1", key_sha256: ballot.dataset.key, shown_sha256: ballot.dataset.shown,
    expert: expert.value.trim().replace(/[\ud800-\udfff]/gu, ""), copy, check: checksum(JSON.stringify(judgements)), judgements };
};

const show = () => {
  const judged = articles.filter((article) => !article.classList.toggle("open", open(article)));
  for (const article of articles) article.classList.toggle("judged", judged.includes(article));
  document.getElementById("done").textContent = judged.length + " of " + articles.length + " judged";
};

const keep = () => {
  show();
  try { localStorage.setItem(place, JSON.stringify(filled())); } catch { /* a private window: nothing is kept */ }
};

const restore = (kept) => {
  expert.value = kept.expert;
  copy = kept.copy;
  for (const one of kept.judgements) {
    const article = articles.find((candidate) => candidate.dataset.item === one.item);
    if (!article) continue;
    for (const input of article.querySelectorAll("input")) {
      const answer = one.answers.find((given) => given.letter === input.closest("section")?.dataset.letter);
      input.checked = input.value === ("preferred" in input.dataset ? one.preferred : answer?.[input.dataset.question]);
    }
    article.querySelector("textarea").value = one.comment;
  }
};

const go = (article) => {
  if (!article) return;
  article.focus({ preventScroll: true });
  article.scrollIntoView({ block: "start" });
};

const here = () => articles.indexOf(document.activeElement?.closest("article"));

try {
  const kept = JSON.parse(localStorage.getItem(place) || "null");
  if (kept) restore(kept);
} catch { /* nothing was kept, or what was kept cannot be read */ }
show();
document.addEventListener("input", keep);
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!event.altKey || !step) return;
  event.preventDefault();
  go(articles[here() + step]);
});
document.getElementById("next").addEventListener("click", () => {
  go([...articles.slice(here() + 1), ...articles].find((article) => article.classList.contains("open")));
});
document.getElementById("save").addEventListener("click", () => {
  if (!expert.value.trim()) {
    expert.focus();
    expert.scrollIntoView({ block: "center" });
    return;
  }
  keep();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(filled(), null, 1)], { type: "application/json" }));
  link.download = "ballot-" + (expert.value.trim().replace(/[^A-Za-z0-9_-]+/g, "_") || "expert") + ".json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
