// Tables: means with their interval and n, numbers that line up on the decimal point, and what is absent in words.

const ROWS_AT_FIRST = 30;

class Tables {
  constructor(model) {
    this.model = model;
    this.place = el('div', {});
    this.element = section('tables', 'Tables', null, this.place);
    this.draw(model.tables);
  }

  draw(tables) {
    this.element.hidden = tables.length === 0;
    this.place.replaceChildren(...tables.map((table) => this.table(table)));
  }

  table(table) {
    const labels = table.labels || Object.keys(table.rows.length ? table.rows[0].label : {});
    const columns = (table.columns || Object.keys(table.rows.length ? table.rows[0].cells : {}))
      .map((name, at) => this.column(table, name, (table.decimals || [])[at]));
    const confidence = table.confidence ? ` ${Math.round(table.confidence * 1000) / 10} %` : '';
    const head = el('tr', {}, labels.map((label) => el('th', {class: 'label'}, label)),
      columns.map((column) => el('th', {colSpan: column.parts.length, class: 'value'}, column.name)));
    const under = columns.some((column) => column.parts.length > 1) ? el('tr', {class: 'under'},
      labels.map(() => el('th', {})), columns.flatMap((column) => column.parts.map((one) =>
        el('th', {class: one}, {mean: 'mean', spread: column.interval ? 'interval' + confidence : 'std', count: 'n'}[one])))) : null;
    const line = (row) => el('tr', {}, labels.map((label) => el('td', {class: 'label'}, String(row.label[label] ?? ''))),
      columns.flatMap((column) => this.cell(row.cells[column.name], column)));
    const body = el('tbody', {}, table.rows.slice(0, ROWS_AT_FIRST).map(line)), rest = table.rows.slice(ROWS_AT_FIRST);
    const more = rest.length ? el('button', {type: 'button', class: 'link more', onclick: () => { body.append(...rest.map(line)); more.remove(); }},
      'show ' + plural(rest.length, 'more row')) : null;
    const flags = table.rows.filter((row) => row.flags).map((row) =>
      el('li', {}, labels.map((label) => row.label[label]).join(', ') + ': ' + row.flags.join('; ')));
    const slope = table.slope ? [`slopes over ${table.slope}: least squares, one a replicate; intervals are a bootstrap over replicates`] : [];
    const warnings = (table.warnings || {}).lines || [];
    const notes = [...slope, ...(table.notes || [])].map((note) => el('li', {}, note));
    if (warnings.length) notes.push(el('li', {class: 'warned'}, warnings[0],
      el('ul', {}, warnings.slice(1).map((line) => el('li', {}, line)))));
    return el('figure', {class: 'table'}, table.title ? el('figcaption', {}, table.title) : null,
      el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, head, under), body)), more,
      flags.length + notes.length ? el('ul', {class: 'notes'}, flags, notes) : null);
  }

  /// What a column shows, and with how many decimals: those of its metric, or two digits of its largest number.
  column(table, name, shown) {
    const cells = table.rows.map((row) => row.cells[name]).filter((cell) => cell && cell.mean !== undefined);
    const interval = cells.some((cell) => cell.low !== undefined);
    const several = cells.some((cell) => cell.values.length > 1 || cell.expected > 1);
    const largest = Math.max(0, ...cells.map((cell) => Math.abs(cell.mean)));
    const whole = cells.every((cell) => cell.values.every(Number.isInteger)) && !several;
    const decimals = shown ?? (whole || !largest ? 0 : decimalsFor(largest / 100));
    return {name, interval, decimals, parts: several ? ['mean', 'spread', 'count'] : ['mean']};
  }

  cell(cell, column) {
    if (!cell || cell.expected === 0) return [el('td', {colSpan: column.parts.length, class: 'none'}, '–')];
    const title = this.results(cell);
    if (cell.mean === undefined) {
      const stale = (cell.results || []).some((one) => one.state === 'stale');
      const word = cell.failed ? 'failed' : stale ? 'stale' : 'missing';
      return [el('td', {colSpan: column.parts.length, class: 'absent ' + word, title}, word)];
    }
    const best = cell.best ? ' best' : '', mean = el('td', {class: 'mean' + best, title}, cell.mean.toFixed(column.decimals));
    if (column.parts.length === 1) return [mean];
    const digits = column.decimals;
    const spread = column.interval
      ? (cell.low === undefined ? '' : '[' + cell.low.toFixed(digits) + ', ' + cell.high.toFixed(digits) + ']')
      : (cell.std === undefined ? '' : '± ' + cell.std.toFixed(digits));
    const short = cell.values.length < cell.expected;
    return [mean, el('td', {class: 'spread', title}, spread),
      el('td', {class: 'count' + (short ? ' short' : ''), title},
         short ? `${cell.values.length} of ${cell.expected}` + (cell.failed ? ', failed' : '') : String(cell.values.length))];
  }

  results(cell) {
    return (cell.results || []).map((one) => `${one.node}: ${one.value ?? one.state}` + (one.problem ? ' (' + one.problem + ')' : '')).join('\n');
  }
}
