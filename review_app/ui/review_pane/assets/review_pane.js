// The review pane: draws what lies on the desk, turns keys and clicks into changes of the answer.
// Streamlit calls the default export at every rerun with fresh data; what we know is kept by element.

import { Desk } from "./desk.js";
import { el, plural } from "./dom.js";
import { LAYER, chosen, faults, form, questions, showFaults } from "./form_view.js";
import { SHEET, handle, usable } from "./keys.js";
import { details, strip } from "./reveal_view.js";
import { conversation, documents, showDocument } from "./trace_view.js";

const panes = new WeakMap();
let live = null; // the pane on screen; the only one keys go to

document.addEventListener("keydown", (event) => live && handle(event, live.root, live.act));
document.addEventListener("visibilitychange", () => live?.desk?.looks(!document.hidden));
setInterval(() => live?.root.isConnected && live.tick(), 1000);

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".rv");
  if (data.mode === "read") return readOnly(root, data);
  let pane = panes.get(root);
  if (!pane) panes.set(root, (pane = new Pane(root, data)));
  live = pane;
  pane.receive(data, (message) => setStateValue("outbox", message));
}

class Pane {
  constructor(root, data) {
    this.root = root;
    this.desk = new Desk(data);
    this.focus = 0;
    this.tried = false;
    this.act = commands(this);
    this.top = el("header", { class: "rv-top" });
    this.strip = el("div", { class: "rv-strip", role: "status", "aria-label": "The judges on your last item" });
    this.main = el("section", { class: "rv-main", "aria-label": "Conversation", tabindex: 0 });
    this.docs = el("aside", { class: "rv-docs", "aria-label": "Documents", tabindex: 0 });
    this.form = el("section", { class: "rv-form", "aria-label": "Your answer" });
    this.body = el("div", { class: "rv-body" }, this.main, this.docs, this.form);
    this.dialog = el("dialog", { class: "rv-dialog", onclose: () => this.root.focus({ preventScroll: true }) });
    root.replaceChildren(this.top, this.strip, this.body, this.dialog);
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Review desk");
    root.addEventListener("click", (event) => this.clicked(event));
  }

  receive(data, send) {
    const lastReveal = this.desk.reveal?.trace_id;
    const first = this.desk.data === undefined;
    if (this.desk.receive(data, send) || first) this.draw();
    else this.drawTop();
    if (first || this.desk.reveal?.trace_id !== lastReveal) this.drawStrip();
  }

  draw() {
    const { item } = this.desk;
    this.focus = 0;
    this.tried = false;
    this.drawTop();
    this.root.classList.toggle("rv-empty", !item);
    if (!item) return this.drawEnd();
    const { trace } = item;
    this.main.replaceChildren(...conversation(trace, [this.correction()]));
    this.docs.replaceChildren(...(trace.documents.length ? documents(trace) : []));
    this.root.classList.toggle("rv-no-docs", !trace.documents.length);
    this.main.lang = /^[a-z]{2,3}(-\w+)*$/i.test(trace.language) ? trace.language : "";
    this.drawForm();
    this.docs.scrollTop = this.form.scrollTop = this.main.scrollTop = 0;
    this.showQuestion();
    this.root.focus({ preventScroll: true });
  }

  // Long conversations open at the last thing the user said; what lies above is counted, not hidden.
  showQuestion() {
    const turns = [...this.main.querySelectorAll(".rv-turn")];
    const start = turns.findLastIndex((turn) => turn.classList.contains("rv-user"));
    if (start < 2 || this.main.scrollHeight <= this.main.clientHeight * 1.15) return;
    const above = el("button", { type: "button", class: "rv-above", text: `↑ ${plural(start, "earlier message")}`, onclick: () => {
      this.main.scrollTo({ top: 0 });
      above.remove();
    } });
    this.main.prepend(above);
    this.main.scrollTop = turns[start].offsetTop - this.main.offsetTop - above.offsetHeight - 8;
    this.main.addEventListener("scroll", () => this.main.scrollTop < 8 && above.remove());
  }

