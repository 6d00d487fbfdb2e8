// Two outputs side by side, as A and B. Which of them is the system's is known to the server alone.

import { el } from "./dom.js";
import { block } from "./trace_view.js";

export function pair(item) {
  if (!item.sides) return [];
  const side = (blocks, n) => {
    const name = "AB"[n];
    return el("article", { class: "rv-turn rv-side", "aria-label": `Answer ${name}` }, el("h3", { text: name }), ...blocks.map((one) => block(one)));
  };
  return [el("section", { class: "rv-sides", "aria-label": "Two answers to compare" }, ...item.sides.map(side))];
}
