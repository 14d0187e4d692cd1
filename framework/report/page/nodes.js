// The list of all nodes: only the rows in sight are elements.

const ROW_HEIGHT = 30;

class Nodes {
  constructor(model) {
    this.model = model;
    this.sort = {by: 'order', down: false};
    this.status = null;
    this.search = el('input', {type: 'search', placeholder: 'name, type, key or reason', 'aria-label': 'search nodes',
                               oninput: gathered(() => this.select(), 120)});
    this.pick = el('select', {'aria-label': 'status', onchange: () => { this.status = this.pick.value === '' ? null : Number(this.pick.value); this.select(); }},
      el('option', {value: ''}, 'every status'), STATUS_WORDS.map((words, status) => el('option', {value: status}, words)));
    this.count = el('span', {class: 'muted'});
    this.body = el('div', {class: 'rows', role: 'rowgroup'});
    this.view = el('div', {class: 'view', tabIndex: 0, onscroll: () => this.paint()}, this.body);
    const heads = [['order', ''], ['name', 'node'], ['type', 'type'], ['slot', 'device'], ['seconds', 'time'], ['reason', 'why']];
    this.heads = el('div', {class: 'row heads', role: 'row'}, heads.map(([by, label]) =>
      el('button', {type: 'button', class: 'c-' + by, onclick: () => this.sortBy(by), title: by === 'order' ? 'order of the graph' : ''}, label)));
    this.element = section('nodes', 'Nodes', [this.search, this.pick, this.count], el('div', {class: 'list', role: 'table'}, this.heads, this.view));
    this.select();
    model.onchange(gathered(() => (this.status === null && this.sort.by === 'order' ? this.paint(true) : this.select()), 300));
    new ResizeObserver(() => this.paint()).observe(this.view);
  }

  only(status) {
    this.status = status;
    this.pick.value = String(status);
    this.select();
    this.element.scrollIntoView({behavior: 'smooth'});
  }

  sortBy(by) {
    this.sort = {by, down: this.sort.by === by ? !this.sort.down : by === 'seconds'};
    this.select();
  }

  value(node, by) {
    const model = this.model;
    if (by === 'name') return model.name[node];
    if (by === 'type') return model.types[model.type[node]];
    if (by === 'seconds') return model.rows[node][ROW.seconds] || 0;
    return by === 'order' ? node : model.of(node, by) || '';
  }

  select() {
    const model = this.model, words = this.search.value.toLowerCase().split(/\s+/).filter((word) => word);
    const fits = (node) => {
      if (this.status !== null && model.rows[node][ROW.status] !== this.status) return false;
      if (!words.length) return true;
      const text = [model.name[node], model.types[model.type[node]], model.of(node, 'key'), model.of(node, 'reason'), model.of(node, 'error')].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    };
    this.chosen = [];
    for (let node = 0; node < model.size; ++node) if (fits(node)) this.chosen.push(node);
    const {by, down} = this.sort;
    if (by !== 'order') {
      const values = new Map(this.chosen.map((node) => [node, this.value(node, by)]));
      this.chosen.sort((a, b) => (values.get(a) < values.get(b) ? -1 : values.get(a) > values.get(b) ? 1 : a - b));
    }
    if (down) this.chosen.reverse();
    this.count.textContent = this.chosen.length === model.size ? plural(model.size, 'node') : `${this.chosen.length.toLocaleString('en')} of ${model.size.toLocaleString('en')}`;
    for (const head of this.heads.children) head.classList.toggle('sorted', head.classList.contains('c-' + by) && by !== 'order');
    this.body.style.height = this.chosen.length * ROW_HEIGHT + 'px';
    this.view.style.height = Math.min(this.chosen.length, 16) * ROW_HEIGHT + 2 + 'px';
    this.paint(true);
  }

  paint(anew) {
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW_HEIGHT) - 6);
    const last = Math.min(this.chosen.length, first + Math.ceil((this.view.clientHeight || 480) / ROW_HEIGHT) + 12);
    if (!anew && first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    this.body.replaceChildren(...this.chosen.slice(first, last).map((node, i) => this.row(node, first + i)));
  }

  row(node, at) {
    const model = this.model, status = model.rows[node][ROW.status], seconds = model.rows[node][ROW.seconds];
    const done = model.rows[node][ROW.done], total = model.rows[node][ROW.total];
    const time = status === STATUS.running && total ? Math.floor(100 * done / total) + ' %' : seconds ? duration(seconds) : '';
    const reason = model.of(node, 'error') || model.of(node, 'reason') || '';
    const row = el('button', {type: 'button', class: 'row', role: 'row', onclick: () => openNode(node)},
      el('span', {class: 'c-order'}, statusDot(status)), el('span', {class: 'c-name', title: model.name[node]}, model.name[node]),
      el('span', {class: 'c-type'}, model.types[model.type[node]]), el('span', {class: 'c-slot'}, model.of(node, 'slot') || ''),
      el('span', {class: 'c-seconds'}, time), el('span', {class: 'c-reason' + (status === STATUS.failed ? ' is-failed' : '')}, reason));
    row.style.top = at * ROW_HEIGHT + 'px';
    return row;
  }
}
