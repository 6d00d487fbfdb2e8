// A trace as people read one: chat bubbles, tool cards, the answer to grade, documents beside it.

import { el, plural, rich } from "./dom.js";

export function conversation(trace, extra = []) {
  const turns = trace.turns.map((turn) => bubble(turn));
  return [
    el("p", { class: "rv-facts" }, ...trace.facts.map((fact) => el("span", { text: fact }))),
    ...turns,
    answer(trace),
    ...extra,
  ];
}

function bubble(turn) {
  const parts = turn.parts.map((part) => block(part));
  const name = turn.name ? `${turn.label} · ${turn.name}` : turn.label;
  if (turn.role === "tools") return el("div", { class: "rv-turn rv-tools" }, ...parts);
  if (turn.first === undefined) {
    return el("article", { class: `rv-turn rv-${turn.role}`, "aria-label": name }, el("h3", { text: name }), ...parts);
  }
  const head = el("summary", {}, el("b", { text: name }), el("span", { class: "rv-first", dir: "auto", text: turn.first }));
  return el("details", { class: `rv-turn rv-folded rv-${turn.role}` }, head, ...parts);
}

function answer(trace) {
  const cited = new Set(trace.documents.filter((doc) => doc.cited).map((doc) => doc.id));
  const parts = trace.answer.map((part) => block(part, (text) => withCitations(text, cited)));
  if (trace.error) parts.push(el("p", { class: "rv-error", text: `The system failed: ${trace.error}` }));
  if (!trace.answer.length) parts.unshift(el("p", { class: "rv-none", text: "The system gave no answer." }));
  const heading = el("h3", { id: "rv-answer-title", text: "Answer to grade" });
  return el("article", { class: "rv-turn rv-answer", "aria-labelledby": "rv-answer-title" }, heading, ...parts);
}

function block(part, onText) {
  if (part.kind === "rich") return rich(part.html, onText);
  if (part.kind === "chip") return el("p", {}, el("span", { class: "rv-chip", text: `${part.label} ${part.text}` }));
  if (part.kind === "call") return card(part);
  const exact = el("details", { class: "rv-exact" }, el("summary", { text: "Exact text" }), el("pre", { text: part.exact }));
  return el("div", {}, table(part.rows), exact);
}

// "find_order – order: 4471-B → status: shipped", opened to the full list.
function card(call) {
  const head = el(
    "summary",
    {},
    el("b", { text: call.name }),
    call.asked ? el("span", { class: "rv-asked", text: call.asked }) : null,
    el("span", { class: "rv-arrow", "aria-label": "gave", text: "→" }),
    el("span", { class: "rv-got", text: call.failed ? `failed: ${call.got}` : call.got }),
  );
  return el(
    "details",
    { class: call.failed ? "rv-call rv-failed" : "rv-call" },
    head,
    call.arguments.length ? el("h4", { text: "Asked with" }) : null,
    call.arguments.length ? table(call.arguments) : null,
    el("h4", { text: call.failed ? "Failed with" : "Came back" }),
    table(call.result),
  );
}

function table(rows) {
  const list = el("dl", { class: "rv-rows" });
  for (const [depth, key, text] of rows) {
    const line = el("div", { class: `rv-depth-${Math.min(depth, 6)}` });
    if (key) line.append(el("dt", { text: key }));
    if (text) line.append(el("dd", { dir: "auto", text }));
    list.append(line);
  }
  return list;
}

// [kb-12] in the answer becomes a button to that document, if it was retrieved.
function withCitations(text, cited) {
  if (!cited.size) return [text];
  return text.split(/([[【][^[\]【】\n]{1,120}[\]】])/).flatMap((piece, n) => {
    const ids = piece.slice(1, -1).split(/[,;]/).map((id) => id.trim());
    const id = n % 2 ? ids.find((one) => cited.has(one)) : undefined;
    if (!id) return [piece];
    return [el("button", { class: "rv-cite", type: "button", "data-cite": id, title: `Show document ${id}`, text: piece })];
  });
}

export function documents(trace) {
  const cited = trace.documents.filter((doc) => doc.cited).length;
  const note = cited ? `${plural(cited, "is", "are")} cited` : "none is cited";
  const head = el("h3", {}, `Documents (${trace.documents.length})`, el("small", { text: note }));
  // Cited ones first: they are what the answer rests on.
  const sorted = [...trace.documents].sort((a, b) => b.cited - a.cited);
  return [head, ...sorted.map((doc, n) => document_(doc, doc.cited || (!cited && n === 0)))];
}

function document_(doc, open) {
  const head = el(
    "summary",
    {},
    el("b", { dir: "auto", text: doc.title }),
    doc.title === doc.id ? null : el("span", { class: "rv-id", text: doc.id }),
    doc.cited ? el("span", { class: "rv-cited", text: "cited" }) : null,
  );
  const source = doc.source ? el("p", { class: "rv-source", text: doc.source }) : null;
  const body = doc.blocks.length ? doc.blocks.map((part) => block(part)) : [el("p", { class: "rv-none", text: "No text." })];
  return el("details", { class: "rv-doc", open, "data-doc": doc.id }, head, source, ...body);
}

// Opens the document a citation names and shows it.
export function showDocument(root, id) {
  const found = [...root.querySelectorAll(".rv-doc")].find((doc) => doc.dataset.doc === id);
  if (!found) return;
  found.open = true;
  found.scrollIntoView({ block: "nearest" });
  found.classList.remove("rv-flash");
  requestAnimationFrame(() => found.classList.add("rv-flash"));
}
