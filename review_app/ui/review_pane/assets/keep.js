// The browser's own memory: half-written answers and answers not yet acknowledged survive a reload, a crash, an outage.
// Everything works without it (private windows may refuse); then only the server's drafts are left.

const MONTH = 30 * 24 * 3600 * 1000;

export class Keep {
  constructor(place, who) {
    this.base = `review-app:${place}:${who}:`;
    this.sweep();
  }

  read(name) {
    try {
      return JSON.parse(localStorage.getItem(this.base + name));
    } catch {
      return null;
    }
  }

  write(name, value) {
    try {
      localStorage.setItem(this.base + name, JSON.stringify({ ...value, at: Date.now() }));
    } catch {
      // Full or forbidden: the server's draft is the second copy.
    }
  }

  drop(name) {
    try {
      localStorage.removeItem(this.base + name);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  }

  names(prefix) {
    try {
      const start = this.base + prefix;
      return Object.keys(localStorage).filter((name) => name.startsWith(start)).map((name) => name.slice(this.base.length));
    } catch {
      return [];
    }
  }

  // Answers that an earlier life of this page could not deliver. They are ours to send now.
  orphans(boot) {
    const found = [];
    for (const name of this.names("out:")) {
      if (name === `out:${boot}`) continue;
      found.push(...(this.read(name)?.entries ?? []));
      this.drop(name);
    }
    return found;
  }

  sweep() {
    for (const name of [...this.names("draft:"), ...this.names("amend")]) {
      if (!((this.read(name)?.at ?? 0) > Date.now() - MONTH)) this.drop(name);
    }
  }
}
