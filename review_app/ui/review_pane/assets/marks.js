// Marking passages: the exact texts are laid open, a selection in them becomes {place, start, stop, quote}.
// Markdown is not drawn here: what is marked must stand in the text as it was stored. Offsets count code points.

import { el } from "./dom.js";
import { foreign } from "./foreign.js";

const OUTPUT = "output";
const codePoints = (text) => Array.from(text).length;

export const placeName = (place, trace) =>
  place === OUTPUT ? "the answer" : trace.documents.find((doc) => `document:${doc.id}` === place)?.title ?? place;

export class Marker {
  constructor(pane) {
    this.pane = pane;
    this.at = -1; // the sentence the keyboard stands on
  }

  get on() {
    return this.pane.root.classList.contains("rv-marking");
  }

  start() {
    if (!this.pane.desk.item || this.on) return;
    this.pane.root.classList.add("rv-marking");
    this.draw();
  }

  stop() {
    this.pane.root.classList.remove("rv-marking");
    this.pane.root.querySelectorAll(".rv-exact-text").forEach((one) => one.remove());
    this.at = -1;
  }

  // The exact text beside each drawn one; which of the two shows is a matter of CSS.
  draw() {
    if (!this.on) return;
    const { desk, root, main } = this.pane;
    root.querySelectorAll(".rv-exact-text").forEach((one) => one.remove());
    for (const [place, text] of Object.entries(desk.item.exact)) {
      const id = place.slice("document:".length);
      const home = place === OUTPUT ? main.querySelector(".rv-answer") : [...root.querySelectorAll(".rv-doc")].find((doc) => doc.dataset.doc === id);
      home?.append(exactText(place, text, desk.form.spans.filter((span) => span.place === place)));
    }
  }

  // What is selected, or null: both ends must lie in the same text.
  selection() {
    const chosen = getSelection();
    if (!this.on || !chosen.rangeCount || chosen.isCollapsed) return null;
    const range = chosen.getRangeAt(0);
    const home = elementOf(range.startContainer).closest(".rv-exact-text");
    if (!home || home !== elementOf(range.endContainer).closest(".rv-exact-text")) return null;
    const before = document.createRange();
    before.setStart(home, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const quote = range.toString();
    const start = codePoints(before.toString());
    return quote.trim() ? { place: home.dataset.place, start, stop: start + codePoints(quote), quote } : null;
  }

  // The keyboard's way to a selection: sentence after sentence, the answer first, then the documents.
  step(by) {
    this.start();
    const all = [...this.pane.root.querySelectorAll(".rv-exact-text")].flatMap((home) => sentences(home));
    if (!all.length) return;
    this.at = this.at < 0 ? (by > 0 ? 0 : all.length - 1) : (this.at + by + all.length) % all.length;
    const [home, start, stop] = all[this.at];
    home.closest("details")?.setAttribute("open", "");
    const [from, to] = [pointAt(home, start), pointAt(home, stop)];
    getSelection().setBaseAndExtent(...from, ...to);
    from[0].parentElement.scrollIntoView({ block: "nearest" });
  }
}

const elementOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);

function exactText(place, text, spans) {
  const points = Array.from(text);
  const edges = [...new Set([0, points.length, ...spans.flatMap((span) => [span.start, span.stop])])].sort((a, b) => a - b);
  const pieces = edges.slice(1).map((stop, n) => {
    const piece = points.slice(edges[n], stop).join("");
    const over = spans.find((span) => span.start <= edges[n] && span.stop >= stop);
    return over ? [el("mark", { title: over.label }, ...foreign(piece))] : foreign(piece);
  });
  return el("div", { class: "rv-exact-text", dir: "auto", "data-place": place }, ...pieces.flat());
}

function sentences(home) {
  const cut = new Intl.Segmenter(undefined, { granularity: "sentence" });
  return [...cut.segment(home.textContent)].flatMap(({ segment, index }) => {
    const said = segment.trim();
    const start = index + segment.indexOf(said);
    return said ? [[home, start, start + said.length]] : [];
  });
}

// The text node and offset that stand `offset` UTF-16 units into an element.
function pointAt(home, offset) {
  const walker = document.createTreeWalker(home, NodeFilter.SHOW_TEXT);
  let left = offset;
  while (walker.nextNode()) {
    if (left <= walker.currentNode.length) return [walker.currentNode, left];
    left -= walker.currentNode.length;
  }
  return [home, 0];
}