  drawTop() {
    const { desk } = this;
    const { queue, total, who } = desk.data;
    const done = desk.done;
    const bar = el("progress", { max: Math.max(1, total), value: done, "aria-label": "Progress" });
    const button = (text, key, click) => el("button", { type: "button", class: "rv-small", "aria-keyshortcuts": key, onclick: click }, text, el("kbd", { "aria-hidden": "true", text: key }));
    const docs = desk.item?.trace.documents.length
      ? button(`Documents (${desk.item.trace.documents.length})`, "d", () => this.act.documents())
      : null;
    this.status = el("span", { class: "rv-status", role: "status" });
    this.top.replaceChildren(
      el("b", { text: queue }), bar, el("span", { class: "rv-count", text: `${done} of ${total}` }), this.status,
      el("span", { class: "rv-gap" }), this.returnedHint(), el("span", { class: "rv-quiet", text: who }), ...[docs].filter(Boolean), button("Keys", "?", () => this.act.sheet()),
    );
    this.drawStatus();
  }

  returnedHint() {
    const other = [...this.desk.returned.keys()].find((slot) => slot !== this.desk.shown);
    const lost = this.desk.lost.at(-1);
    if (other) return el("button", { type: "button", class: "rv-small rv-alarm", text: "An answer was not saved: look at it", onclick: () => this.desk.choose(other) && this.draw() });
    if (lost) return el("button", { type: "button", class: "rv-small rv-alarm", text: "An earlier answer was not saved", onclick: () => this.show("Not saved", [el("p", { text: lost.message }), el("pre", { text: lost.note || "It had no note." })]) });
    return "";
  }

  drawStatus() {
    const { unsaved, late, tally } = this.desk;
    const any = tally.good + tally.bad + tally.cannot > 0;
    const text = !unsaved ? (any ? "saved" : "") : late ? `no answer from the server: ${unsaved} kept in this browser` : `saving ${unsaved}…`;
    const tone = !unsaved ? "rv-saved" : late ? "rv-late" : "rv-saving";
    if (this.status.textContent !== text) this.status.textContent = text;
    this.status.className = `rv-status ${tone}`;
  }

  drawStrip() {
    const { reveal } = this.desk;
    const more = reveal ? el("button", { type: "button", class: "rv-small", onclick: () => this.act.verdicts() }, "Why", el("kbd", { "aria-hidden": "true", text: "v" })) : null;
    this.strip.replaceChildren(...strip(reveal), ...[more].filter(Boolean));
  }

  // Redraws the form and gives the focus back to the control that had it.
  drawForm() {
    const { desk } = this;
    const had = this.form.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const scroll = this.form.scrollTop;
    const state = { form: desk.form, focus: this.focus, returned: desk.returned.get(desk.shown), usable };
    this.form.replaceChildren(...form(desk.data, state, this.act));
    this.form.scrollTop = scroll;
    this.drawFaults();
    if (had) [...this.form.querySelectorAll("[data-id]")].find((one) => one.dataset.id === had)?.focus({ preventScroll: true });
  }

  drawFaults() {
    showFaults(this.form, faults(this.desk.data, this.desk.form), this.tried);
  }

  correction() {
    const box = el("textarea", { class: "rv-text rv-correction-text", "data-id": "correction", dir: "auto", "aria-label": "Corrected answer", rows: 8,
      oninput: (event) => this.act.write("correction", event.target.value) });
    const back = el("button", { type: "button", class: "rv-toggle", text: "Drop the correction", onclick: () => this.act.toggle("correct") });
    const section = el("section", { class: "rv-correction" }, el("h3", { text: "Your correction" }), box, back);
    section.hidden = this.desk.form.correction === null;
    box.value = this.desk.form.correction ?? "";
    return section;
  }

