// A trace as people read one: chat bubbles, tool cards, the answer to grade, documents beside it.

import { el, plural, rich } from "./dom.js";
import { foreign } from "./foreign.js";
import { tree } from "./json_tree.js";
import { LONG_ANSWER, LONG_VALUE, folded } from "./long_text.js";

const WITHHELD = "Two answers are to be compared here. They stand side by side on your desk; which is the system's shows once you have answered.";

export function conversation(trace, extra = []) {
  const earlier = trace.session.filter((turn) => !turn.later);
  const later = trace.session.filter((turn) => turn.later);
  const place = `Turn ${earlier.length + 1} of ${trace.session.length + 1} in this session: the one to judge`;
  return [
    el("p", { class: "rv-facts" }, ...trace.facts.map((fact) => el("span", { dir: "auto", text: fact }))),
    ...earlier.map((turn) => beside(turn, "Earlier")),
    trace.session.length ? el("p", { class: "rv-mark", text: place }) : null,
    ...trace.turns.map((turn) => bubble(turn)),
    answer(trace),
    ...extra,
    ...later.map((turn) => beside(turn, "Later")),
  ].filter(Boolean);
}

// Another turn of the session. What came later starts folded: it was not known when the answer was given.
function beside(turn, when) {
  const head = el("summary", {}, el("b", { text: `${when} in this session` }), el("span", { class: "rv-id", text: turn.at }),
    el("span", { class: "rv-first", dir: "auto", text: turn.first }));
  const said = turn.answer.length ? turn.answer.map((part) => block(part)) : [el("p", { class: "rv-none", text: "The system gave no answer." })];
  const reply = el("div", { class: "rv-said rv-assistant" }, el("h3", { text: "Assistant" }), ...said);
  return el("details", { class: "rv-turn rv-folded rv-session", open: !turn.later && !turn.long }, head, ...turn.turns.map((one) => bubble(one, "rv-said")), reply);
}

function bubble(turn, look = "rv-turn") {
  const parts = turn.parts.map((part) => block(part));
  const name = turn.name ? `${turn.label} · ${turn.name}` : turn.label;
  if (turn.role === "tools") return el("div", { class: `${look} rv-tools` }, ...parts);
  if (turn.first === undefined) {
    return el("article", { class: `${look} rv-${turn.role}`, "aria-label": name }, el("h3", { text: name }), ...parts);
  }
  const head = el("summary", {}, el("b", { text: name }), el("span", { class: "rv-first", dir: "auto", text: turn.first }));
  return el("details", { class: `${look} rv-folded rv-${turn.role}` }, head, ...parts);
}

function answer(trace) {
  const cited = new Set(trace.documents.filter((doc) => doc.cited).map((doc) => doc.id));
  const parts = trace.answer.map((part) => block(part, (text) => withCitations(text, cited), LONG_ANSWER));
  if (trace.error) parts.push(el("p", { class: "rv-error", text: `The system failed: ${trace.error}` }));
  if (!trace.answer.length) parts.unshift(el("p", { class: "rv-none", text: trace.withheld ? WITHHELD : "The system gave no answer." }));
  const heading = el("h3", { id: "rv-answer-title", text: "Answer to grade" });
  return el("article", { class: "rv-turn rv-answer", "aria-labelledby": "rv-answer-title" }, heading, ...parts);
}

export function block(part, onText, most) {
  if (part.kind === "rich") return folded(rich(part.html, onText), part.size, most);
  if (part.kind === "chip") return el("p", {}, el("span", { class: "rv-chip", text: `${part.label} ${part.text}` }));
  if (part.kind === "call") return card(part);
  const exact = folded(el("pre", { text: part.exact }), part.exact.length, LONG_VALUE);
  return el("div", {}, tree(part.tree), el("details", { class: "rv-exact" }, el("summary", { text: "Exact text" }), exact));
}

// "find_order – order: 4471-B → status: shipped", opened to the full list.
function card(call) {
  const head = el(
    "summary",
    {},
    el("b", { text: call.name }),
    call.asked ? el("span", { class: "rv-asked", text: call.asked }) : null,
    el("span", { class: "rv-arrow", role: "img", "aria-label": "gave", text: "→" }),
    el("span", { class: "rv-got", text: call.failed ? `failed: ${call.got}` : call.got }),
  );
  return el(
    "details",
    { class: call.failed ? "rv-call rv-failed" : "rv-call" },
    head,
    call.arguments ? el("h4", { text: "Asked with" }) : null,
    call.arguments ? tree(call.arguments) : null,
    el("h4", { text: call.failed ? "Failed with" : "Came back" }),
    tree(call.result),
  );
}

// [kb-12] in the answer becomes a button to that document, if it was retrieved.
function withCitations(text, cited) {
  if (!cited.size) return foreign(text);
  return text.split(/([[【][^[\]【】\n]{1,120}[\]】])/).flatMap((piece, n) => {
    const ids = piece.slice(1, -1).split(/[,;]/).map((id) => id.trim());
    const id = n % 2 ? ids.find((one) => cited.has(one)) : undefined;
    if (!id) return foreign(piece);
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
