/** The page at `/`: self-contained, no network but `/status`, asked every second while the page is visible. */
export function statusPage(title: string, diagram: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · topology</title>
<style>${STYLE}</style>
<header>
  <h1>${escape(title)}</h1>
  <p id="summary" role="status">connecting …</p>
  <nav><a href="/health/ready">health</a><a href="/metrics">metrics</a><a href="/status">status</a><a href="/topology.svg">diagram</a></nav>
</header>
<main>
  <section><h2>Stages</h2><table><thead><tr><th>stage<th>state<th class="n">records/s<th class="n">processed<th class="n">lag<th class="n">tasks</thead><tbody id="stages"></tbody></table></section>
  <section class="half"><h2>Tables</h2><table><thead><tr><th>table<th class="n">rows<th class="n">version</thead><tbody id="tables"></tbody></table></section>
  <section class="half"><h2>Dead letters</h2><table><thead><tr><th>topic<th class="n">records</thead><tbody id="dead"></tbody></table></section>
  <section><h2>Topology</h2><div class="diagram">${diagram}</div></section>
  <section><details><summary>Tasks</summary><table><thead><tr><th>stage<th>task<th>topics<th class="n">records/s<th class="n">processed<th class="n">lag<th>stores</thead><tbody id="tasks"></tbody></table></details></section>
</main>
<script>${SCRIPT}</script>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink:#1f2933; --soft:#616e7c; --line:#e4e7eb; --paper:#fff; --back:#f5f7fa; --good:#2f855a; --bad:#c53030; --busy:#b7791f }
@media (prefers-color-scheme: dark) { :root { --ink:#e4e7eb; --soft:#9aa5b1; --line:#323f4b; --paper:#1f2933; --back:#141b22; --good:#68d391; --bad:#fc8181; --busy:#f6ad55 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; align-items: baseline; padding: 1rem 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line) }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 0 0 .5rem } #summary { margin: 0; color: var(--soft); flex: 1 }
nav a { color: var(--soft); margin-left: 1rem }
main { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 1.5rem; max-width: 1800px; margin: auto }
section { flex: 1 1 100%; min-width: 0; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1rem } section.half { flex: 1 1 26rem }
table { width: 100%; border-collapse: collapse } th { text-align: left; color: var(--soft); font-weight: 500; font-size: .85rem }
td, th { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere } .n { text-align: right; font-variant-numeric: tabular-nums }
.RUNNING { color: var(--good) } .ERROR, .PENDING_ERROR, .some { color: var(--bad); font-weight: 600 } .REBALANCING, .CREATED, .PENDING_SHUTDOWN { color: var(--busy) }
.diagram { overflow: auto; background: #fff; border-radius: 6px; padding: .5rem } .diagram svg { max-width: none; height: auto } .none { color: var(--soft) } summary { cursor: pointer; font-weight: 600 }
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
const show = (status) => {
  const rate = status.stages.reduce((sum, stage) => sum + stage.rate, 0);
  document.getElementById('summary').textContent = number.format(rate) + ' records/s · up ' + time(status.uptimeMs);
  fill('stages', status.stages.map((s) => [cell(s.name), cell(s.error ? s.state + ': ' + s.error : s.state, s.state), count(s.rate), count(s.processed), count(s.lag), count(s.tasks.length)]), 'no stages');
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
tick();
`;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
