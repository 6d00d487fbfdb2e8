// A JSON value as a foldable list of keys and values.

import { el, plural } from "./dom.js";
import { LONG_VALUE, folded } from "./long_text.js";

const SHORT = 12; // a branch with more values starts folded
const SHALLOW = 3; // so does one that lies deeper

// node: {key, text} or {key, of: [node]}; without a key at the root.
export function tree(node) {
  const nodes = node.of && !node.key ? node.of : [node];
  return el("ul", { class: "rv-tree" }, ...nodes.map((one) => branch(one, 1)));
}

function branch(node, depth) {
  if (!node.of) {
    const value = el("span", { class: "rv-value", dir: "auto", text: node.text });
    const shown = folded(value, node.text.length, LONG_VALUE);
    return el("li", {}, node.key ? el("span", { class: "rv-key", dir: "auto", text: node.key }) : null, shown);
  }
  const inside = el("ul", {}, ...node.of.map((one) => branch(one, depth + 1)));
  const head = el("summary", {}, el("span", { class: "rv-key", dir: "auto", text: node.key }), el("small", { text: plural(node.of.length, "value") }));
  return el("li", {}, el("details", { open: depth <= SHALLOW && node.of.length <= SHORT }, head, inside));
}
