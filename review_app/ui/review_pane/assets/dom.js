// Building blocks. Text from outside only ever enters the page as a text node or through `rich`.

import { foreign } from "./foreign.js";

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "text") made.append(...foreign(value));
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const TAGS = new Set(
  "P BR HR UL OL LI STRONG EM S CODE PRE BLOCKQUOTE TABLE THEAD TBODY TR TH TD H1 H2 H3 H4 H5 H6 KBD".split(" "),
);

// The server has already cut the HTML down to these tags. We trust that no more than any other text: each node is
// made anew, without attributes, so nothing in it can load, link or run. `onText` may replace a text by nodes.
export function rich(html, onText = foreign) {
  const box = el("div", { class: "rv-rich", dir: "auto" });
  copy(new DOMParser().parseFromString(html, "text/html").body, box, onText);
  return box;
}

function copy(from, to, onText) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(...onText(node.data));
    else if (node.nodeType === Node.ELEMENT_NODE) {
      const twin = TAGS.has(node.tagName) ? document.createElement(node.tagName) : null;
      if (twin && node.tagName === "KBD") twin.className = "rv-chip";
      // A wide table scrolls by itself: the keyboard must get there.
      if (twin && node.tagName === "TABLE") twin.tabIndex = 0;
      copy(node, twin ?? to, onText);
      if (twin) to.append(twin);
    }
  }
}

export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || isTextInput(target));

const isTextInput = (target) =>
  target.tagName === "INPUT" && !/^(button|checkbox|radio|submit|range)$/.test(target.type);
