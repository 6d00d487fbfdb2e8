// What changed between two texts, word by word: Myers' greedy search on words, blanks and marks.

import { el } from "./dom.js";

const WORDS = /\s+|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;
const MOST_EDITS = 700; // beyond this many, the middle counts as rewritten: nobody reads such a diff word by word

// [[kind, text]] with kind "same", "gone" or "new".
export function changes(before, after) {
  const a = before.match(WORDS) ?? [];
  const b = after.match(WORDS) ?? [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const middle = edits(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return joined([["same", a.slice(0, head)], ...middle, ["same", a.slice(a.length - tail)]]);
}

function edits(a, b) {
  const paths = search(a, b);
  if (!paths) return [["gone", a], ["new", b]];
  const steps = [];
  let x = a.length;
  let y = b.length;
  for (let d = paths.length - 1; d > 0; d--) {
    const reach = paths[d - 1];
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const before = down ? k + 1 : k - 1;
    const [px, py] = [reach.get(before), reach.get(before) - before];
    const start = down ? px : px + 1;
    steps.push(["same", a.slice(start, x)], down ? ["new", [b[py]]] : ["gone", [a[px]]]);
    [x, y] = [px, py];
  }
  return [["same", a.slice(0, x)], ...steps.reverse()];
}

// For each number of edits, how far along `a` each diagonal gets; null when the texts have too little in common.
function search(a, b) {
  let reach = new Map([[1, 0]]);
  const paths = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MOST_EDITS); d++) {
    const next = new Map();
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? reach.get(k + 1) ?? 0 : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return [...paths, next];
    }
    paths.push(next);
    reach = next;
  }
  return null;
}

function joined(steps) {
  const found = [];
  for (const [kind, words] of steps) {
    if (!words.length) continue;
    if (found.at(-1)?.[0] === kind) found.at(-1)[1] += words.join("");
    else found.push([kind, words.join("")]);
  }
  return found;
}

const TAG = { same: "span", gone: "del", new: "ins" };

// The two texts as one, with what is gone struck out and what is new underlined.
export function diff(before, after) {
  const parts = changes(before, after);
  const nothing = parts.every(([kind]) => kind === "same");
  if (nothing) return el("p", { class: "rv-diff rv-quiet", text: "No change so far." });
  return el("p", { class: "rv-diff", dir: "auto" }, ...parts.map(([kind, text]) => el(TAG[kind], { text })));
}

// The diff of a text box against `before`, kept up to date while somebody types.
export function liveDiff(before, box) {
  const place = el("div", { role: "group", "aria-label": "What you changed" });
  const draw = () => place.replaceChildren(diff(before, box.value));
  let timer;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 150);
  });
  // The caller fills the box after making it.
  queueMicrotask(draw);
  return place;
}
