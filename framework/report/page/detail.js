// One node: why it ran, what it was made from, what it wrote, the commands that say more.

let detail = null;
function openNode(node) { if (detail) detail.open(node); }

class Detail {
  constructor(model) {
    this.model = model;
    this.body = el('div', {class: 'body'});
    this.title = el('h2', {});
    this.close = el('button', {type: 'button', class: 'quiet', 'aria-label': 'close', onclick: () => this.hide()}, 'close');
    this.element = el('aside', {class: 'detail', hidden: true}, el('header', {}, this.title, this.close), this.body);
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') this.hide(); });
  }

  hide() {
    this.element.hidden = true;
    document.body.classList.remove('with-detail');
  }

  async open(node) {
    this.node = node;
    this.element.hidden = false;
    document.body.classList.add('with-detail');
    this.title.textContent = this.model.name[node];
    this.body.replaceChildren(...this.known(node));
    this.body.scrollTop = 0;
    const details = await fresh('details', this.model.fresh.has(node));
    if (this.node === node && details) this.body.append(...this.more(details, details.nodes[node] || {}));
  }

  item(name, ...value) { return el('div', {class: 'item'}, el('dt', {}, name), el('dd', {}, ...value)); }

  link(node) {
    return el('li', {}, el('button', {type: 'button', class: 'link', onclick: () => this.open(node)},
      statusDot(this.model.rows[node][ROW.status]), this.model.name[node]));
  }

  links(name, nodes) {
    if (!nodes.length) return null;
    const list = el('ul', {class: 'links'}, nodes.slice(0, 30).map((one) => this.link(one)),
      nodes.length > 30 ? el('li', {class: 'muted'}, plural(nodes.length - 30, 'more')) : null);
    return this.item(name, list);
  }

  known(node) {
    const model = this.model, row = model.rows[node], status = row[ROW.status], name = shellWord(model.name[node]);
    const graph = model.graph ? shellWord(model.graph) + ' ' : '';
    return [
      el('dl', {},
        this.item('status', statusDot(status), STATUS_WORDS[status]),
        model.of(node, 'reason') ? this.item('why', model.of(node, 'reason')) : null,
        model.of(node, 'error') ? this.item('failure', el('pre', {class: 'is-failed'}, model.of(node, 'error'))) : null,
        this.item('type', model.types[model.type[node]]),
        model.cellText(node) ? this.item('cell', model.cellText(node)) : null,
        row[ROW.seconds] ? this.item('time', duration(row[ROW.seconds]) + (model.of(node, 'slot') ? ' on ' + model.of(node, 'slot') : '')) : null,
        !row[ROW.seconds] && row[ROW.predicted] ? this.item('predicted', duration(row[ROW.predicted])) : null,
        this.links('takes from', model.after[node]), this.links('goes into', model.consumers[node])),
      el('h3', {}, 'Ask the command'),
      row[ROW.started] && model.run ? commandBlock(`retort log ${shellWord(model.run)} --node ${name}`) : null,
      model.graph ? commandBlock(`retort why ${graph}${name}`) : null,
      row[ROW.key] ? commandBlock(`retort show ${model.of(node, 'key')}`) : null,
    ].filter((one) => one);
  }

  more(details, own) {
    const shown = [];
    if (own.why !== undefined && details.lines[own.why] !== this.model.of(this.node, 'reason'))
      shown.push(el('h3', {}, 'Why'), el('pre', {}, details.lines[own.why].split('; ').join('\n')));
    if (own.about) {
      const about = ['created', 'host', 'device', 'card', 'processor', 'build', 'run'].filter((name) => own.about[name]);
      shown.push(el('h3', {}, 'Result'), el('dl', {}, this.item('key', el('code', {}, own.key)), about.map((name) => this.item(name, String(own.about[name]))),
        own.about.seconds !== undefined ? this.item('computed in', duration(own.about.seconds)) : null));
      for (const text of own.about.warnings || []) shown.push(el('p', {class: 'warning'}, text));
      for (const output of own.outputs)
        shown.push(el('h4', {}, output.port, el('span', {class: 'muted'}, ` ${output.kind}, ${plural(output.files, 'file')}, ${bytes(output.bytes)}`)),
          output.meta && Object.keys(output.meta).length ? el('pre', {}, JSON.stringify(output.meta, null, 1)) : '');
    }
    if (own.text) shown.push(el('h3', {}, 'Key text'), el('pre', {class: 'key'}, own.text.map((line) => details.lines[line]).join('\n')));
    if (own.settings !== undefined)
      shown.push(el('h3', {}, 'Settings'), el('pre', {}, JSON.stringify(JSON.parse(details.lines[own.settings]), null, 1)));
    if (!own.about && !own.text) shown.push(el('p', {class: 'muted'}, 'There is no result yet: its key text is not known.'));
    return shown;
  }
}
