// The field of a span question: what a passage may be called, and the passages marked so far.

import { el } from "./dom.js";
import { placeName } from "./marks.js";

export function passages(question, focused, state, act) {
  const marked = state.form.spans.filter((span) => span.criterion === question.name);
  const open = el("button", { type: "button", class: "rv-toggle", "aria-pressed": String(state.marking), "aria-keyshortcuts": "m", "data-id": "marking", onclick: () => act.marking() },
    state.marking ? "Stop marking" : "Mark text", el("kbd", { "aria-hidden": "true", text: state.marking ? "Esc" : "m" }));
  return el("div", {}, el("div", { class: "rv-actions rv-labels" }, open, ...(state.marking ? question.labels.map((label, n) => labelButton(question, label, n, focused, act)) : [])),
    state.marking ? el("p", { class: "rv-help", role: "status", text: state.hint || "Select a passage in the answer or in a document, then name it." }) : null,
    el("ul", { class: "rv-passages" }, ...marked.map((span) => passage(question, span, state, act))));
}

function labelButton(question, label, n, focused, act) {
  // A press must not take the selection away before the click has seen it.
  return el("button", { type: "button", class: "rv-toggle", "data-id": `${question.name}/${label.value}`, onmousedown: (event) => event.preventDefault(), onclick: () => act.mark(question, label.value) },
    focused && n < 10 ? el("kbd", { class: "rv-digit", "aria-hidden": "true", text: (n + 1) % 10 }) : null, label.text || label.value);
}

function passage(question, span, state, act) {
  const text = question.labels.find((label) => label.value === span.label)?.text || span.label;
  const quote = span.quote.length > 90 ? `${span.quote.slice(0, 89)}…` : span.quote;
  return el("li", {}, el("span", { dir: "auto" }, el("q", { text: quote }), el("small", { text: `${text}, in ${placeName(span.place, state.item.trace)}` })),
    el("button", { type: "button", class: "rv-small", "aria-label": `Take the mark off: ${quote}`, onclick: () => act.unmark(span), text: "×" }));
}
