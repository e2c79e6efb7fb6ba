/**
 * The console's script, which a browser runs: it keeps map and answer up to date, lets interfaces be clicked, marks on
 * the map what a trace passes, and lists packets as they are dropped. Plain JavaScript, so that nothing is built for it.
 */
export const SCRIPT = `'use strict';
const EVERY_MS = 2000;
const MOST_DROPS = 100;
const map = document.getElementById('map');
const answer = document.getElementById('answer');
const drops = document.getElementById('drops');
const form = document.getElementById('question');
const shown = new Map();
/** What was asked last; what somebody is typing is no question yet. */
let asked = query();

function query() {
  return new URLSearchParams(new FormData(form));
}

/** Replaces what has changed, and keeps what the reader has opened. */
function put(element, text) {
  if (shown.get(element) === text) return false;
  shown.set(element, text);
  const open = new Map([...element.querySelectorAll('details[id]')].map((one) => [one.id, one.open]));
  element.innerHTML = text;
  for (const [id, isOpen] of open) {
    const one = document.getElementById(id);
    if (one) one.open = isOpen;
  }
  return true;
}

function mark() {
  const trace = answer.querySelector('.trace');
  const passed = new Set((trace?.dataset.passed ?? '').split(' '));
  const lost = new Set((trace?.dataset.lost ?? '').split(' '));
  for (const one of map.querySelectorAll('[data-id]')) {
    const { id, end } = one.dataset;
    one.classList.toggle('lost', lost.has(id));
    one.classList.toggle('passed', passed.has(id) && !lost.has(id));
    one.classList.toggle('end', end !== undefined && (form.from.value === end || form.to.value === end));
  }
}

async function refresh() {
  try {
    const [fresh, explained] = await Promise.all(
      ['map', 'answer'].map(async (part) => {
        const response = await fetch('console/' + part + '?' + asked);
        return response.ok ? response.text() : undefined;
      }),
    );
    const changes = [fresh !== undefined && put(map, fresh), explained !== undefined && put(answer, explained)];
    if (changes.includes(true)) mark();
  } catch {
    put(answer, '<p class="bad">localvpc does not answer any more.</p>');
  }
}

async function again() {
  if (!document.hidden) await refresh();
  setTimeout(again, EVERY_MS);
}

map.addEventListener('click', (event) => {
  const end = event.target.closest('[data-end]')?.dataset.end;
  if (end === undefined) return;
  const asksForSecond = form.from.value !== '' && form.to.value === '' && form.from.value !== end;
  form.from.value = asksForSecond ? form.from.value : end;
  form.to.value = asksForSecond ? end : '';
  mark();
  if (asksForSecond) form.requestSubmit();
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  asked = query();
  history.replaceState(null, '', 'console?' + asked);
  refresh();
});

/** A packet between two interfaces is told of both: once is enough here. */
let last = { atMs: 0, packet: '', reason: '' };

function addDrop({ atMs, packet, interfaceId, reason, explanation, component }) {
  const isTold = packet === last.packet && reason === last.reason && atMs - last.atMs < 5;
  last = { atMs, packet, reason };
  if (isTold) return;
  const line = document.createElement('li');
  const head = document.createElement('b');
  head.textContent = new Date(atMs).toLocaleTimeString() + ' ' + packet;
  const why = document.createElement('div');
  const rule = component ? ' [' + component.id + ' ' + component.detail + ']' : '';
  why.textContent = interfaceId + ': ' + reason + ', ' + explanation + rule;
  line.append(head, why);
  drops.querySelector('.hint')?.remove();
  drops.prepend(line);
  while (drops.children.length > MOST_DROPS) drops.lastElementChild.remove();
}

/** Ends when the watch does: interfaces that come later are watched by the next one. */
async function watchOnce() {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), 30_000);
  try {
    const { body } = await fetch('drops', { signal: ending.signal });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\\n');
      rest = lines.pop();
      for (const line of lines) if (line !== '') addDrop(JSON.parse(line));
    }
  } catch {
  } finally {
    clearTimeout(timer);
  }
}

async function watch() {
  await watchOnce();
  setTimeout(watch, 100);
}

mark();
again();
watch();
`;
