import type { StatusReport } from './status.ts';

export interface StatusPage {
  readonly title: string;
  /** SVG. */
  readonly overview: string;
  /** SVG of each stage. */
  readonly stages: readonly { readonly name: string; readonly svg: string }[];
  /** Shown at once, before the page asks. */
  readonly status: StatusReport;
}

/** The page at `/`: self-contained, no network but `/status`, asked every second while the page is visible. */
export function statusPage({ title, overview, stages, status }: StatusPage): string {
  const links = LINKS.map(([path, name]) => `<a href="${path}">${name}</a>`).join('');
  const details = stages.map(
    ({ name, svg }) => `<details><summary>${escape(name)}</summary><div class="diagram">${svg}</div></details>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · topology</title>
<style>${STYLE}</style>
<header>
  <h1>${escape(title)}</h1>
  <p id="summary" role="status">connecting …</p>
  <nav>${links}</nav>
</header>
<main>
  <section id="tiles"></section>
  <section><h2>At a glance</h2><div class="diagram fit">${overview}</div></section>
  <section><h2>Stages</h2><div class="scroll"><table><thead><tr><th>stage<th>state<th>the last minute<th class="n">records/s<th class="n">processed<th class="n">lag<th class="n">tasks</thead><tbody id="stages"></tbody></table></div></section>
  <section class="half"><h2>Tables</h2><table><thead><tr><th>table<th class="n">rows<th class="n">version</thead><tbody id="tables"></tbody></table></section>
  <section class="half"><h2>Dead letters</h2><table><thead><tr><th>topic<th class="n">records</thead><tbody id="dead"></tbody></table></section>
  <section><h2>Operators of each stage</h2>${details.join('')}</section>
  <section><details><summary>Tasks</summary><div class="scroll"><table><thead><tr><th>stage<th>task<th>topics<th class="n">records/s<th class="n">processed<th class="n">lag<th>stores</thead><tbody id="tasks"></tbody></table></div></details></section>
</main>
<script>${SCRIPT}show(${JSON.stringify(status).replaceAll('<', '\\u003c')});
</script>
</html>
`;
}

const LINKS = [
  ['/health/live', 'live'],
  ['/health/ready', 'ready'],
  ['/metrics', 'metrics'],
  ['/status', 'status'],
  ['/topology.svg', 'SVG'],
  ['/topology.mmd', 'Mermaid'],
  ['/topology.json', 'JSON'],
] as const;

const STYLE = `
:root { color-scheme: light dark; --ink:#1f2933; --soft:#616e7c; --line:#e4e7eb; --paper:#fff; --back:#f5f7fa; --good:#2f855a; --bad:#c53030; --busy:#b7791f; --accent:#2563eb }
@media (prefers-color-scheme: dark) { :root { --ink:#e4e7eb; --soft:#9aa5b1; --line:#323f4b; --paper:#1f2933; --back:#141b22; --good:#68d391; --bad:#fc8181; --busy:#f6ad55; --accent:#60a5fa } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; align-items: baseline; padding: 1rem 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line) }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 0 0 .5rem } #summary { margin: 0; color: var(--soft); flex: 1 }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem } nav a { color: var(--soft) }
main { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 1.5rem; max-width: 1800px; margin: auto }
section { flex: 1 1 100%; min-width: 0; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1rem } section.half { flex: 1 1 22rem }
#tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; padding: 0; border: 0; background: none }
.tile { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem } .tile b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums } .tile span { color: var(--soft); font-weight: 400; font-size: .85rem } .tile.some b { color: var(--bad) }
.scroll { overflow-x: auto } .chart { width: 10rem; height: 1.6rem; display: block } .chart path { fill: var(--accent); opacity: .75 }
table { width: 100%; border-collapse: collapse } th { text-align: left; color: var(--soft); font-weight: 500; font-size: .85rem }
td, th { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere } .n { text-align: right; font-variant-numeric: tabular-nums }
.RUNNING { color: var(--good) } .ERROR, .PENDING_ERROR, .some { color: var(--bad); font-weight: 600 } .REBALANCING, .CREATED, .PENDING_SHUTDOWN { color: var(--busy) }
.diagram { overflow: auto; background: #fff; border-radius: 6px; padding: .5rem } .diagram svg { max-width: none; height: auto } .fit svg { display: block; margin: auto; max-width: 100%; min-width: 60rem } details + details { margin-top: .5rem } .none { color: var(--soft) } summary { cursor: pointer; font-weight: 600 }
`;

// Text goes in as text, never as markup: names come from outside.
const SCRIPT = `
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const cell = (value, kind) => { const td = document.createElement('td'); td.textContent = value ?? '–'; if (kind) td.className = kind; return td };
const count = (value) => cell(value == null ? null : number.format(value), 'n');
const fill = (id, rows, empty) => {
  const body = document.getElementById(id);
  if (!rows.length) { const td = cell(empty, 'none'); td.colSpan = 9; rows = [[td]] }
  body.replaceChildren(...rows.map((cells) => { const tr = document.createElement('tr'); tr.append(...cells); return tr }));
};
const time = (ms) => { const s = Math.floor(ms / 1000); return s < 60 ? s + ' s' : s < 3600 ? Math.floor(s / 60) + ' min ' + (s % 60) + ' s' : Math.floor(s / 3600) + ' h ' + Math.floor(s / 60 % 60) + ' min' };
const sum = (list, of) => list.reduce((total, one) => total + (of(one) ?? 0), 0);
const history = new Map();
const chart = (name, rate) => {
  const rates = history.get(name) ?? [];
  history.set(name, rates);
  rates.push(rate);
  if (rates.length > 60) rates.shift();
  const highest = Math.max(1, ...rates);
  const points = rates.map((r, i) => 'L' + (60 - rates.length + i) + ' ' + (20 - (20 * r) / highest).toFixed(1));
  const td = cell('');
  td.innerHTML = '<svg class="chart" viewBox="0 0 59 20" preserveAspectRatio="none" aria-hidden="true"><path/></svg>';
  td.querySelector('path').setAttribute('d', 'M' + (60 - rates.length) + ' 20' + points.join('') + 'L59 20Z');
  return td;
};
const tile = (value, name, kind) => {
  const div = document.createElement('div');
  const [b, span] = [document.createElement('b'), document.createElement('span')];
  b.textContent = number.format(value);
  span.textContent = name;
  div.className = kind ? 'tile ' + kind : 'tile';
  div.append(b, span);
  return div;
};
const inDiagram = (kind, name, text, colour) => {
  const box = document.getElementById(kind + '_' + name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, ''));
  if (!box) return;
  const line = box.querySelector('text:last-of-type');
  const shape = box.querySelector('path, polygon');
  if (line && shape) {
    const { x, width } = shape.getBBox();
    line.setAttribute('x', x + width / 2);
    line.setAttribute('text-anchor', 'middle');
    line.textContent = text;
  }
  if (shape && colour) shape.setAttribute('stroke', colour);
};
const COLOURS = { RUNNING: '#2f855a', ERROR: '#c53030', PENDING_ERROR: '#c53030' };
const show = (status) => {
  document.getElementById('summary').textContent = 'up ' + time(status.uptimeMs);
  const dead = sum(status.deadLetters, (d) => d.records);
  document.getElementById('tiles').replaceChildren(
    tile(sum(status.stages, (s) => s.rate), 'records/s'),
    tile(sum(status.stages, (s) => s.processed), 'records processed'),
    tile(sum(status.stages, (s) => s.lag), 'records behind'),
    tile(sum(status.tables, (t) => t.rows), 'rows in ' + status.tables.length + ' tables'),
    tile(dead, 'dead letters', dead ? 'some' : ''),
  );
  for (const s of status.stages) inDiagram('stage', s.name, s.state === 'RUNNING' ? number.format(s.rate) + '/s · ' + number.format(s.lag ?? 0) + ' behind' : s.state.toLowerCase(), COLOURS[s.state] ?? '#b7791f');
  for (const t of status.tables) inDiagram('table', t.name, number.format(t.rows) + ' rows');
  fill('stages', status.stages.map((s) => [cell(s.name), cell(s.error ? s.state + ': ' + s.error : s.state, s.state), chart(s.name, s.rate), count(s.rate), count(s.processed), count(s.lag), count(s.tasks.length)]), 'no stages');
  fill('tables', status.tables.map((t) => [cell(t.name), count(t.rows), count(t.version)]), 'no tables yet');
  fill('dead', status.deadLetters.map((d) => [cell(d.topic), cell(number.format(d.records), d.records ? 'n some' : 'n')]), 'none');
  fill('tasks', status.stages.flatMap((s) => s.tasks.map((t) => [cell(s.name), cell(t.id), cell(t.topics.join(', ')), count(t.rate), count(t.processed), count(t.lag), cell(t.stores.join(', '))])), 'no tasks');
};
const tick = async () => {
  if (!document.hidden) {
    try { show(await (await fetch('/status')).json()) }
    catch { document.getElementById('summary').textContent = 'the application does not answer' }
  }
  setTimeout(tick, 1000);
};
setTimeout(tick, 1000);
`;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
