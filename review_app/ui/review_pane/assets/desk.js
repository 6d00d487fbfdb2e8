// What lies on the reviewer's desk, without any drawing: items, the answer being written, and the outbox.
// An answer counts as saved only when the server has acknowledged it; until then it is kept and sent again.

import { Keep } from "./keep.js";

const DRAFT_AFTER = 1200; // ms without a change
const MOST_IN_BATCH = 60;
const RESEND_AFTER = 6000; // ms without an acknowledgement
const TOUCH_AFTER = 4 * 60 * 1000; // ms; keeps the lease of somebody who reads for long

const blank = () => ({ outcome: "judged", answers: {}, notes: {}, spans: [], note: "", correction: null, layer: null, layer_reason: "", must: "", must_not: "" });
const formOf = (from) => Object.fromEntries(Object.entries(blank()).map(([name, empty]) => [name, structuredClone(from?.[name] ?? empty)]));

const same = (a, b) => a.length === b.length && a.every((one, n) => one === b[n]);
const spoken = (entry) => [entry.note, entry.correction].filter(Boolean).join("\n\n");

export class Desk {
  constructor(data) {
    // Names this page's life: `seq` numbers are counted within it.
    this.boot = crypto.getRandomValues(new Uint32Array(3)).join("-");
    this.keep = new Keep(data.place, data.who);
    this.items = new Map(); // slot -> item
    this.order = [];
    this.shown = null; // slot on screen
    this.form = blank();
    this.written = 0; // when the form was changed last, in ms since 1970
    this.amending = null; // {item, form, aside}: an answer given earlier, open once more
    this.last = null; // {item, form}: the answer given last
    this.answered = new Map(); // slot -> {item, form}, until acknowledged
    this.finished = new Set(); // slots acknowledged in this life
    this.returned = new Map(); // slot -> why the server refused it
    this.lost = []; // refused answers whose item is gone: {message, note}
    this.outbox = [];
    this.seq = 0;
    this.number = 0; // makes each message differ from the last, so that it is sent
    this.tally = { good: 0, bad: 0, cannot: 0, golden: 0 };
    this.reveal = null;
    this.batch = this.keep.read("batch")?.traces ?? []; // traces answered since the last pause
    this.summary = null;
    this.sentAt = this.touchedAt = 0;
    this.watch = { since: 0, spent: 0 };
    this.unsavedSince = 0;
    for (const entry of this.keep.orphans(this.boot)) this.outbox.push({ ...entry, seq: ++this.seq });
  }

  get item() {
    return this.amending?.item ?? (this.pausing ? null : this.items.get(this.shown) ?? null);
  }

  // Time to stop and look what the batch changed.
  get pausing() {
    return this.batch.length >= this.data.batch;
  }

  get unsaved() {
    return this.outbox.filter((entry) => entry.kind === "submit" || entry.kind === "amend").length;
  }

  get done() {
    return Math.min(this.data.total, this.data.done + this.outbox.filter((entry) => entry.kind === "submit").length);
  }

  // News from the server. Returns true when another item has to be drawn.
  receive(data, send) {
    const first = this.data === undefined;
    this.data = data;
    this.send = send;
    this.order = data.order;
    const before = this.item;
    for (const item of data.items) this.take(item);
    const known = data.boot === this.boot;
    if (known) this.acknowledge(data);
    if (data.reveal) this.reveal = data.reveal;
    if (data.summary && same(data.summary.traces, this.batch)) this.summary = data.summary;
    const chosen = this.choose();
    const changed = (first && this.resume()) || chosen || this.item?.slot_id !== before?.slot_id;
    this.tidy();
    if (this.outbox.length && !known) this.post();
    else if (this.asksSummary() && !this.outbox.length && !same(this.askedAbout ?? [], this.batch)) {
      this.askedAbout = this.batch;
      this.post();
    }
    else if (this.lacks().length && this.lacks().join() !== this.asked) {
      this.asked = this.lacks().join();
      this.post();
    }
    return changed;
  }

  take(item) {
    const held = this.items.get(item.slot_id);
    // The same item under a new lease: only its token is news.
    this.items.set(item.slot_id, held ? { ...held, token: item.token } : item);
  }

