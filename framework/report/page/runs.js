// The runs of a store, newest first: what `retort serve` shows where no graph was named.

function showRuns(data) {
  document.title = 'Runs · Retort';
  const rows = data.runs.map((run) => el('tr', {}, el('td', {}, el('a', {href: 'run/' + encodeURIComponent(run.run) + '/'}, run.run)),
    el('td', {}, el('span', {class: 'state is-' + run.status}, run.status)), el('td', {}, run.title || run.graph),
    el('td', {class: 'number'}, run.nodes.toLocaleString('en')), el('td', {class: 'number'}, moment(run.started)),
    el('td', {class: 'number'}, run.last > run.started ? duration(run.last - run.started) : '')));
  document.body.append(el('main', {}, el('div', {class: 'head'}, el('p', {class: 'kicker'}, 'Retort store'), el('h1', {}, data.store),
    el('p', {class: 'facts'}, el('span', {}, plural(data.runs.length, 'run') + (data.more ? ` shown, ${data.more.toLocaleString('en')} older` : '')))),
    rows.length ? el('section', {}, el('div', {class: 'scroll'}, el('table', {class: 'runs'}, el('thead', {}, el('tr', {},
      ['run', 'status', 'graph'].map((head) => el('th', {}, head)), ['nodes', 'started', 'took'].map((head) => el('th', {class: 'number'}, head)))), el('tbody', {}, rows))))
      : el('section', {}, el('p', {class: 'muted'}, 'Nothing has run in this store yet.'))));
}
