// The head of the page: what it is about, how it stands, what makes it again.

const WARNINGS_SHOWN = 12;  // kinds of warnings: equal ones of many nodes are one line

class Head {
  constructor(model, onpick) {
    this.model = model;
    this.onpick = onpick;
    this.facts = el('p', {class: 'facts'});
    this.bar = el('div', {class: 'bar', role: 'img'});
    this.legend = el('div', {class: 'legend'});
    this.problems = el('div', {});
    const where = model.folder ? 'cd ' + shellWord(model.folder) + ' && ' : '';
    this.element = el('div', {class: 'head'},
      el('p', {class: 'kicker'}, model.run ? 'Retort run' : 'Retort graph'),
      el('h1', {}, model.title || model.graph || 'Untitled'), this.facts, this.bar, this.legend,
      model.command ? commandBlock(where + model.command) : null, this.problems);
    this.draw();
    model.onchange(gathered(() => this.draw(), 200));
  }

  draw() {
    const model = this.model, known = model.counts.map((count, status) => ({count, status})).filter((one) => one.count);
    this.facts.replaceChildren(...this.factList());
    this.bar.replaceChildren(...known.map(({count, status}) => {
      const piece = el('span', {class: 's-' + STATUSES[status]});
      piece.style.flexGrow = count;
      return piece;
    }));
    this.bar.setAttribute('aria-label', known.map(({count, status}) => count + ' ' + STATUS_WORDS[status]).join(', '));
    this.legend.replaceChildren(...known.map(({count, status}) =>
      el('button', {type: 'button', onclick: () => this.onpick(status)}, statusDot(status),
         el('b', {}, count.toLocaleString('en')), ' ' + STATUS_WORDS[status])));
    this.drawProblems();
  }

  factList() {
    const model = this.model, facts = [];
    const add = (name, value) => { if (value) facts.push(el('span', {}, el('small', {}, name), value)); };
    const word = model.status || 'not run yet';
    facts.push(el('span', {class: 'state is-' + word.replaceAll(' ', '-')}, model.live ? el('i', {class: 'pulse'}) : null, word));
    add('graph', model.graph);
    add('run', model.run);
    add('nodes', model.size.toLocaleString('en'));
    add('started', moment(model.started));
    if (model.started && model.last > model.started) add(model.status === 'running' ? 'so far' : 'took', duration(model.last - model.started));
    return facts;
  }

  drawProblems() {
    const model = this.model, failed = [];
    for (let node = 0; node < model.size && failed.length < 4; ++node)
      if (model.rows[node][ROW.status] === STATUS.failed) failed.push(node);
    const rows = failed.slice(0, 3).map((node) => el('button', {type: 'button', class: 'problem', onclick: () => openNode(node)},
      el('b', {}, model.name[node]), el('span', {}, model.of(node, 'error') || 'failed')));
    if (failed.length > 3) rows.push(el('p', {class: 'muted'}, plural(model.counts[STATUS.failed], 'node') + ' failed; the list below shows them all'));
    const warnings = model.warnings.slice(0, WARNINGS_SHOWN).map((text) => el('p', {class: 'warning'}, text));
    const more = model.warnings.length - WARNINGS_SHOWN;
    if (more > 0) warnings.push(el('p', {class: 'muted'}, plural(more, 'more warning')));
    this.problems.replaceChildren(...rows, ...warnings);
  }
}