  acknowledge(data) {
    const receipts = new Map(data.receipts.filter((r) => r.boot === this.boot).map((r) => [r.seq, r]));
    for (const entry of this.outbox.filter((one) => one.seq <= data.acked)) {
      if (entry.kind === "submit") this.settle(entry, receipts.get(entry.seq));
      else if (entry.kind === "amend") this.settleAmended(entry, receipts.get(entry.seq));
      else if (entry.kind === "defer") this.putOff(entry.slot_id);
      this.unsavedSince = Date.now();
    }
    this.outbox = this.outbox.filter((entry) => entry.seq > data.acked);
    this.remember();
  }

  // Put off: the server sends it again when its turn has come.
  putOff(slot) {
    this.answered.delete(slot);
    this.items.delete(slot);
  }

  settleAmended(entry, receipt) {
    if (receipt?.status === "refused") this.lost.push({ message: receipt.message, note: spoken(entry) });
  }

  settle(entry, receipt) {
    const slot = entry.slot_id;
    const kept = this.answered.get(slot);
    this.answered.delete(slot);
    if (receipt?.status !== "refused") {
      this.finished.add(slot);
      this.keep.drop(`draft:${slot}`);
    } else if (kept) {
      this.count(kept.form, -1);
      this.batch = this.batch.filter((trace_id) => trace_id !== entry.trace_id);
      this.keep.write("batch", { traces: this.batch });
      if (this.last?.item.slot_id === slot) this.last = null;
      this.items.set(slot, { ...kept.item, token: this.items.get(slot)?.token ?? kept.item.token });
      this.keep.write(`draft:${slot}`, { form: kept.form, written: Date.now() });
      this.returned.set(slot, receipt.message);
    } else {
      this.lost.push({ message: receipt.message, note: spoken(entry) });
    }
  }

  // Stay on the item that is on screen; then those the server refused; then the server's order.
  choose(wanted = null) {
    const waiting = [...this.returned.keys(), ...this.order].filter((slot) => this.open(slot));
    const next = wanted ?? (this.open(this.shown) ? this.shown : waiting[0] ?? null);
    if (next === this.shown) return false;
    this.shown = next;
    this.asked = undefined;
    this.form = this.restored();
    this.watch = { since: document.hidden ? 0 : performance.now(), spent: 0 };
    return true;
  }

  open(slot) {
    return this.items.has(slot) && !this.answered.has(slot) && !this.finished.has(slot);
  }

  lacks() {
    return this.order.filter((slot) => !this.items.has(slot) && !this.answered.has(slot) && !this.finished.has(slot));
  }

  tidy() {
    for (const slot of this.items.keys()) {
      const wanted = this.order.includes(slot) || slot === this.shown || this.returned.has(slot);
      if (!wanted || this.finished.has(slot)) this.items.delete(slot);
    }
  }

  // Of the draft in this browser and the one on the server, the one written last.
  restored() {
    const here = this.keep.read(`draft:${this.shown}`);
    const there = this.items.get(this.shown)?.draft;
    const ours = here?.form && !((there?.written_at ?? -1) > (here.written ?? 0));
    this.written = (ours ? here.written : there?.written_at) ?? 0;
    return formOf(ours ? here.form : there);
  }

