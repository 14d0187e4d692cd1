// Every metric as a small plot of its curves; one at a time can be enlarged. Plots are drawn when they come into view.

const MOST_LINES = 24;
const LINE_COLOURS = ['#0f766e', '#b45309', '#4338ca', '#be185d', '#4d7c0f', '#0369a1', '#7c2d12', '#6d28d9'];
const LINE_COLOURS_DARK = ['#5eead4', '#fbbf24', '#a5b4fc', '#f9a8d4', '#bef264', '#7dd3fc', '#fdba74', '#c4b5fd'];

// The legend is ours; the library's own sets style attributes, which the page's policy refuses.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

class Curves {
  constructor(model) {
    this.model = model;
    this.metrics = [];
    this.drawn = new Map();
    this.filter = el('input', {type: 'search', placeholder: 'nodes to plot', 'aria-label': 'nodes to plot',
                               oninput: gathered(() => this.draw(), 250)});
    this.grid = el('div', {class: 'plots'});
    this.element = section('curves', 'Curves', this.filter, this.grid);
    whenSeen(this.element, () => this.load(part('curves') || []));
    model.onchange((message) => this.add(message.metrics || []));
    this.redraw = gathered(() => this.draw(), 1000);
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  load(metrics) {
    const late = this.metrics;
    this.metrics = metrics;
    this.loaded = true;
    for (const metric of late) for (const [node, ...points] of metric.curves) this.append(metric.name, node, points);
    this.draw();
  }

  /// Points a server told: [node, name, step, value].
  add(points) {
    for (const [node, name, step, value] of points) this.append(name, node, [step, value]);
    if (points.length && this.loaded) this.redraw();
  }

  append(name, node, points) {
    let metric = this.metrics.find((one) => one.name === name);
    if (!metric) this.metrics.push(metric = {name, curves: []});
    const curve = metric.curves.find((one) => one[0] === node);
    if (curve) curve.push(...points);
    else metric.curves.push([node, ...points]);
  }

  draw() {
    for (const plot of this.drawn.values()) plot.destroy();
    this.drawn.clear();
    const metrics = this.metrics.filter((metric) => metric.curves.some((curve) => curve.length > 3));  // a node, then steps and values
    if (!metrics.length)
      return this.grid.replaceChildren(el('p', {class: 'muted'}, 'No node has reported a metric over steps.'));
    const wanted = this.filter.value.toLowerCase();
    this.grid.replaceChildren(...metrics.map((metric) => {
      const curves = metric.curves.filter((curve) => this.model.name[curve[0]].toLowerCase().includes(wanted));
      return this.figure(metric, curves);
    }));
  }

  figure(metric, curves) {
    const shown = curves.slice(0, MOST_LINES), place = el('div', {class: 'plot'});
    const note = [curves.length > shown.length ? `${shown.length} of ${plural(curves.length, 'curve')}: name nodes above` : null,
                  metric.thinned ? 'thinned out' : null].filter((one) => one).join('; ');
    const colours = window.matchMedia('(prefers-color-scheme: dark)').matches ? LINE_COLOURS_DARK : LINE_COLOURS;
    const legend = el('ul', {class: 'legend lines'}, shown.slice(0, 8).map((curve, i) => {
      const mark = el('i', {class: 'line'});
      mark.style.background = colours[i % colours.length];
      return el('li', {}, el('button', {type: 'button', title: this.model.name[curve[0]], onclick: () => openNode(curve[0])}, mark, this.model.name[curve[0]]),
                el('output', {}));
    }));
    const step = el('span', {class: 'step'});
    const figure = el('figure', {class: 'curve'}, el('figcaption', {}, el('b', {}, metric.name), step), place, legend,
      shown.length > 8 ? el('p', {class: 'muted'}, `and ${shown.length - 8} more lines`) : null,
      note ? el('p', {class: 'muted'}, note) : null);
    if (!shown.length) place.append(el('p', {class: 'muted'}, 'no such node'));
    else whenSeen(place, () => this.plot(metric, shown, place, colours, legend, step));
    return figure;
  }

  plot(metric, curves, place, colours, legend, step) {
    const outputs = [...legend.querySelectorAll('output')];
    const say = (at, values) => {
      step.textContent = at === null ? '' : 'step ' + short(at);
      outputs.forEach((output, i) => { output.textContent = at === null ? '' : short(values[i]); });
    };
    const plot = new Dygraph(place, this.rows(curves), {
      labels: ['step', ...curves.map((curve, i) => 'c' + i)],
      colors: curves.map((curve, i) => colours[i % colours.length]),
      legend: 'never', connectSeparatedPoints: true, strokeWidth: 1.4, drawPoints: curves.every((curve) => curve.length < 5),
      pointSize: 3, highlightCircleSize: 3, gridLineColor: colour('rule'), axisLineColor: colour('rule'),
      axes: {x: {axisLabelFormatter: short, drawGrid: false}, y: {axisLabelFormatter: short, axisLabelWidth: 52}},
      axisLabelFontSize: 11, rightGap: 8, animatedZooms: false,
      highlightCallback: (event, at, points, row) => say(at, curves.map((curve, i) => { const p = points.find((one) => one.name === 'c' + i); return p ? p.yval : null; })),
      unhighlightCallback: () => say(null, []),
    });
    this.drawn.set(metric.name, plot);
  }

  /// One row a step: [step, value of each curve or null].
  rows(curves) {
    const rows = new Map();
    curves.forEach((curve, i) => {
      for (let at = 1; at + 1 < curve.length; at += 2) {
        if (!rows.has(curve[at])) rows.set(curve[at], [curve[at], ...curves.map(() => null)]);
        rows.get(curve[at])[i + 1] = curve[at + 1];
      }
    });
    return [...rows.values()].sort((a, b) => a[0] - b[0]);
  }
}
