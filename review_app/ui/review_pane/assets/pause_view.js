// Where work stops: the end of a batch, and the end of the queue.

import { el, plural } from "./dom.js";

// What the labels of the batch changed; null until the server has all of them and has said so.
function changed(summary) {
  if (!summary) return el("p", { class: "rv-quiet", text: "Saving, and looking what your answers changed…" });
  const lines = [
    `${plural(summary.reviews, "review")}: ${summary.reviews - summary.bad - summary.undecided} good, ${summary.bad} bad, ${summary.undecided} not judged.`,
    ...summary.judges.map(judge),
    summary.corrected ? `${plural(summary.corrected, "answer")} you rewrote ${summary.corrected === 1 ? "is" : "are"} kept as what it should have been.` : "",
    summary.proposals ? `${plural(summary.proposals, "golden case")} proposed; somebody has to approve ${summary.proposals === 1 ? "it" : "them"}.` : "",
  ];
  return el("ul", { class: "rv-changed" }, ...lines.filter(Boolean).map((text) => el("li", { text })));
}

function judge(one) {
  const what = `${one.judge} on ${one.criterion.replaceAll("_", " ")}`;
  if (!one.missed && !one.false_alarms) return `${what}: the same as you on all ${one.compared}.`;
  const parts = [one.missed ? `passed ${one.missed} that you failed` : "", one.false_alarms ? `failed ${one.false_alarms} that you passed` : ""];
  return `${what}: of ${one.compared}, it ${parts.filter(Boolean).join(" and ")}.`;
}

export function pause(desk, act) {
  const go = el("button", { type: "button", class: "rv-go rv-ready", "data-id": "go-on", onclick: () => act.submit() }, "Go on", el("kbd", { "aria-hidden": "true", text: "↵" }));
  return el("div", { class: "rv-end", role: "status" }, el("h2", { text: `${plural(desk.batch.length, "item")} answered: what they changed` }),
    changed(desk.summary), el("p", { class: "rv-quiet", text: "A good moment for a pause. Everything is kept; the next items wait for you." }), el("p", { class: "rv-actions" }, go));
}

export function end(desk) {
  const { total, done, who } = desk.data;
  const left = total - desk.done;
  const coming = desk.lacks().length > 0 || (desk.unsaved > 0 && left > 0);
  const title = coming ? "Fetching the next item…" : total === 0 ? "There is nothing to review yet" : left > 0 ? "Nothing is free right now" : "That was the last one";
  const text = coming ? "" : total === 0 ? "Nobody has drawn a sample for you. The lead does that with: review-app sample"
    : left > 0 ? `${plural(left, "item")} ${left === 1 ? "is" : "are"} on colleagues’ desks. They come back here if they are not answered there.`
    : `All ${total} items open to you have your answer.`;
  const again = el("button", { type: "button", class: "rv-toggle", text: "Look again", onclick: () => desk.post() });
  const link = el("a", { class: "rv-go rv-ready", href: `agreement?reviewer=${encodeURIComponent(who)}`, target: "_self", text: "See what your answers say about the judges" });
  return el("div", { class: "rv-end", role: "status" }, el("h2", { text: title }), el("p", { text }), el("p", { text: tally(desk.tally) }),
    !coming && desk.batch.length ? changed(desk.summary) : null, coming ? null : el("p", { class: "rv-actions" }, done ? link : null, again));
}

function tally({ good, bad, cannot, golden }) {
  if (!(good + bad + cannot)) return "";
  return `In this sitting: ${good} good, ${bad} bad, ${cannot} you could not judge${golden ? `, ${plural(golden, "golden case")} proposed` : ""}.`;
}
