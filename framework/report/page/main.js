// Puts the page together. What is dear waits until it comes into view.

function showRun(data) {
  const model = new Model(data);
  document.title = (data.title || data.graph || 'Run') + ' · Retort';
  const nodes = new Nodes(model);
  const head = new Head(model, (status) => nodes.only(status));
  const tables = new Tables(model), graph = new GraphView(model, new Cells(model));
  const curves = new Curves(model), sheets = new Sheets(model), time = new Time(model);
  detail = new Detail(model);
  const sections = [tables, graph, curves, sheets, time, nodes];
  const links = sections.map((one) => [one, el('a', {href: '#' + one.element.id}, one.element.querySelector('h2').textContent)]);
  const nav = el('nav', {}, links.map(([one, link]) => { link.hidden = one.element.hidden; return link; }));
  document.body.append(nav, el('main', {}, head.element, sections.map((one) => one.element),
    el('footer', {}, 'Made by Retort ' + data.version + ' on ' + moment(data.made) + (data.store ? ' from ' + data.store : ''))), detail.element);
  graph.drawLines();
  if (data.live) listen(model, tables, sheets);
}

(() => {
  const data = part('data');
  if (data.runs) showRuns(data);
  else showRun(data);
  performance.mark('retort-drawn');
})();
