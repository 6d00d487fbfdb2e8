// One key each, dead while somebody types or a dialog is open, and never a combination the browser owns.
// C and R belong to Streamlit.

import { isTyping } from "./dom.js";

export const SHEET = [
  ["↑ ↓", "move between questions"],
  ["1 … 9, 0", "pick an answer to the marked question"],
  ["↵ or s", "submit and go on"],
  ["n", "write the note"],
  ["a", "add a word on the marked question"],
  ["m, M", "mark passages: next sentence, the one before; then a digit names it"],
  ["e", "correct the answer"],
  ["g", "propose as a golden case"],
  ["x", "cannot judge"],
  ["w", "wrong context"],
  ["k", "skip: others get it"],
  ["l", "later: it comes back to you"],
  ["u", "undo: change your last answer"],
  ["Esc", "leave a text box, the marking, an undo"],
  ["Ctrl ↵", "submit from inside a text box"],
  ["/", "search in the trace"],
  ["d", "show or hide the documents"],
  ["v", "what the judges said about the last item"],
  ["Space, PgUp, PgDn", "scroll the conversation"],
  ["?", "this sheet"],
];

const RESERVED = "snamegxwkludvcr/?";

// A rubric may give a label a key of its own, unless the desk needs that key.
export const usable = (key) => Boolean(key) && key.length === 1 && !RESERVED.includes(key) && !/[0-9\s]/.test(key);

const COMMANDS = {
  ArrowUp: (act) => act.move(-1),
  ArrowDown: (act) => act.move(1),
  Enter: (act) => act.submit(),
  s: (act) => act.submit(),
  n: (act) => act.edit("note"),
  a: (act) => act.remark(),
  m: (act) => act.sentence(1),
  M: (act) => act.sentence(-1),
  e: (act) => act.correct(),
  g: (act) => act.toggle("promote"),
  x: (act) => act.toggle("cannot_judge"),
  w: (act) => act.toggle("wrong_context"),
  k: (act) => act.toggle("skipped"),
  l: (act) => act.later(),
  u: (act) => act.undo(),
  Escape: (act) => act.escape(),
  d: (act) => act.documents(),
  v: (act) => act.verdicts(),
  "/": (act) => act.search(),
  "?": (act) => act.sheet(),
  " ": (act) => act.scroll(0.85),
  PageDown: (act) => act.scroll(0.85),
  PageUp: (act) => act.scroll(-0.85),
};

// root: the pane on screen; act: its commands; labelFor(key): runs a label's own key, false if it has none.
export function handle(event, root, act) {
  if (!root?.isConnected || event.defaultPrevented || event.isComposing) return;
  const { target, key } = event;
  if (!(target === document.body || root.contains(target)) || root.querySelector("dialog[open]")) return;
  if (isTyping(target)) typing(event, act);
  else if (!event.ctrlKey && !event.metaKey && !event.altKey && !native(target, key) && run(key, act)) event.preventDefault();
}

function typing(event, act) {
  if (event.key === "Escape") act.leaveText();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) act.submit();
  else return;
  event.preventDefault();
}

// On a button or a fold, Enter and Space do what they always do.
const native = (target, key) => (key === "Enter" || key === " ") && target.closest("button, summary, a") !== null;

function run(key, act) {
  if (/^[0-9]$/.test(key)) return act.digit((Number(key) + 9) % 10);
  if (act.labelKey(key)) return true;
  const command = COMMANDS[key];
  command?.(act);
  return Boolean(command);
}
