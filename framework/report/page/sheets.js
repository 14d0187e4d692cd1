// Sheets of images: a row a class.

class Sheets {
  constructor(model) {
    this.model = model;
    this.place = el('div', {class: 'sheets'});
    this.element = section('images', 'Images', null, this.place);
    whenSeen(this.element, () => this.draw(part('sheets') || []));
  }

  draw(sheets) {
    if (!sheets.length) return this.place.replaceChildren(el('p', {class: 'muted'}, 'No node has written images.'));
    const shown = sheets.filter((sheet) => !sheet.problem), left = sheets.filter((sheet) => sheet.problem);
    this.place.replaceChildren(...shown.map((sheet) => this.sheet(sheet)), left.length ? this.left(left) : '');
  }

  sheet(sheet) {
    const rows = sheet.rows.map((row) => el('tr', {}, el('th', {}, row.label), el('td', {}, this.image(row))));
    const hidden = sheet.classes - sheet.rows.length;
    return el('figure', {class: 'sheet'},
      el('figcaption', {}, el('button', {type: 'button', class: 'link', onclick: () => openNode(sheet.node)}, this.model.name[sheet.node]),
         el('span', {class: 'muted'}, `${plural(sheet.count, 'image')}, ${plural(sheet.classes, 'class', 'classes')}`)),
      el('div', {class: 'scroll'}, el('table', {}, el('tbody', {}, rows))),
      hidden > 0 ? el('p', {class: 'muted'}, plural(hidden, 'more class', 'more classes')) : null);
  }

  image(row) {
    const image = el('img', {alt: `${row.label}, ${plural(row.count, 'image')}`, width: row.width, height: row.height, loading: 'lazy'});
    if (row.image.startsWith('data:image/png;base64,')) image.src = row.image;
    const zoom = Math.max(1, Math.min(4, Math.floor(64 / Math.max(1, row.height))));
    image.style.width = row.width * zoom + 'px';
    image.style.height = row.height * zoom + 'px';
    return image;
  }

  /// What is not shown: one line a reason.
  left(sheets) {
    const name = (sheet) => this.model.name[sheet.node] + '.' + sheet.port, reasons = new Map();
    for (const sheet of sheets) reasons.set(sheet.problem, [...(reasons.get(sheet.problem) || []), name(sheet)]);
    return el('ul', {class: 'notes'}, [...reasons].map(([reason, names]) =>
      el('li', {title: names.join('\n')}, (names.length > 1 ? plural(names.length, 'sheet') : names[0]) + ': ' + reason)));
  }
}
