// What lies on the reviewer's desk, without any drawing: items, the answer being written, and the outbox.
// An answer counts as saved only when the server has acknowledged it; until then it is kept and sent again.

import { Keep } from "./keep.js";

const DRAFT_AFTER = 1200; // ms without a change
const RESEND_AFTER = 6000; // ms without an acknowledgement
const TOUCH_AFTER = 4 * 60 * 1000; // ms; keeps the lease of somebody who reads for long

const blank = () => ({ outcome: "judged", answers: {}, note: "", correction: null, layer: null, layer_reason: "" });
const formOf = (entry) => Object.fromEntries(Object.keys(blank()).map((name) => [name, entry[name]]));
const alike = (a, b) => JSON.stringify({ ...blank(), ...a }) === JSON.stringify({ ...blank(), ...b });

export class Desk {
  constructor(data) {
    // Names this page's life: `seq` numbers are counted within it.
    this.boot = crypto.getRandomValues(new Uint32Array(3)).join("-");
    this.keep = new Keep(data.place, data.who);
    this.items = new Map(); // slot -> item
    this.order = [];
    this.shown = null; // slot on screen
    this.form = blank();
    this.answered = new Map(); // slot -> {item, form}, until acknowledged
    this.finished = new Set(); // slots acknowledged in this life
    this.returned = new Map(); // slot -> why the server refused it
    this.lost = []; // refused answers whose item is gone: {message, note}
    this.outbox = [];
    this.seq = 0;
    this.number = 0; // makes each message differ from the last, so that it is sent
    this.tally = { good: 0, bad: 0, cannot: 0, golden: 0 };
    this.reveal = null;
    this.sentAt = 0;
    this.watch = { since: 0, spent: 0 };
    this.unsavedSince = 0;
    for (const entry of this.keep.orphans(this.boot)) this.outbox.push({ ...entry, seq: ++this.seq });
  }

  get item() {
    return this.items.get(this.shown) ?? null;
  }

  get unsaved() {
    return this.outbox.filter((entry) => entry.kind === "submit").length;
  }

  get done() {
    return Math.min(this.data.total, this.data.done + this.unsaved);
  }

  // News from the server. Returns true when another item has to be drawn.
  receive(data, send) {
    this.data = data;
    this.send = send;
    this.order = data.order;
    for (const item of data.items) this.take(item);
    const known = data.boot === this.boot;
    if (known) this.acknowledge(data);
    if (data.reveal) this.reveal = data.reveal;
    const changed = this.choose();
    this.tidy();
    if (this.outbox.length && !known) this.post();
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
      else this.synced(entry);
      this.unsavedSince = Date.now();
    }
    this.outbox = this.outbox.filter((entry) => entry.seq > data.acked);
    this.remember();
  }

  // The server has this draft; unless it changed meanwhile, its copy is as good as ours.
  synced(entry) {
    const here = this.keep.read(`draft:${entry.slot_id}`);
    if (here && alike(here.form, formOf(entry))) this.keep.write(`draft:${entry.slot_id}`, { ...here, synced: true });
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
      this.items.set(slot, { ...kept.item, token: this.items.get(slot)?.token ?? kept.item.token });
      this.keep.write(`draft:${slot}`, { form: kept.form });
      this.returned.set(slot, receipt.message);
    } else {
      this.lost.push({ message: receipt.message, note: [entry.note, entry.correction].filter(Boolean).join("\n\n") });
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

  // What was written here and never reached the server wins over the server's draft.
  restored() {
    if (!this.item) return blank();
    const here = this.keep.read(`draft:${this.shown}`);
    const there = this.item.draft;
    const use = here?.form && !(here.synced && there) ? here.form : there;
    return { ...blank(), ...structuredClone(use ?? {}) };
  }

  // The answer has changed: kept here at once, on the server a moment later.
  changed() {
    this.keep.write(`draft:${this.shown}`, { form: this.form });
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.saveDraft(), DRAFT_AFTER);
  }

  saveDraft() {
    clearTimeout(this.draftTimer);
    if (!this.item) return;
    this.outbox = this.outbox.filter((entry) => entry.kind !== "draft" || entry.slot_id !== this.shown);
    this.outbox.push({ ...this.entry("draft"), seconds: null });
    this.post();
  }

  entry(kind) {
    const { slot_id, token, trace } = this.item;
    return { seq: ++this.seq, kind, slot_id, token, trace_id: trace.trace_id, ...structuredClone(this.form), seconds: this.seconds() };
  }

  // Next item first, network after: the reviewer never waits.
  submit() {
    clearTimeout(this.draftTimer);
    const { item, form, shown } = this;
    this.outbox = this.outbox.filter((entry) => entry.slot_id !== shown);
    this.outbox.push(this.entry("submit"));
    this.answered.set(shown, { item, form: structuredClone(form) });
    this.returned.delete(shown);
    this.keep.write(`draft:${shown}`, { form });
    this.count(form, 1);
    this.unsavedSince = this.unsaved > 1 ? this.unsavedSince : Date.now();
    this.remember();
    this.choose();
    this.post();
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
    const entries = this.outbox.filter((entry) => entry.kind === "submit");
    if (entries.length) this.keep.write(`out:${this.boot}`, { entries });
    else this.keep.drop(`out:${this.boot}`);
  }

  post() {
    this.sentAt = Date.now();
    const held = [...this.items.values()].map((item) => item.token);
    this.send({ boot: this.boot, n: ++this.number, held, entries: this.outbox.slice() });
  }

  // Called every second.
  tick() {
    const quiet = Date.now() - this.sentAt;
    if (this.outbox.length && quiet > RESEND_AFTER) this.post();
    else if (this.item && !document.hidden && quiet > TOUCH_AFTER) this.post();
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