  // The answer has changed: kept here at once, on the server a moment later.
  changed() {
    if (this.amending) return this.keep.write("amend", { item: this.last.item, before: this.last.form, form: this.form });
    this.written = Date.now();
    this.keep.write(`draft:${this.shown}`, { form: this.form, written: this.written });
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.saveDraft(), DRAFT_AFTER);
  }

  saveDraft() {
    clearTimeout(this.draftTimer);
    if (!this.item || this.amending) return;
    this.outbox = this.outbox.filter((entry) => entry.kind !== "draft" || entry.slot_id !== this.shown);
    this.outbox.push({ ...this.entry("draft"), seconds: null });
    this.post();
  }

  entry(kind) {
    const { slot_id, token, trace } = this.item;
    return { seq: ++this.seq, kind, slot_id, token, trace_id: trace.trace_id, ...structuredClone(this.form), written_at: this.written, seconds: this.seconds() };
  }

  // Next item first, network after: the reviewer never waits.
  submit() {
    if (this.amending) return this.submitAmended();
    clearTimeout(this.draftTimer);
    const { item, form, shown } = this;
    this.outbox = this.outbox.filter((entry) => entry.slot_id !== shown);
    this.outbox.push(this.entry("submit"));
    this.answered.set(shown, { item, form: structuredClone(form) });
    this.returned.delete(shown);
    this.keep.write(`draft:${shown}`, { form, written: Date.now() });
    this.last = { item, form: structuredClone(form) };
    this.batch = [...this.batch, item.trace.trace_id];
    this.keep.write("batch", { traces: this.batch });
    this.count(form, 1);
    this.sendAnswer();
  }

  // Not stored beside the draft: the token names this change, so that sending it twice stores it once.
  submitAmended() {
    const { item } = this.amending;
    this.outbox.push({ ...this.entry("amend"), token: `${this.boot}-${this.seq}` });
    this.last = { item, form: structuredClone(this.form) };
    this.leaveAmending();
    this.sendAnswer();
  }

  sendAnswer() {
    this.unsavedSince = this.unsaved > 1 ? this.unsavedSince : Date.now();
    this.remember();
    this.choose();
    this.post();
  }

  // Opens the last answer once more, or closes it unchanged. False when there is none.
  undo() {
    if (this.amending) return this.leaveAmending();
    if (!this.last) return false;
    if (this.item) this.saveDraft();
    this.amending = { item: this.last.item, aside: { form: this.form, watch: this.watch } };
    this.form = structuredClone(this.last.form);
    this.watch = { since: performance.now(), spent: 0 };
    return true;
  }

  // An answer that was open once more, and changed, when this page was left.
  resume() {
    const kept = this.keep.read("amend");
    if (!kept?.item) return false;
    this.last = { item: kept.item, form: formOf(kept.before) };
    this.undo();
    this.form = formOf(kept.form);
    return true;
  }

  leaveAmending() {
    this.keep.drop("amend");
    this.form = this.amending.aside.form;
    this.watch = { since: performance.now(), spent: this.amending.aside.watch.spent };
    this.amending = null;
    return true;
  }

  // To me later: what is written so far goes along.
  defer() {
    clearTimeout(this.draftTimer);
    const { item, form, shown } = this;
    this.outbox = this.outbox.filter((entry) => entry.slot_id !== shown);
    this.outbox.push(this.entry("defer"));
    this.answered.set(shown, { item, form: structuredClone(form) });
    this.returned.delete(shown);
    this.choose();
    this.post();
  }

  goOn() {
    this.batch = [];
    this.summary = null;
    this.keep.drop("batch");
    this.watch = { since: performance.now(), spent: 0 };
  }

  asksSummary() {
    return this.batch.length > 0 && (this.pausing || !this.item);
  }

  // Give a refused item up; its text stays in this browser for a month.
  leave() {
    this.returned.delete(this.shown);
    this.finished.add(this.shown);
    this.choose();
  }

  count(form, by) {
    const bad = (c) => (form.answers[c.name] ?? "").split(",").some((label) => c.bad.includes(label));
    const kind = form.outcome !== "judged" ? "cannot" : this.data.rubric.criteria.some(bad) ? "bad" : "good";
    this.tally[kind] += by;
    if (form.layer) this.tally.golden += by;
  }

  remember() {
    const entries = this.outbox.filter((entry) => entry.kind === "submit" || entry.kind === "amend");
    if (entries.length) this.keep.write(`out:${this.boot}`, { entries });
    else this.keep.drop(`out:${this.boot}`);
  }

  post() {
    this.sentAt = Date.now();
    const held = [...this.items.values()].map((item) => item.token);
    const batch = this.asksSummary() ? this.batch.slice(-MOST_IN_BATCH) : [];
    this.send({ boot: this.boot, n: ++this.number, held, batch, entries: this.outbox.slice() });
  }

  // Called every second.
  tick() {
    const quiet = Date.now() - this.sentAt;
    if (this.outbox.length && quiet > RESEND_AFTER) this.post();
    else if (this.item && this.touchedAt > this.sentAt && quiet > TOUCH_AFTER) this.post();
  }

  // Somebody is here: a key, a click, a scroll.
  touch() {
    this.touchedAt = Date.now();
  }

  get late() {
    return this.unsaved > 0 && Date.now() - this.unsavedSince > RESEND_AFTER;
  }

  seconds() {
    const running = this.watch.since ? performance.now() - this.watch.since : 0;
    return Math.min(86400, Math.round((this.watch.spent + running) / 100) / 10);
  }

  looks(visible) {
    if (!visible && this.watch.since) this.watch = { since: 0, spent: this.watch.spent + performance.now() - this.watch.since };
    else if (visible && !this.watch.since) this.watch.since = performance.now();
  }
}
