// A long text shows its start; the rest is one click away and stays findable.

import { el } from "./dom.js";

export const LONG = 6000; // characters; two documents of this length fill a screen
export const LONG_ANSWER = 20000; // what is judged is folded last
export const LONG_VALUE = 1200;

// `node` as it is, or clipped with a button, if its text has more than `most` characters.
export function folded(node, size, most = LONG) {
  if (size <= most) return node;
  const all = `Show all ${size.toLocaleString("en")} characters`;
  const more = el("button", { type: "button", class: "rv-small rv-more", "aria-expanded": "false", text: all });
  const box = el("div", { class: "rv-long" }, el("div", { class: "rv-clip" }, node), more);
  more.addEventListener("click", () => {
    const open = box.classList.toggle("rv-open");
    more.textContent = open ? "Show less" : all;
    more.setAttribute("aria-expanded", String(open));
    if (!open) box.scrollIntoView({ block: "nearest" });
  });
  return box;
}

// Opens every fold around a node, so that it can be seen.
export function unfold(node) {
  for (let at = node; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
    else if (at.matches(".rv-long:not(.rv-open)")) at.querySelector(":scope > .rv-more").click();
  }
}
