// The nodes of one stage, a square each: as a matrix of the sweep's axes where that fits, else one after the other.

const MATRIX_MOST = 600, SQUARE = 13;

class Cells {
  constructor(model) {
    this.model = model;
    this.said = el('p', {class: 'said'});
    this.place = el('div', {class: 'scroll'});
    this.head = el('h3', {});
    this.element = el('div', {class: 'cells'}, this.head, this.place, this.said);
  }

  show(group) {
    this.group = group;
    this.squares = null;
    this.draw();
  }

  draw() {
    const group = this.group;
    if (!group) return;
    this.head.textContent = group.label + (group.nodes.length > 1 ? ', ' + plural(group.nodes.length, 'node') : '');
    this.said.textContent = this.said.textContent || ' ';
    if (group.nodes.length === 1)
      return this.place.replaceChildren(el('p', {class: 'single'}, this.square(group.nodes[0]), this.describe(group.nodes[0])));
    const axes = this.axesOf(group);
    if (group.nodes.length > MATRIX_MOST || !axes.length) return this.drawFlow(group);
    this.drawMatrix(group, axes);
  }

  /// The axes on which the stage has several values, with those values in their order.
  axesOf(group) {
    const axes = [];
    this.model.axes.forEach((name, index) => {
      const values = new Set();
      for (const node of group.nodes) if (this.model.cell[node]) values.add(this.model.cell[node][index]);
      values.delete(null);
      if (values.size > 1) axes.push({name, index, values: [...values]});
    });
    return axes;
  }

  square(node) {
    const text = this.describe(node);
    return el('button', {type: 'button', class: 'square s-' + STATUSES[this.model.rows[node][ROW.status]], title: text,
                         'aria-label': text, onclick: () => openNode(node)});
  }

  describe(node) {
    const model = this.model, status = model.rows[node][ROW.status], seconds = model.rows[node][ROW.seconds];
    return `${model.name[node]}: ${STATUS_WORDS[status]}` + (seconds ? ', ' + duration(seconds) : '');
  }

  /// Columns: the seed if there is one, else the axis of most values. Rows: all others.
  drawMatrix(group, axes) {
    const across = axes.find((axis) => axis.name === 'seed') || axes.reduce((a, b) => (b.values.length > a.values.length ? b : a));
    const down = axes.filter((axis) => axis !== across).map((axis) => axis.index);
    const rows = new Map();
    for (const node of group.nodes) {
      const label = this.model.cellText(node, down), value = this.model.cell[node] ? this.model.cell[node][across.index] : null;
      if (!rows.has(label)) rows.set(label, new Map());
      rows.get(label).set(value, node);
    }
    const head = el('tr', {}, el('th', {class: 'label'}, down.length ? '' : ''), across.values.map((value) => el('th', {}, String(value))));
    const body = [...rows].map(([label, nodes]) => el('tr', {}, el('th', {class: 'label'}, label || group.label),
      across.values.map((value) => el('td', {}, nodes.has(value) ? this.square(nodes.get(value)) : null))));
    const name = el('tr', {class: 'axis'}, el('th', {}), el('th', {colSpan: across.values.length}, across.name));
    this.place.replaceChildren(el('table', {class: 'matrix'}, el('thead', {}, name, head), el('tbody', {}, body)));
  }

  drawFlow(group) {
    const width = Math.max(200, this.place.clientWidth || 900), across = Math.floor(width / SQUARE);
    const canvas = el('canvas', {class: 'flow', role: 'img', 'aria-label': this.head.textContent});
    const context = sized(canvas, width, Math.ceil(group.nodes.length / across) * SQUARE);
    const colours = STATUSES.map((one, status) => statusColour(status));
    group.nodes.forEach((node, at) => {
      context.fillStyle = colours[this.model.rows[node][ROW.status]];
      context.fillRect((at % across) * SQUARE, Math.floor(at / across) * SQUARE, SQUARE - 2, SQUARE - 2);
    });
    const nodeAt = (event) => group.nodes[Math.floor(event.offsetY / SQUARE) * across + Math.floor(event.offsetX / SQUARE)];
    canvas.addEventListener('mousemove', (event) => {
      const node = nodeAt(event);
      this.said.textContent = node === undefined ? ' ' : this.describe(node);
    });
    canvas.addEventListener('click', (event) => { const node = nodeAt(event); if (node !== undefined) openNode(node); });
    this.place.replaceChildren(canvas);
  }
}
