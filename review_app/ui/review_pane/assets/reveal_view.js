// What the judges said: only ever about an item whose review is stored.

import { diff } from "./diff.js";
import { el, rich } from "./dom.js";

const percent = (share) => `${Math.round(share * 100)} %`;
const NOT_SHOWN = "Verdicts are not shown in this project.";
const STATUS = { missing: "no verdict", unparsable: "unreadable answer", refused: "refused to answer", error: "failed" };

export function strip(reveal) {
  if (!reveal) return [el("span", { class: "rv-quiet", text: "What the judges said shows here, after you have answered." })];
  const own = reveal.outcome === "judged" ? reveal.own.filter((one) => one.label) : [];
  const said = own.length ? own[0].label : "cannot judge";
  const parts = [el("span", { class: "rv-quiet", text: "Last item" }), el("span", {}, "You: ", el("b", { text: said }))];
  const verdicts = reveal.verdicts ?? [];
  const first = verdicts.filter((one) => !own.length || one.criterion === own[0].criterion);
  parts.push(...(first.length ? first : verdicts).map((one) => verdict(one)));
  if (!verdicts.length) parts.push(el("span", { class: "rv-quiet", text: reveal.verdicts ? "No judge has seen it." : NOT_SHOWN }));
  return parts;
}

function verdict(one) {
  const said = one.label || STATUS[one.status] || one.status;
  const sure = one.confidence === null ? "" : ` ${percent(one.confidence)} sure`;
  const relation = one.same === null ? null : el("span", { class: one.same ? "rv-same" : "rv-differs", text: one.same ? "same" : "differs" });
  return el("span", { class: "rv-verdict" }, `${one.judge}: `, el("b", { text: said }), sure ? el("small", { text: sure }) : null, relation);
}

// output: what was judged, to show a correction against it.
export function details(reveal, output = null) {
  const own = rows(reveal.own);
  if (reveal.outcome !== "judged") own.append(el("div", {}, el("dd", { text: "You could not judge it." })));
  const verdicts = (reveal.verdicts ?? []).map((one) =>
    el(
      "section",
      { class: "rv-judge" },
      el("p", {}, verdict(one)),
      el("p", { class: "rv-quiet", text: one.question }),
      one.rationale ? rich(one.rationale) : el("p", { class: "rv-none", text: "No rationale." }),
    ),
  );
  const replaced = reveal.reference && output !== null ? [el("h4", { text: "A person replaced it with" }), diff(output, reveal.reference)] : [];
  const judges = verdicts.length ? verdicts : [el("p", { class: "rv-none", text: reveal.verdicts ? "No judge has seen it." : NOT_SHOWN })];
  return [el("h4", { text: reveal.settled ? "Settled" : "You said" }), own, el("h4", { text: "The judges said" }), ...judges, ...colleagues(reveal.others), ...replaced];
}

function rows(answers) {
  return el("dl", { class: "rv-rows" }, ...answers.map((one) => el("div", {}, el("dt", { text: one.question }), el("dd", { text: one.label }))));
}

// What a person wrote is set as text: it is foreign like any other.
function colleagues(others) {
  if (!others?.length) return [];
  const one = (person) =>
    el(
      "section",
      { class: "rv-judge", "aria-label": person.reviewer },
      el("p", {}, el("b", { text: person.reviewer }), person.outcome === "judged" ? null : `: ${person.outcome}`),
      rows(person.labels),
      person.note ? el("p", { text: person.note }) : null,
      person.correction ? el("details", {}, el("summary", { text: "Their correction" }), el("p", { text: person.correction })) : null,
    );
  return [el("h4", { text: "Your colleagues said" }), ...others.map(one)];
}
