// The answer form. It draws the rubric and the answer so far; what a click or a key does is decided in review_pane.js.

import { el } from "./dom.js";
import { passages } from "./passages.js";

const NEED_NOTE = "Say in the note what is wrong.";
const NEED_WHY = "Say why this case must be kept.";

export const chosen = (form, name) => (form.answers[name] ?? "").split(",").filter(Boolean);

const asked = (criterion, form) =>
  Object.entries(criterion.ask_when ?? {}).every(([name, wanted]) => chosen(form, name).some((label) => wanted.includes(label)));

const isBad = (rubric, form) =>
  rubric.criteria.some((c) => asked(c, form) && chosen(form, c.name).some((label) => c.bad.includes(label)));

// What an item may be instead of judged: what that means, and what the note has to say.
export const OUTCOMES = {
  cannot_judge: ["Cannot judge: this item counts as unanswered, not as good or bad.", "Why it cannot be judged", "Say in the note why this cannot be judged."],
  wrong_context: ["Wrong context: what is shown here is not what the answer rests on. It counts as unanswered.", "What is wrong with the context", "Say in the note what is wrong with the context shown."],
  skipped: ["Skip: the item goes back to the others.", "Why you skip it", "Say in the note why you skip this."],
};

// The questions on screen, in order; the golden layer is one more while the item is being promoted.
export function questions(data, form, item) {
  if (form.outcome !== "judged") return [];
  const open = data.rubric.criteria.filter((criterion) => (item.sides || criterion.kind !== "pairwise") && asked(criterion, form));
  if (form.layer === null) return open;
  const labels = data.layers.map(([value, text]) => ({ value, text, key: "" }));
  return [...open, { name: LAYER, kind: "categorical", question: "Why keep it in the golden set?", labels, bad: [], required: true }];
}

export const LAYER = "golden layer";

// What the server would refuse, in its words, by the question (or "note") it is about. The server decides.
export function faults(data, form, item) {
  const found = new Map();
  const note = form.note.trim();
  if (form.outcome !== "judged") {
    if (!note) found.set("note", OUTCOMES[form.outcome][2]);
    return found;
  }
  for (const criterion of questions(data, form, item)) {
    const fault = criterion.name === LAYER ? (form.layer ? "" : "Pick a reason.") : faultOf(criterion, form);
    if (fault) found.set(criterion.name, fault);
  }
  if (isBad(data.rubric, form) && data.rubric.note_required_on_bad && !note) found.set("note", NEED_NOTE);
  if (form.layer !== null && !form.layer_reason.trim() && !note) found.set("layer_reason", NEED_WHY);
  return found;
}

function faultOf(criterion, form) {
  const given = form.answers[criterion.name] ?? "";
  if (!given.trim()) return criterion.required ? "No answer yet." : "";
  if (criterion.kind === "numeric" && !Number.isFinite(Number(given))) return `Needs a number, not “${given}”.`;
  return "";
}

// state: {form, item, focus, returned, amending, last, usable}; act: what a click does, see commands.js.
export function form(data, state, act) {
  const list = questions(data, state.form, state.item);
  const said = state.returned ? returnedNote(state.returned, act) : null;
  return [
    said,
    state.amending ? amendNote(act) : null,
    data.rubric.introduction ? introduction(data) : null,
    state.form.outcome === "judged" ? null : el("p", { class: "rv-cannot", text: OUTCOMES[state.form.outcome][0] }),
    ...list.map((question, n) => (question.name === LAYER ? null : field(question, n, state, act))),
    note(state, act),
    actions(state, act),
    ...golden(list, state, act),
    submit(act),
  ].filter(Boolean);
}

// Open for the first item of a queue, then out of the way.
function introduction(data) {
  return el("details", { class: "rv-intro", open: data.done === 0 }, el("summary", { text: "What to judge" }), el("p", { text: data.rubric.introduction }));
}

