// Text from outside, with what cannot be seen made visible. Each hidden character stays where it was, in a box of its
// own that shows its name: there it cannot turn the text around it, and what a reviewer selects is still exact.

const FLAG = "\\u{1f3f4}[\\u{e0020}-\\u{e007f}]{1,7}";
const TAGS = "[\\u{e0000}-\\u{e007f}]+";
const SELECTORS = "[\\u{e0100}-\\u{e01ef}\\ufe00-\\ufe0f]{2,}";
const CONTROLS = "[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]";
const TURNING = "[\\u202a-\\u202e\\u2066-\\u2069]";
const EMPTY = "[\\u200b\\u2060-\\u2064\\u180e\\ufeff\\u3164]";
// Persian, Hindi and emoji need joiners; beside a Latin letter they only hide something.
const JOINERS = "(?<![^\\0-\\u007f])[\\u200c\\u200d]|[\\u200c\\u200d](?![^\\0-\\u007f])";
const CUT = "⟦[^⟦⟧\\n]{1,120}⟧";
const NOTABLE = new RegExp([FLAG, TAGS, SELECTORS, CONTROLS, TURNING, EMPTY, JOINERS, CUT].join("|"), "gu");

const NAMES = {
  "\u202a": "left-to-right embedding", "\u202b": "right-to-left embedding", "\u202c": "end of direction",
  "\u202d": "left-to-right override", "\u202e": "right-to-left override", "\u2066": "left-to-right isolate",
  "\u2067": "right-to-left isolate", "\u2068": "isolate", "\u2069": "end of isolate", "\u200b": "zero-width space",
  "\u200c": "zero-width non-joiner", "\u200d": "zero-width joiner", "\ufeff": "byte order mark", "\u2060": "word joiner",
};

// The text as nodes and strings, for `append`.
export function foreign(given) {
  const text = String(given);
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(NOTABLE)) {
    if (found[0].startsWith("\u{1f3f4}")) continue;
    if (found.index > from) nodes.push(text.slice(from, found.index));
    nodes.push(found[0][0] === "⟦" ? chip(found[0]) : unseen(found[0]));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(from ? text.slice(from) : text);
  return nodes;
}

function chip(text) {
  const made = document.createElement("span");
  made.className = "rv-chip";
  made.textContent = text;
  return made;
}

function unseen(characters) {
  const made = document.createElement("bdi");
  const name = nameOf(characters);
  made.className = "rv-unseen";
  made.dataset.name = name;
  made.title = NAMES[characters] ?? "a character that does not show";
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", `hidden: ${name} ${NAMES[characters] ?? ""}`.trim());
  made.textContent = characters;
  return made;
}

function nameOf(characters) {
  const codes = Array.from(characters, (one) => one.codePointAt(0));
  // Tag characters are a second, invisible ASCII: what they spell is shown.
  const spelt = codes.map((code) => (code > 0xe001f && code < 0xe007f ? String.fromCharCode(code - 0xe0000) : "")).join("");
  if (spelt) return `hidden text “${spelt}”`;
  const first = `U+${codes[0].toString(16).toUpperCase().padStart(4, "0")}`;
  return codes.length > 1 ? `${first} and ${codes.length - 1} more` : first;
}
