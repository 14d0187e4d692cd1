// The graph by stages: one card for the nodes of one name (of one type where names are too many), never one a node.

class GraphView {
  constructor(model, cells) {
    this.model = model;
    this.cells = cells;
    this.lines = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.lines.setAttribute('class', 'wires');
    this.columns = el('div', {class: 'columns'});
    this.board = el('div', {class: 'board'}, this.lines, this.columns);
    const by = model.groups.length === model.bases.length ? 'stage' : 'type';
    this.element = section('graph', 'Graph',
      `${plural(model.size, 'node')}, by ${by}`, el('div', {class: 'scroll'}, this.board), cells.element);
    this.cards = model.groups.map((group) => this.card(group));
    const layers = Math.max(-1, ...model.groups.map((group) => group.layer)) + 1;
    for (let layer = 0; layer < layers; ++layer)
      this.columns.append(el('div', {class: 'column'}, model.groups.filter((group) => group.layer === layer).map((group) => this.cards[group.index].element)));
    this.draw();
    model.onchange(gathered(() => this.draw(), 300));
    const lines = gathered(() => this.drawLines(), 50);
    new ResizeObserver(lines).observe(this.columns);
    this.pick(this.firstToShow());
  }

  /// The stage with most cells: that is what a sweep is about.
  firstToShow() {
    return this.model.groups.reduce((best, group) => (best && best.nodes.length >= group.nodes.length ? best : group), null);
  }

  card(group) {
    const bar = el('div', {class: 'bar thin'}), count = el('span', {}), time = el('span', {});
    const element = el('button', {type: 'button', class: 'card', title: group.label, onclick: () => this.pick(group)},
      el('b', {}, group.label), group.type !== group.label ? el('small', {}, group.type) : null, bar,
      el('span', {class: 'numbers'}, count, time));
    return {element, bar, count, time};
  }

  draw() {
    for (const group of this.model.groups) {
      const card = this.cards[group.index], counts = STATUSES.map(() => 0);
      let seconds = 0;
      for (const node of group.nodes) {
        ++counts[this.model.rows[node][ROW.status]];
        seconds += this.model.rows[node][ROW.seconds] || 0;
      }
      card.bar.replaceChildren(...counts.map((count, status) => {
        const piece = el('span', {class: 's-' + STATUSES[status]});
        piece.style.flexGrow = count;
        return count ? piece : null;
      }).filter((one) => one));
      card.count.textContent = group.nodes.length > 1 ? '× ' + group.nodes.length.toLocaleString('en') : '';
      card.time.textContent = seconds ? duration(seconds) : '';
      card.element.classList.toggle('has-failed', counts[STATUS.failed] > 0);
    }
    this.cells.draw();
  }

  pick(group) {
    if (!group) return;
    for (const one of this.model.groups) this.cards[one.index].element.classList.toggle('picked', one === group);
    this.cells.show(group);
  }

  drawLines() {
    const board = this.board.getBoundingClientRect();
    this.lines.setAttribute('width', this.columns.scrollWidth);
    this.lines.setAttribute('height', this.columns.scrollHeight);
    const box = (group) => this.cards[group].element.getBoundingClientRect();
    const paths = [];
    for (const group of this.model.groups)
      for (const before of group.before) {
        const from = box(before), to = box(group.index);
        const x1 = from.right - board.left, y1 = from.top + from.height / 2 - board.top;
        const x2 = to.left - board.left, y2 = to.top + to.height / 2 - board.top;
        const bend = Math.max(16, Math.abs(x2 - x1) / 2);
        const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
        path.setAttribute('d', `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
        paths.push(path);
      }
    this.lines.replaceChildren(...paths);
  }
}