function field(question, n, state, act) {
  const focused = n === state.focus;
  const id = `rv-q${n}`;
  const legend = el("h3", { id, text: question.question });
  if (!question.required) legend.append(el("small", { text: "optional" }));
  const remark = state.form.notes[question.name] !== undefined;
  if (focused && !remark && question.name !== LAYER) legend.append(remarkButton(act));
  const body = question.kind === "span" ? passages(question, focused, state, act)
    : question.labels.length ? options(question, n, focused, state, act) : free(question, state, act);
  return el(
    "div",
    { class: focused ? "rv-field rv-on" : "rv-field", "data-question": question.name },
    legend,
    question.help ? el("p", { class: "rv-help", text: question.help }) : null,
    body,
    remark ? remarkBox(question, state, act) : null,
    fault(question.name),
  );
}

function remarkButton(act) {
  return el("button", { type: "button", class: "rv-remark", "aria-keyshortcuts": "a", "aria-label": "Add a word on this question", onclick: () => act.remark() },
    "add a word", el("kbd", { "aria-hidden": "true", text: "a" }));
}

function remarkBox(question, state, act) {
  const box = el("textarea", { class: "rv-text rv-remark-text", rows: 1, dir: "auto", "data-id": `note:${question.name}`,
    "aria-label": `A word on: ${question.question}`, placeholder: "A word on this question", oninput: (ev) => act.write(`note:${question.name}`, ev.target.value) });
  box.value = state.form.notes[question.name];
  return box;
}

function options(question, n, focused, state, act) {
  const given = question.name === LAYER ? [state.form.layer] : chosen(state.form, question.name);
  const role = question.multiple ? "checkbox" : "radio";
  const made = question.labels.map((label, m) => {
    const on = given.includes(label.value);
    const tone = question.bad.includes(label.value) ? "rv-bad" : question.kind === "binary" ? "rv-good" : "";
    const key = state.usable(label.key) ? label.key : "";
    return el(
      "button",
      { type: "button", role, class: `rv-option ${tone}`, "aria-checked": String(on), "data-id": `${question.name}/${label.value}`,
        "aria-keyshortcuts": key || null, onclick: () => act.pick(question, label.value, n) },
      focused && m < 10 ? el("kbd", { class: "rv-digit", "aria-hidden": "true", text: (m + 1) % 10 }) : el("span", { class: "rv-dot", "aria-hidden": "true" }),
      el("span", { dir: "auto" }, ...worded(question, label)),
      key ? el("kbd", { "aria-hidden": "true", text: key }) : null,
    );
  });
  const wide = question.kind === "binary" ? "rv-options rv-two" : question.name === LAYER ? "rv-options rv-four" : "rv-options";
  return el("div", { class: wide, role: question.multiple ? "group" : "radiogroup", "aria-labelledby": `rv-q${n}` }, ...made);
}

// A step of a scale is its value and what it means.
const worded = (question, label) =>
  question.kind === "ordinal" && label.text && label.text !== label.value ? [el("b", { text: label.value }), ` ${label.text}`] : [label.text || label.value];

function free(question, state, act) {
  const value = state.form.answers[question.name] ?? "";
  const attributes = { class: "rv-text", "aria-label": question.question, "data-id": question.name,
    oninput: (ev) => act.write(question.name, ev.target.value) };
  const box = question.kind === "numeric" ? el("input", { ...attributes, inputmode: "decimal" }) : el("textarea", { ...attributes, rows: 2, dir: "auto" });
  box.value = value;
  return box;
}

function area(name, label, key, value, attributes) {
  const box = el("textarea", { class: "rv-text", id: `rv-${name}`, "data-id": name, dir: "auto", "aria-keyshortcuts": key, ...attributes });
  box.value = value;
  const head = el("label", { for: `rv-${name}` }, label, key ? el("kbd", { "aria-hidden": "true", text: key }) : null);
  return [head, box];
}

function note(state, act) {
  const label = state.form.outcome === "judged" ? "Note" : OUTCOMES[state.form.outcome][1];
  const parts = area("note", label, "n", state.form.note, { rows: 3, "aria-describedby": "rv-fault-note",
    placeholder: "What makes it good or bad, in a sentence", oninput: (ev) => act.write("note", ev.target.value) });
  return el("div", { class: "rv-field", "data-question": "note" }, ...parts, fault("note"));
}

