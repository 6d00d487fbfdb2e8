// Search in the trace. Hits are painted by the browser over the text as it stands; the page itself is not touched.

import { el } from "./dom.js";
import { unfold } from "./long_text.js";

const BLOCK = "p, li, td, th, pre, h3, h4, summary, div";
const MOST_HITS = 2000;

// Opens the box at the top of `main`, or goes back to it; looks through all `places` that show.
export function openSearch(main, places) {
  const open = main.querySelector(".rv-search input");
  if (open) return open.select();
  const state = { hits: [], now: -1 };
  const count = el("span", { class: "rv-quiet", role: "status" });
  const input = el("input", { class: "rv-text", type: "search", "aria-label": "Search in this trace", placeholder: "Search in this trace",
    oninput: () => find(state, input.value, places, count), onkeydown: (event) => typed(event, state, count, close) });
  const close = () => {
    clear();
    box.remove();
    main.closest(".rv").focus({ preventScroll: true });
  };
  const button = (text, label, click) => el("button", { type: "button", class: "rv-small", "aria-label": label, onclick: click, text });
  const box = el("div", { class: "rv-search", role: "search" }, input, count, button("↑", "Previous hit", () => go(state, -1, count)),
    button("↓", "Next hit", () => go(state, 1, count)), button("×", "Close the search", close));
  main.prepend(box);
  input.focus();
}

// The desk's keys are dead in here: nothing gets past the box.
function typed(event, state, count, close) {
  event.stopPropagation();
  if (event.isComposing) return;
  if (event.key === "Escape") close();
  else if (event.key === "Enter") go(state, event.shiftKey ? -1 : 1, count);
  else return;
  event.preventDefault();
}

function find(state, text, places, count) {
  const wanted = fold(text.trim());
  state.hits = wanted ? places.filter((place) => place.offsetParent).flatMap((place) => hitsIn(place, wanted)).slice(0, MOST_HITS) : [];
  state.now = -1;
  clear();
  count.textContent = wanted && !state.hits.length ? "not found" : "";
  if (!state.hits.length) return;
  paint("rv-hit", state.hits);
  go(state, 1, count);
}

function go(state, by, count) {
  const { hits } = state;
  if (!hits.length) return;
  state.now = (state.now + by + hits.length) % hits.length;
  const hit = hits[state.now];
  unfold(hit.startContainer.parentElement);
  paint("rv-hit-now", [hit]);
  hit.startContainer.parentElement.scrollIntoView({ block: "nearest" });
  const scroller = hit.startContainer.parentElement.closest(".rv-main, .rv-docs");
  const above = hit.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += above - scroller.clientHeight / 3;
  count.textContent = `${state.now + 1} of ${hits.length}`;
}

const fold = (text) => (text.toLowerCase().length === text.length ? text.toLowerCase() : text);

// Text runs on over bold words and citations, but not from one block to the next.
function hitsIn(place, wanted) {
  const pieces = [];
  let text = "";
  let block = null;
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    if (node.parentElement.closest(".rv-search, .rv-correction, .rv-above, button")) continue;
    const here = node.parentElement.closest(BLOCK);
    if (here !== block) text += "\n";
    block = here;
    pieces.push({ node, start: text.length });
    text += fold(node.data);
  }
  const hits = [];
  let n = 0;
  for (let at = text.indexOf(wanted); at >= 0 && hits.length < MOST_HITS; at = text.indexOf(wanted, at + wanted.length)) {
    const [start, end] = [pieceAt(pieces, at, n), pieceAt(pieces, at + wanted.length - 1, n)];
    n = start;
    const range = document.createRange();
    range.setStart(pieces[start].node, at - pieces[start].start);
    range.setEnd(pieces[end].node, at + wanted.length - pieces[end].start);
    hits.push(range);
  }
  return hits;
}

function pieceAt(pieces, offset, from) {
  let n = from;
  while (n + 1 < pieces.length && pieces[n + 1].start <= offset) n++;
  return n;
}

function paint(name, ranges) {
  // A browser without this still counts the hits and goes to them.
  if (globalThis.Highlight) CSS.highlights.set(name, new Highlight(...ranges));
}

function clear() {
  for (const name of ["rv-hit", "rv-hit-now"]) globalThis.Highlight && CSS.highlights.delete(name);
}
