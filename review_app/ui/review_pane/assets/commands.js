// Everything a key or a click can do to the answer on screen.

import { LAYER, chosen, faults, questions } from "./form_view.js";
import { usable } from "./keys.js";
import { openSearch } from "./search.js";

const OF_THE_FORM = ["note", "layer_reason", "correction", "must", "must_not"];

export function commands(pane) {
  const { desk, marker } = pane;
  const list = () => (desk.item ? questions(desk.data, desk.form, desk.item) : []);
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
      if (label && question.kind === "span") act.mark(question, label.value);
      else if (label) act.pick(question, label.value, pane.focus);
      return Boolean(label);
    },
    labelKey(key) {
      if (!usable(key)) return false;
      const n = list().findIndex((question) => question.kind !== "span" && question.labels.some((label) => label.key === key));
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
      if (OF_THE_FORM.includes(field)) desk.form[field] = text;
      else if (field.startsWith("note:")) desk.form.notes[field.slice("note:".length)] = text;
      else desk.form.answers[field] = text;
      desk.changed();
      pane.drawFaults();
    },
    edit(name) {
      [...pane.root.querySelectorAll("[data-id]")].find((one) => one.dataset.id === name)?.focus();
    },
    remark() {
      const question = list()[pane.focus];
      if (!question || question.name === LAYER) return;
      change((form) => (form.notes[question.name] ??= ""));
      act.edit(`note:${question.name}`);
    },
    correct() {
      if (desk.item && desk.form.correction === null) act.toggle("correct");
      else act.edit("correction");
    },
    toggle(what) {
      if (what === "promote") change((form) => (form.layer = form.layer === null ? "" : null));
      else if (what === "correct") toggleCorrection(pane, change);
      else if (what !== "skipped" || !desk.amending) change((form) => (form.outcome = form.outcome === what ? "judged" : what));
      if (what === "promote" && desk.form.layer !== null) act.move(list().length);
    },
    marking() {
      marker.on ? marker.stop() : marker.start();
      pane.drawForm();
    },
    sentence(by) {
      const n = list().findIndex((question) => question.kind === "span");
      if (n < 0) return;
      pane.focus = list()[pane.focus]?.kind === "span" ? pane.focus : n;
      marker.start();
      pane.drawForm();
      marker.step(by);
    },
    mark(question, label) {
      const passage = marker.selection();
      pane.hint = passage ? "" : "Nothing is selected: select a passage first, or press m.";
      if (!passage) return pane.drawForm();
      change((form) => remarked(form, question, [...form.spans, { criterion: question.name, label, ...passage }]));
      marker.draw();
    },
    unmark(span) {
      change((form) => remarked(form, pane.desk.data.rubric.criteria.find((one) => one.name === span.criterion), form.spans.filter((one) => one !== span)));
      marker.draw();
    },
    submit: () => submit(pane),
    later: () => desk.item && !desk.amending && (desk.defer(), pane.draw()),
    undo: () => desk.undo() && pane.draw(),
    escape() {
      if (marker.on) act.marking();
      else if (desk.amending) act.undo();
    },
    leave: () => (desk.leave(), pane.draw()),
    leaveText: () => pane.root.focus({ preventScroll: true }),
    documents: () => pane.root.classList.toggle("rv-docs-hidden"),
    search: () => desk.item && openSearch(pane.main, [pane.main, pane.docs]),
    verdicts: () => pane.showVerdicts(),
    sheet: () => pane.showSheet(),
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

// The answer to a span question is the labels its passages carry.
function remarked(form, question, spans) {
  form.spans = spans;
  const given = new Set(spans.filter((span) => span.criterion === question.name).map((span) => span.label));
  form.answers[question.name] = question.labels.map((label) => label.value).filter((label) => given.has(label)).join(",");
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
  if (!desk.item) return desk.pausing && (desk.goOn(), pane.draw());
  const found = faults(desk.data, desk.form, desk.item);
  const asked = questions(desk.data, desk.form, desk.item).map((question) => question.name);
  if (found.size) {
    pane.tried = true;
    pane.drawFaults();
    const [name] = found.keys();
    const n = asked.indexOf(name);
    if (name === "note" || name === "layer_reason") pane.act.edit(name);
    else if (n >= 0) pane.act.move(n - pane.focus);
    return;
  }
  const { form } = desk;
  form.answers = only(asked, form.answers);
  form.notes = only(asked, form.notes);
  form.spans = form.spans.filter((span) => asked.includes(span.criterion));
  // An untouched correction is none.
  if (form.correction === (desk.item.trace.output ?? "")) form.correction = null;
  desk.submit();
  pane.draw();
}

const only = (names, values) => Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
