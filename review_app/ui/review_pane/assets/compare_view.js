// Two runs' answers to one case, side by side, each with the words marked that the other one lacks; and what was
// measured of them.

import { changes } from "./diff.js";
import { el } from "./dom.js";
import { conversation, documents, showDocument } from "./trace_view.js";

const TAG = { same: "span", gone: "del", new: "ins" };

export function compare(root, data) {
  const { trace } = data;
  const top = el("header", { class: "rv-top" }, el("a", { href: data.back, target: "_self", text: "All cases" }), el("b", { text: data.case }));
  const main = el("section", { class: "rv-main", "aria-label": "Conversation", tabindex: 0 }, ...conversation(trace, [answers(data.sides)]));
  const docs = el("aside", { class: "rv-docs", "aria-label": "Documents", tabindex: 0 }, ...(trace.documents.length ? documents(trace) : []));
  const side = el("section", { class: "rv-form", "aria-label": "What was measured", tabindex: 0 }, ...measured(data));
  root.classList.toggle("rv-no-docs", !trace.documents.length);
  root.classList.add("rv-only-pair", "rv-compare");
  root.replaceChildren(top, el("div", { class: "rv-body" }, main, docs, side));
  root.onclick = (event) => event.target.dataset?.cite && showDocument(docs, event.target.dataset.cite);
}

function answers([before, after]) {
  const words = before.text === null || after.text === null ? null : changes(before.text, after.text);
  return el("section", { class: "rv-sides", "aria-label": "Both answers" }, answer(before, words, "gone"), answer(after, words, "new"));
}

function answer(side, words, own) {
  const parts = (words ?? [["same", side.text ?? ""]]).filter(([kind]) => kind === "same" || kind === own);
  const text = side.text === null
    ? el("p", { class: "rv-none", text: "It gave no answer." })
    : el("p", { class: "rv-words", dir: "auto" }, ...parts.map(([kind, said]) => el(TAG[kind], { text: said })));
  const failed = side.error === null ? null : el("p", { class: "rv-error", text: `It failed: ${side.error}` });
  return el("article", { class: "rv-turn rv-side", "aria-label": side.name }, el("h3", {}, side.name, el("small", { text: side.run })), text, failed,
    el("p", { class: "rv-quiet", text: side.facts }));
}

function measured(data) {
  const head = el("tr", {}, ...["metric", "baseline", "candidate"].map((text) => el("th", { scope: "col", text })));
  const rows = data.metrics.map((one) =>
    el("tr", {}, el("th", { scope: "row", text: one.metric }), ...one.values.map((text) => el("td", { text }))));
  const said = data.metrics.flatMap((one) => one.details.map((detail) => el("p", {}, el("b", { text: `${detail.side}, ${one.metric}: ` }), el("span", { dir: "auto", text: detail.text }))));
  const expected = data.expected === null ? [] : [el("h3", { text: "Expected" }), el("p", { class: "rv-words", dir: "auto", text: data.expected })];
  const table = rows.length ? el("table", { class: "rv-measured" }, el("thead", {}, head), el("tbody", {}, ...rows)) : el("p", { class: "rv-none", text: "Nothing was measured." });
  return [...expected, el("h3", { text: "Measured" }), table, ...(said.length ? [el("h3", { text: "Why" }), ...said] : [])];
}
