// The review pane: draws what lies on the desk, turns keys and clicks into changes of the answer.
// Streamlit calls the default export at every rerun with fresh data; what we know is kept by element.

import { Desk } from "./desk.js";
import { liveDiff } from "./diff.js";
import { el, isTyping, plural } from "./dom.js";
import { commands } from "./commands.js";
import { compare } from "./compare_view.js";
import { faults, form, showFaults } from "./form_view.js";
import { SHEET, handle, usable } from "./keys.js";
import { Marker } from "./marks.js";
import { pair } from "./pair_view.js";
import { end, pause } from "./pause_view.js";
import { details, strip } from "./reveal_view.js";
import { openSearch } from "./search.js";
import { conversation, documents, showDocument } from "./trace_view.js";

const panes = new WeakMap();
let live = null; // the pane on screen; the only one keys go to
let reading = null; // the trace page on screen: {root, search}

document.addEventListener("keydown", (event) => live && handle(event, live.root, live.act));
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !reading?.root.isConnected || isTyping(event.target)) return;
  event.preventDefault();
  reading.search();
});
for (const sign of ["keydown", "pointerdown", "wheel"]) document.addEventListener(sign, () => live?.desk.touch(), { passive: true });
document.addEventListener("visibilitychange", () => live?.desk?.looks(!document.hidden));
setInterval(() => live?.root.isConnected && live.tick(), 1000);

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".rv");
  if (data.mode === "read") return readOnly(root, data);
  if (data.mode === "compare") return compare(root, data);
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
    this.hint = "";
    this.marker = new Marker(this);
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
    else if (!this.desk.item) this.draw();
    else this.drawTop();
    if (first || this.desk.reveal?.trace_id !== lastReveal) this.drawStrip();
  }

  draw() {
    const { item } = this.desk;
    this.focus = 0;
    this.tried = false;
    this.hint = "";
    this.marker.stop();
    this.drawTop();
    this.root.classList.toggle("rv-empty", !item);
    if (!item) return this.drawEnd();
    const { trace } = item;
    this.main.replaceChildren(...conversation(trace, [...pair(item), this.correction()]));
    this.docs.replaceChildren(...(trace.documents.length ? documents(trace) : []));
    this.root.classList.toggle("rv-no-docs", !trace.documents.length);
    this.root.classList.toggle("rv-only-pair", Boolean(item.sides) && trace.output === null);
    this.main.lang = /^[a-z]{2,3}(-\w+)*$/i.test(trace.language) ? trace.language : "";
    this.drawForm();
    this.docs.scrollTop = this.form.scrollTop = this.main.scrollTop = 0;
    this.showQuestion();
    this.root.focus({ preventScroll: true });
  }

  // Long conversations open at the last thing the user said; what lies above is counted, not hidden.
  showQuestion() {
    const turns = [...this.main.querySelectorAll(":scope > .rv-turn")];
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
    const { queue, total, more, who } = desk.data;
    const done = desk.done;
    const bar = el("progress", { max: Math.max(1, total), value: done, "aria-label": "Progress" });
    const button = (text, key, click) => el("button", { type: "button", class: "rv-small", "aria-keyshortcuts": key, onclick: click }, text, el("kbd", { "aria-hidden": "true", text: key }));
    const docs = desk.item?.trace.documents.length
      ? button(`Documents (${desk.item.trace.documents.length})`, "d", () => this.act.documents())
      : null;
    this.status = el("span", { class: "rv-status", role: "status" });
    this.top.replaceChildren(
      el("b", { text: queue }), bar, el("span", { class: "rv-count", text: `${done} of ${total}${more ? "+" : ""}` }),
      desk.item ? el("span", { class: "rv-quiet", text: `${desk.batch.length + 1} of ${desk.data.batch} in this batch` }) : "", this.status,
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
    const state = { form: desk.form, item: desk.item, focus: this.focus, usable, marking: this.marker.on, hint: this.hint,
      returned: desk.amending ? undefined : desk.returned.get(desk.shown), amending: Boolean(desk.amending), last: Boolean(desk.last) };
    this.form.replaceChildren(...form(desk.data, state, this.act));
    this.form.scrollTop = scroll;
    this.drawFaults();
    if (had) [...this.form.querySelectorAll("[data-id]")].find((one) => one.dataset.id === had)?.focus({ preventScroll: true });
  }

  drawFaults() {
    showFaults(this.form, faults(this.desk.data, this.desk.form, this.desk.item), this.tried);
  }

  correction() {
    const box = el("textarea", { class: "rv-text rv-correction-text", "data-id": "correction", dir: "auto", "aria-label": "Corrected answer", rows: 8,
      oninput: (event) => this.act.write("correction", event.target.value) });
    const back = el("button", { type: "button", class: "rv-toggle", text: "Drop the correction", onclick: () => this.act.toggle("correct") });
    const section = el("section", { class: "rv-correction" }, el("h3", { text: "Your correction" }), box,
      liveDiff(this.desk.item?.trace.output ?? "", box), back);
    section.hidden = this.desk.form.correction === null;
    box.value = this.desk.form.correction ?? "";
    return section;
  }

  drawEnd() {
    const { desk } = this;
    this.docs.replaceChildren();
    this.form.replaceChildren();
    this.main.replaceChildren(desk.pausing ? pause(desk, this.act) : end(desk));
    if (desk.pausing) this.root.focus({ preventScroll: true });
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

  showVerdicts() {
    if (this.desk.reveal) this.show("What the judges said about your last item", details(this.desk.reveal));
  }

  showSheet() {
    this.show("Keys", [el("dl", { class: "rv-keys" }, ...SHEET.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text }))))]);
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

// The trace page: the same view with nothing to answer.
function readOnly(root, data) {
  const main = el("section", { class: "rv-main", "aria-label": "Conversation", tabindex: 0 }, ...conversation(data.trace));
  const docs = el("aside", { class: "rv-docs", "aria-label": "Documents", tabindex: 0 }, ...(data.trace.documents.length ? documents(data.trace) : []));
  const said = data.reveal ? details(data.reveal, data.trace.output) : [el("p", { class: "rv-quiet", text: "What the judges said shows here once you have reviewed this trace." })];
  const side = el("section", { class: "rv-form", "aria-label": "Verdicts" }, ...said);
  root.classList.toggle("rv-no-docs", !data.trace.documents.length);
  root.replaceChildren(el("div", { class: "rv-body" }, main, docs, side));
  reading = { root, search: () => openSearch(main, [main, docs]) };
  root.onclick = (event) => event.target.dataset?.cite && showDocument(docs, event.target.dataset.cite);
}