function golden(list, state, act) {
  const n = list.findIndex((question) => question.name === LAYER);
  return n < 0 ? [] : [field(list[n], n, state, act), layerReason(state, act), claims(state, act)];
}

// What every acceptable answer says, or does not say; one claim a line.
function claims(state, act) {
  const box = (name, label) => area(name, label, "", state.form[name], { rows: 2, placeholder: "One claim a line", oninput: (ev) => act.write(name, ev.target.value) });
  return el("div", { class: "rv-field" }, ...box("must", "A good answer must"), ...box("must_not", "and must not"));
}

function layerReason(state, act) {
  const parts = area("layer_reason", "Why must it be kept?", "", state.form.layer_reason,
    { rows: 2, placeholder: "Left empty, your note is used", oninput: (ev) => act.write("layer_reason", ev.target.value) });
  return el("div", { class: "rv-field" }, ...parts, fault("layer_reason"));
}

function actions(state, act) {
  const { form } = state;
  const button = (text, key, click) => el("button", { type: "button", class: "rv-toggle", "aria-keyshortcuts": key, onclick: click }, text, el("kbd", { "aria-hidden": "true", text: key }));
  const toggle = (what, on, text, key) =>
    el("button", { type: "button", class: "rv-toggle", "aria-pressed": String(on), "aria-keyshortcuts": key, "data-id": what, onclick: () => act.toggle(what) },
      text, el("kbd", { "aria-hidden": "true", text: key }));
  return el(
    "div",
    { class: "rv-actions" },
    toggle("correct", form.correction !== null, form.correction === null ? "Correct it" : "Corrected", "e"),
    toggle("promote", form.layer !== null, "Golden case", "g"),
    toggle("cannot_judge", form.outcome === "cannot_judge", "Cannot judge", "x"),
    toggle("wrong_context", form.outcome === "wrong_context", "Wrong context", "w"),
    state.amending ? null : toggle("skipped", form.outcome === "skipped", "Skip", "k"),
    state.amending ? null : button("Later", "l", () => act.later()),
    !state.amending && state.last ? button("Undo", "u", () => act.undo()) : null,
  );
}

function submit(act) {
  return el(
    "div",
    { class: "rv-submit" },
    el("p", { class: "rv-missing", role: "status", "aria-live": "polite" }),
    el("button", { type: "button", class: "rv-go", onclick: () => act.submit(), "data-id": "submit" },
      "Submit", el("kbd", { "aria-hidden": "true", text: "↵" })),
  );
}

function amendNote(act) {
  return el(
    "div",
    { class: "rv-cannot", role: "status" },
    el("p", {}, el("b", { text: "Your last answer, once more. " }), "What you said first stays, and is what the judges are measured by. The change is kept beside it, as given after their verdicts."),
    el("button", { type: "button", class: "rv-toggle", onclick: () => act.undo() }, "Leave it as it was", el("kbd", { "aria-hidden": "true", text: "u" })),
  );
}

function returnedNote(message, act) {
  return el(
    "div",
    { class: "rv-returned", role: "alert" },
    el("p", {}, el("b", { text: "This answer was not saved. " }), message),
    el("p", { text: "Your text is kept below. Submit it again, or go on without it." }),
    el("button", { type: "button", class: "rv-toggle", onclick: () => act.leave(), text: "Go on without it" }),
  );
}

const fault = (name) => el("p", { class: "rv-fault", id: name === "note" ? "rv-fault-note" : null, "data-fault": name });

// Shows what is missing: quietly beside the button while writing, loudly at its place after a try to submit.
export function showFaults(root, found, tried) {
  for (const place of root.querySelectorAll("[data-fault]")) {
    const text = tried ? found.get(place.dataset.fault) ?? "" : "";
    place.textContent = text;
    place.closest(".rv-field")?.classList.toggle("rv-wrong", Boolean(text));
  }
  const first = [...found.values()][0] ?? "";
  const missing = root.querySelector(".rv-missing");
  if (missing) missing.textContent = found.size > 1 && first === "No answer yet." ? `${found.size} things are still open.` : first;
  root.querySelector(".rv-go")?.classList.toggle("rv-ready", found.size === 0);
}
