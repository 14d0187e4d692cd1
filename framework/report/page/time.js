// Devices over time: how many nodes ran at once, and which node each place of a device computed.

const LANE = 14, TOP = 46, GUTTER = 74;

class Time {
  constructor(model) {
    this.model = model;
    this.said = el('p', {class: 'said'}, ' ');
    this.canvas = el('canvas', {class: 'time', role: 'img', 'aria-label': 'devices over time'});
    this.place = el('div', {class: 'scroll tall'}, this.canvas);
    this.aside = el('span', {});
    this.element = section('time', 'Devices over time', this.aside, this.place, this.said);
    this.canvas.addEventListener('mousemove', (event) => this.point(event));
    this.canvas.addEventListener('click', (event) => { const bar = this.barAt(event); if (bar) openNode(bar.node); });
    const redraw = gathered(() => this.draw(), 400);
    whenSeen(this.element, () => { this.seen = true; this.draw(); new ResizeObserver(redraw).observe(this.place); });
    model.onchange(() => { if (this.seen) redraw(); });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  }

  /// Bars in the order of their starts, each in the first place of its device that is free.
  lay() {
    const model = this.model, bars = [], now = model.last;
    for (let node = 0; node < model.size; ++node) {
      const row = model.rows[node], status = row[ROW.status];
      if (!row[ROW.started] || status === STATUS.hit || row[ROW.started] < model.started) continue;
      const end = status === STATUS.running ? now : row[ROW.started] + (row[ROW.seconds] || 0);
      bars.push({node, from: row[ROW.started], to: Math.max(end, row[ROW.started]), slot: model.of(node, 'slot') || 'cpu'});
    }
    bars.sort((a, b) => a.from - b.from);
    const slots = new Map();
    for (const bar of bars) {
      if (!slots.has(bar.slot)) slots.set(bar.slot, []);
      const ends = slots.get(bar.slot);
      let place = ends.findIndex((end) => end <= bar.from + 0.002);
      if (place < 0) place = ends.push(0) - 1;
      ends[place] = bar.to;
      bar.place = place;
    }
    let first = 0;
    this.lanes = [...slots].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([slot, ends]) => {
      const lane = {slot, first, count: ends.length};
      first += ends.length + 0.5;
      return lane;
    });
    for (const bar of bars) bar.lane = this.lanes.find((lane) => lane.slot === bar.slot).first + bar.place;
    return bars;
  }

  draw() {
    const bars = this.bars = this.lay(), model = this.model;
    if (!bars.length) {
      this.place.replaceChildren(el('p', {class: 'muted'}, 'Nothing was computed: every result was there, or nothing ran yet.'));
      return;
    }
    if (!this.canvas.isConnected) this.place.replaceChildren(this.canvas);
    this.from = Math.min(model.started || Infinity, bars[0].from);
    this.to = Math.max(model.last, ...bars.map((bar) => bar.to).slice(-500), this.from + 1e-3);
    for (const bar of bars) this.to = Math.max(this.to, bar.to);
    const last = this.lanes[this.lanes.length - 1];
    this.width = Math.max(320, this.place.clientWidth);
    const context = sized(this.canvas, this.width, TOP + Math.ceil((last.first + last.count) * LANE) + 6);
    const busy = bars.reduce((sum, bar) => sum + bar.to - bar.from, 0);
    this.aside.textContent = `${plural(bars.length, 'node')} ran, ${duration(busy)} of work in ${duration(this.to - this.from)}`;
    this.drawAxis(context);
    this.drawUse(context, bars);
    const colours = STATUSES.map((one, status) => statusColour(status));
    for (const bar of bars) {
      context.fillStyle = colours[model.rows[bar.node][ROW.status]];
      const x = this.x(bar.from), width = Math.max(1, this.x(bar.to) - x - (this.x(bar.to) - x > 3 ? 1 : 0));
      context.fillRect(x, TOP + bar.lane * LANE, width, LANE - 3);
    }
    context.fillStyle = colour('muted');
    context.textAlign = 'right';
    for (const lane of this.lanes) context.fillText(lane.slot, GUTTER - 10, TOP + lane.first * LANE + 10);
  }

  x(time) { return GUTTER + (this.width - GUTTER - 8) * (time - this.from) / (this.to - this.from); }

  drawAxis(context) {
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = colour('muted');
    context.strokeStyle = colour('rule');
    context.textAlign = 'center';
    const whole = this.to - this.from;
    const most = Math.max(2, Math.min(8, this.width / 110));
    let step = Math.pow(10, Math.floor(Math.log10(whole / most)));
    for (const factor of [2, 2.5, 2]) if (whole / step > most) step *= factor;
    for (let at = 0; at <= whole * 1.0001; at += step) {
      const x = Math.round(this.x(this.from + at)) + 0.5;
      context.beginPath();
      context.moveTo(x, 14);
      context.lineTo(x, this.canvas.clientHeight);
      context.stroke();
      context.fillText(duration(at), Math.min(x, this.width - 20), 10);
    }
  }

  /// How many ran at once, as steps.
  drawUse(context, bars) {
    const changes = bars.flatMap((bar) => [[bar.from, 1], [bar.to, -1]]).sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    let most = 0, running = 0;
    for (const [, change] of changes) most = Math.max(most, running += change);
    const y = (count) => TOP - 8 - 22 * count / most;
    context.fillStyle = colour('tint');
    context.beginPath();
    context.moveTo(this.x(this.from), y(0));
    running = 0;
    for (const [time, change] of changes) {
      context.lineTo(this.x(time), y(running));
      context.lineTo(this.x(time), y(running += change));
    }
    context.lineTo(this.x(this.to), y(0));
    context.fill();
    context.fillStyle = colour('muted');
    context.textAlign = 'right';
    context.fillText(most + ' at once', GUTTER - 10, y(most) + 9);
  }

  barAt(event) {
    if (!this.bars) return null;
    const time = this.from + (event.offsetX - GUTTER) / (this.width - GUTTER - 8) * (this.to - this.from);
    const slack = 2 * (this.to - this.from) / this.width;
    return this.bars.find((bar) => event.offsetY >= TOP + bar.lane * LANE && event.offsetY < TOP + (bar.lane + 1) * LANE &&
                                   time >= bar.from - slack && time <= bar.to + slack);
  }

  point(event) {
    const bar = this.barAt(event);
    this.canvas.style.cursor = bar ? 'pointer' : 'default';
    this.said.textContent = bar ? `${this.model.name[bar.node]}: ${duration(bar.to - bar.from)} on ${bar.slot}, from ${duration(bar.from - this.from)}` : ' ';
  }
}
