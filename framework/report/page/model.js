// The nodes and what is known of them. Columns never change; a row is what a run changes (framework/report/nodes.h).

const ROW = {status: 0, slot: 1, started: 2, seconds: 3, predicted: 4, done: 5, total: 6, reason: 7, error: 8, kind: 9, key: 10};

class Model {
  constructor(data) {
    Object.assign(this, data);
    this.size = this.name.length;
    this.counts = STATUSES.map(() => 0);
    for (const row of this.rows) ++this.counts[row[ROW.status]];
    this.listeners = [];
    this.fresh = new Set();  // nodes that changed since the page was made
    this.groups = this.grouped();
  }

  of(node, field) {
    const value = this.rows[node][ROW[field]];
    return Array.isArray(value) ? this.texts[value[0]] : value;
  }

  get consumers() {
    if (!this.consumersOf) {
      this.consumersOf = this.name.map(() => []);
      this.after.forEach((before, node) => before.forEach((one) => this.consumersOf[one].push(node)));
    }
    return this.consumersOf;
  }

  /// "lr=0.1, seed=2"; empty for a node of no cell.
  cellText(node, axes) {
    const cell = this.cell[node];
    if (!cell) return '';
    return this.axes.map((axis, i) => (cell[i] !== null && (!axes || axes.includes(i)) ? axis + '=' + cell[i] : null))
      .filter((one) => one !== null).join(', ');
  }

  /// Stages of the graph: nodes of one name before multiplication; of one type where there are too many names.
  grouped() {
    const byType = this.bases.length > 60, column = byType ? this.type : this.base;
    const groups = (byType ? this.types : this.bases).map((label, index) => ({index, label, nodes: [], before: new Set()}));
    const depth = [];
    for (let node = 0; node < this.size; ++node) {
      const group = groups[column[node]];
      group.nodes.push(node);
      group.type = this.types[this.type[node]];
      let own = 0;
      for (const before of this.after[node]) {
        own = Math.max(own, (depth[before] || 0) + 1);
        if (column[before] !== column[node]) group.before.add(column[before]);
      }
      depth[node] = own;
    }
    this.groupOf = column;
    this.layer(groups);
    return groups;
  }

  /// The column a group stands in: behind all it takes from, where groups of one type do not go in circles.
  layer(groups) {
    for (const group of groups) group.layer = 0;
    for (let round = 0, moved = true; moved && round < groups.length; ++round) {
      moved = false;
      for (const group of groups)
        for (const before of group.before)
          if (group.layer <= groups[before].layer && groups[before].layer + 1 < groups.length) {
            group.layer = groups[before].layer + 1;
            moved = true;
          }
    }
    const used = [...new Set(groups.map((group) => group.layer))].sort((a, b) => a - b);
    for (const group of groups) group.layer = used.indexOf(group.layer);
  }

  onchange(listener) { this.listeners.push(listener); }

  /// What a server says happened (framework/report/feed.h).
  apply(message) {
    for (const [node, row] of Object.entries(message.rows || {})) {
      --this.counts[this.rows[node][ROW.status]];
      ++this.counts[row[ROW.status]];
      this.rows[node] = row;
      this.fresh.add(Number(node));
    }
    for (const field of ['status', 'started', 'last', 'seen']) if (field in message) this[field] = message[field];
    if (message.warnings) this.warnings.push(...message.warnings);
    for (const listener of this.listeners) listener(message);
  }
}