  drawEnd() {
    const { desk } = this;
    const { total, done, who } = desk.data;
    const { good, bad, cannot, golden } = desk.tally;
    const left = total - desk.done;
    const coming = desk.lacks().length > 0 || (desk.unsaved > 0 && left > 0);
    const title = coming ? "Fetching the next item…" : total === 0 ? "There is nothing to review yet" : left > 0 ? "Nothing is free right now" : "That was the last one";
    const text = coming ? "" : total === 0 ? "Nobody has drawn a sample for you. The lead does that with: review-app sample"
      : left > 0 ? `${plural(left, "item")} ${left === 1 ? "is" : "are"} on colleagues’ desks. They come back here if they are not answered there.`
      : `All ${total} items open to you have your answer.`;
    const here = good + bad + cannot;
    const sitting = here ? `In this sitting: ${good} good, ${bad} bad, ${cannot} you could not judge${golden ? `, ${plural(golden, "golden case")} proposed` : ""}.` : "";
    const again = el("button", { type: "button", class: "rv-toggle", text: "Look again", onclick: () => desk.post() });
    const link = el("a", { class: "rv-go rv-ready", href: `agreement?reviewer=${encodeURIComponent(who)}`, target: "_self", text: "See what your answers say about the judges" });
    this.docs.replaceChildren();
    this.form.replaceChildren();
    this.main.replaceChildren(el("div", { class: "rv-end", role: "status" }, el("h2", { text: title }), el("p", { text }), el("p", { text: sitting }),
      coming ? null : el("p", { class: "rv-actions" }, done ? link : null, again)));
  }

  clicked(event) {
    const cite = event.target.closest?.("[data-cite]");
    if (cite) {
      this.root.classList.remove("rv-docs-hidden");
      showDocument(this.docs, cite.dataset.cite);
    }
    // A mouse click must leave the keys alive: a button that keeps the focus would swallow Enter. (detail 0: keyboard.)
    if (event.detail > 0 && event.target.closest?.("button, summary") && !this.dialog.open) this.root.focus({ preventScroll: true });
  }

  show(title, parts) {
    const close = el("button", { type: "button", class: "rv-toggle", onclick: () => this.dialog.close() }, "Close", el("kbd", { text: "Esc" }));
    this.dialog.replaceChildren(el("h2", { text: title }), ...parts, close);
    this.dialog.setAttribute("aria-label", title);
    this.dialog.showModal();
  }

  tick() {
    this.desk.tick();
    this.drawStatus();
  }
}

// Everything a key or a click can do.
function commands(pane) {
  const { desk } = pane;
  const list = () => questions(desk.data, desk.form);
  const change = (edit) => {
    if (!desk.item) return;
    edit(desk.form);
    desk.changed();
    pane.focus = Math.max(0, Math.min(pane.focus, list().length - 1));
    pane.drawForm();
  };
  const act = {
    pick(question, value, n) {
      pane.focus = n;
      change((form) => put(form, question, value));
      // One answer given: the next open question is marked, so that digits walk through the rubric.
      if (!question.multiple && n + 1 < list().length) act.move(1);
    },
    digit(m) {
      const question = list()[pane.focus];
      const label = question?.labels[m];
      if (label) act.pick(question, label.value, pane.focus);
      return Boolean(label);
    },
    labelKey(key) {
      if (!usable(key)) return false;
      const n = list().findIndex((question) => question.labels.some((label) => label.key === key));
      if (n < 0) return false;
      const question = list()[n];
      act.pick(question, question.labels.find((label) => label.key === key).value, n);
      return true;
    },
    move(by) {
      pane.focus = Math.max(0, Math.min(list().length - 1, pane.focus + by));
      pane.drawForm();
      pane.form.querySelector(".rv-on")?.scrollIntoView({ block: "nearest" });
    },
    write(field, text) {
      if (["note", "layer_reason", "correction"].includes(field)) desk.form[field] = text;
      else desk.form.answers[field] = text;
      desk.changed();
      pane.drawFaults();
    },
    edit(name) {
      pane.root.querySelector(`[data-id="${name}"]`)?.focus();
    },
    correct() {
      if (desk.item && desk.form.correction === null) act.toggle("correct");
      else act.edit("correction");
    },
    toggle(what) {
      if (what === "cannot") change((form) => (form.outcome = form.outcome === "judged" ? "cannot_judge" : "judged"));
      else if (what === "promote") change((form) => (form.layer = form.layer === null ? "" : null));
      else toggleCorrection(pane, change);
      if (what === "promote" && desk.form.layer !== null) act.move(list().length);
    },
    submit: () => submit(pane),
    leave: () => (desk.leave(), pane.draw()),
    leaveText: () => pane.root.focus({ preventScroll: true }),
    documents: () => pane.root.classList.toggle("rv-docs-hidden"),
    verdicts: () => desk.reveal && pane.show("What the judges said about your last item", details(desk.reveal)),
    sheet: () => pane.show("Keys", [el("dl", { class: "rv-keys" }, ...SHEET.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text }))))]),
    scroll: (share) => pane.main.scrollBy({ top: pane.main.clientHeight * share }),
  };
  return act;
}

