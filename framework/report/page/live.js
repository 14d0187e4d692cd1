// What a server tells while a run goes on.

/// A part of the page; asked for again where it may have changed since the page was made.
async function fresh(id, stale) {
  const data = part('data');
  await whole;
  if (!stale || !data.live) return part(id);
  try {
    const answer = await fetch('part/' + id);
    if (answer.ok) parts.set(id, await answer.json());
  } catch {
    // The server is gone: what is known stays.
  }
  return part(id);
}

function listen(model, tables, sheets) {
  const source = new EventSource('events?run=' + encodeURIComponent(model.run) + '&seen=' + model.seen);
  const banner = el('p', {class: 'banner', hidden: true}, 'The server does not answer: the page shows how things stood when it last did.');
  document.body.prepend(banner);
  let finished = model.counts[STATUS.hit] + model.counts[STATUS.done];
  const refresh = gathered(async () => tables.draw(await fresh('tables', true) || []), 3000);
  source.onopen = () => { banner.hidden = true; };
  source.onerror = () => { banner.hidden = false; };
  source.onmessage = async (event) => {
    const message = JSON.parse(event.data);
    if (message.reload) return location.reload();
    model.apply(message);
    const now = model.counts[STATUS.hit] + model.counts[STATUS.done];
    if (now !== finished || message.status !== 'running') refresh();
    finished = now;
    if (message.ended) sheets.draw(await fresh('sheets', true) || []);
  };
}
