'use strict';
// What every part of the page is made with. Text of graphs and data sets enters the page as text nodes only.

/// An element: properties, then children (elements or texts; null ones are left out).
function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/// A JSON element of the page, parsed when it is first asked for.
const parts = new Map();
function part(id) {
  if (!parts.has(id)) {
    const element = document.querySelector('script#' + id);
    parts.set(id, element ? JSON.parse(element.textContent) : null);
  }
  return parts.get(id);
}

/// The statuses of nodes, in the order of the numbers in their rows: how each is called in the style, and in words.
const STATUS_LIST = (part('data') || {}).statuses || [];
const STATUSES = STATUS_LIST.map((one) => one.name.replaceAll(' ', '-'));
const STATUS_WORDS = STATUS_LIST.map((one) => one.words);
const STATUS = Object.fromEntries(STATUSES.map((name, status) => [name, status]));

/// Settled when the whole page is there: the script runs before the parts that are looked at later.
const whole = new Promise((done) => {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', done);
  else done();
});

/// A section with its head; what stands in `aside` is set beside it.
function section(id, title, aside, ...children) {
  return el('section', {id}, el('header', {}, el('h2', {}, title), el('div', {class: 'aside'}, aside)), ...children);
}

function statusDot(status) { return el('i', {class: 'dot s-' + STATUSES[status], title: STATUS_WORDS[status]}); }

/// Calls `work` once `element` comes near the window.
function whenSeen(element, work) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    whole.then(work);
  }, {rootMargin: '300px'});
  observer.observe(element);
}

/// Calls of `work` within `milliseconds` of each other become one.
function gathered(work, milliseconds) {
  let timer = null;
  return () => {
    if (timer === null) timer = setTimeout(() => { timer = null; work(); }, milliseconds);
  };
}

/// A canvas of a size in CSS pixels, sharp on dense screens; returns its context.
function sized(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  const context = canvas.getContext('2d');
  context.scale(density, density);
  return context;
}

/// The value of a colour of the style, which knows light and dark.
function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }
function statusColour(status) { return colour(STATUSES[status]); }

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'copied';
  } catch {
    button.textContent = 'select it';
  }
  setTimeout(() => { button.textContent = 'copy'; }, 1500);
}

/// A command to type, with a button that copies it.
function commandBlock(text) {
  const button = el('button', {class: 'quiet', type: 'button', onclick: () => copy(text, button)}, 'copy');
  return el('div', {class: 'command'}, el('code', {}, text), button);
}