function put(form, question, value) {
  if (question.name === LAYER) form.layer = value;
  else if (!question.multiple) form.answers[question.name] = value;
  else {
    const given = new Set(chosen(form, question.name));
    if (!given.delete(value)) given.add(value);
    form.answers[question.name] = question.labels.map((label) => label.value).filter((label) => given.has(label)).join(",");
  }
}

function toggleCorrection(pane, change) {
  const { desk } = pane;
  change((form) => (form.correction = form.correction === null ? desk.item.trace.output ?? "" : null));
  const old = pane.main.querySelector(".rv-correction");
  const made = pane.correction();
  old.replaceWith(made);
  if (made.hidden) return;
  made.scrollIntoView({ block: "nearest" });
  const box = made.querySelector("textarea");
  box.focus({ preventScroll: true });
  box.setSelectionRange(0, 0);
}

function submit(pane) {
  const { desk } = pane;
  if (!desk.item) return;
  const found = faults(desk.data, desk.form);
  if (found.size) {
    pane.tried = true;
    pane.drawFaults();
    const [name] = found.keys();
    const n = questions(desk.data, desk.form).findIndex((question) => question.name === name);
    if (name === "note" || name === "layer_reason") pane.act.edit(name);
    else if (n >= 0) pane.act.move(n - pane.focus);
    return;
  }
  const asked = new Set(questions(desk.data, desk.form).map((question) => question.name));
  desk.form.answers = Object.fromEntries(Object.entries(desk.form.answers).filter(([name]) => asked.has(name)));
  // An untouched correction is none.
  if (desk.form.correction === (desk.item.trace.output ?? "")) desk.form.correction = null;
  desk.submit();
  pane.draw();
}

// The trace page: the same view with nothing to answer.
function readOnly(root, data) {
  const main = el("section", { class: "rv-main", "aria-label": "Conversation", tabindex: 0 }, ...conversation(data.trace));
  const docs = el("aside", { class: "rv-docs", "aria-label": "Documents", tabindex: 0 }, ...(data.trace.documents.length ? documents(data.trace) : []));
  const said = data.reveal ? details(data.reveal) : [el("p", { class: "rv-quiet", text: "What the judges said shows here once you have reviewed this trace." })];
  const side = el("section", { class: "rv-form", "aria-label": "Verdicts" }, ...said);
  root.classList.toggle("rv-no-docs", !data.trace.documents.length);
  root.replaceChildren(el("div", { class: "rv-body" }, main, docs, side));
  root.onclick = (event) => event.target.dataset?.cite && showDocument(docs, event.target.dataset.cite);
}
