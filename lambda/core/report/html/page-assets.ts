/** The page's own style: nothing is loaded from anywhere. Each pair of colours has a contrast of at least 4.5. */
export const style = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --panel: #f6f8fa; --link: #0550ae;
  --fail: #ffebe9; --on-fail: #a40e26; --warn: #fff1d6; --on-warn: #7a4d00; --unknown: #e7ebf0; --on-unknown: #3d444d;
  --waived: #f1e8ff; --on-waived: #5b21b6; --pass: #dcf5e3; --on-pass: #0f5323; --api: #ffe8d6; --on-api: #9a3f00; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --quiet: #9da7b1; --line: #3d444d; --panel: #161b22; --link: #79c0ff;
  --fail: #4c1519; --on-fail: #ffb3ae; --warn: #3d2e00; --on-warn: #f2cc60; --unknown: #2d333b; --on-unknown: #d1d9e0;
  --waived: #2e1f4d; --on-waived: #d8c2ff; --pass: #10341f; --on-pass: #8ddb9c; --api: #43230d; --on-api: #ffb37a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
header, footer, .page { max-width: 96rem; margin: 0 auto; padding: 0 1.25rem; }
.page:has(nav) { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: 2rem; } main { min-width: 0; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1.25rem 0; font-size: .9rem; } nav ul { list-style: none; margin: 0; padding: 0; } nav .part-of { padding-left: .9rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .25rem 0 .5rem; max-width: 64rem; }
h2 { font-size: 1.2rem; margin: 1.4rem 0 .5rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.75rem 0 .5rem; }
h4 { font-size: .95rem; margin: 1.25rem 0 .35rem; }
p { margin: .35rem 0 .75rem; max-width: 60rem; }
a { color: var(--link); }
.product, .quiet, caption, dt { color: var(--quiet); }
.product { font-weight: 600; letter-spacing: .02em; }
caption { text-align: left; padding: 0 0 .35rem; font-size: .9rem; }
.bar { display: block; width: 100%; height: .5rem; } .all-nodes .bar { height: 1.9rem; } section > .bar { max-width: 30rem; } td .bar { width: 4rem; height: .4rem; margin-left: auto; }
.bar text { font-size: 15px; font-weight: 600; fill: var(--page); }
.bar .strangers-get-in { fill: var(--on-fail); }
.bar .api-server-not-authenticated { fill: var(--on-api); }
.bar .refuses-api-server { fill: var(--on-warn); }
.bar .not-read { fill: var(--on-unknown); }
.bar .waived { fill: var(--on-waived); }
.bar .closed { fill: var(--on-pass); }
.bar .run-by-aws { fill: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .4rem 0 .6rem; padding: 0; font-size: .92rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2rem; }
.doors { width: 100%; min-width: 38rem; max-width: 52rem; height: auto; font-size: 13px; } .doors rect { fill: var(--panel); stroke: var(--quiet); } .doors text { fill: var(--text); } .arrow { fill: none; stroke: var(--quiet); }
.doors .strangers-get-in rect { fill: var(--fail); stroke: var(--on-fail); }
.doors .strangers-get-in text { fill: var(--on-fail); font-weight: 600; }
.doors .api-server-not-authenticated rect { fill: var(--api); }
.doors .api-server-not-authenticated text { fill: var(--on-api); }
.doors :is(.not-read, .refuses-api-server) rect { fill: var(--unknown); }
.doors .waived rect { fill: var(--waived); }
.doors .waived text { fill: var(--on-waived); }
.doors .closed rect { fill: var(--pass); }
.doors .closed text { fill: var(--on-pass); }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--panel); font-weight: 600; overflow-wrap: break-word; }
tbody th { font-weight: 500; }
.nodes { table-layout: fixed; } .nodes thead th { white-space: nowrap; } .narrow { width: 6rem; } .part { width: 16%; } .wide { width: 24%; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.heat { width: auto; }
.heat th, .heat td { border: 1px solid var(--line); }
.heat thead th { vertical-align: bottom; }
.heat .control span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; font-weight: 500; padding: .2rem 0; }
.heat thead th { white-space: nowrap; } .heat td, .heat tbody th { vertical-align: middle; }
.heat td { text-align: center; padding: .3rem .15rem; min-width: 3.1rem; font-size: .78rem; line-height: 1.25; overflow-wrap: normal; }
.heat tbody th { white-space: nowrap; }
:is(.tag, td):is(.fail, .strangers-get-in) { background: var(--fail); color: var(--on-fail); }
:is(.tag, td):is(.warn, .refuses-api-server) { background: var(--warn); color: var(--on-warn); }
:is(.tag, td):is(.unknown, .not-read) { background: var(--unknown); color: var(--on-unknown); }
:is(.tag, td).waived { background: var(--waived); color: var(--on-waived); }
:is(.tag, td):is(.pass, .closed) { background: var(--pass); color: var(--on-pass); } :is(.not-applicable, .run-by-aws) { color: var(--quiet); }
:is(.tag, td).api-server-not-authenticated { background: var(--api); color: var(--on-api); } td.state { min-width: 6.5rem; }
.tag { display: inline-block; border-radius: .3rem; padding: 0 .45rem; font-size: .82rem; font-weight: 600; white-space: nowrap; }
td.fail, td.warn { font-weight: 600; }
.result { border: 1px solid var(--line); border-radius: .5rem; padding: .35rem .8rem; margin: .35rem 0; }
.result h4 { display: inline; margin: 0; } .result > summary .quiet { font-size: .85rem; font-weight: 400; }
pre { white-space: pre-wrap; background: var(--panel); border: 1px solid var(--line); border-radius: .3rem; padding: .4rem .6rem; margin: .2rem 0; font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.fix { border-left: 3px solid var(--line); padding: .1rem 0 .1rem .8rem; margin: .5rem 0 .8rem; }
.fix p { margin: .15rem 0; }
.chart { width: 100%; max-width: 52rem; height: auto; font-size: 10px; } .chart text { fill: var(--quiet); } .axis { stroke: var(--line); } .curve { fill: none; stroke: var(--on-fail); stroke-width: 2; } .dot { fill: var(--on-fail); } .tick { stroke: var(--on-warn); stroke-width: 2; }
code, .value { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .82rem; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 500; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.1rem; align-items: center; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; position: sticky; top: 0; z-index: 1; }
input[type="search"] { font: inherit; padding: .3rem .5rem; min-width: 0; width: 16rem; max-width: 100%; color: var(--text); background: var(--page); border: 1px solid var(--quiet); border-radius: .3rem; }
select { font: inherit; max-width: 100%; min-width: 0; color: var(--text); background: var(--page); border: 1px solid var(--quiet); border-radius: .3rem; padding: .25rem; }
.rest { font-size: 1.02rem; } .owner { display: block; } .deep, .deep a { text-decoration: none; color: inherit; } .deep:is(p) { font-size: .85rem; color: var(--quiet); } td a { color: inherit; } :target { outline: 2px solid var(--link); }
.sort { font: inherit; font-weight: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; } .sort::after { content: ' ↕'; color: var(--quiet); } [aria-sort=ascending] .sort::after { content: ' ↑'; } [aria-sort=descending] .sort::after { content: ' ↓'; }
.copy { font: inherit; font-size: .8rem; color: var(--link); background: var(--page); border: 1px solid var(--line); border-radius: .3rem; padding: 0 .5rem; cursor: pointer; }
label { display: inline-flex; gap: .35rem; align-items: center; max-width: 100%; }
[hidden] { display: none !important; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0; } dd { margin: 0; }
footer { margin-top: 3rem; padding-bottom: 2rem; color: var(--quiet); font-size: .87rem; }
@media (max-width: 64rem) { .page:has(nav) { display: block; } nav { z-index: 2; max-height: none; overflow: auto hidden; background: var(--page); border-bottom: 1px solid var(--line); padding: .4rem 0; } nav ul { display: flex; gap: 1rem; white-space: nowrap; } nav .part-of { padding: 0; } form { position: static; } }
@media (max-width: 40rem) { .chart { font-size: 18px; } body { overflow-wrap: break-word; } .value, code, pre { overflow-wrap: anywhere; } ul { padding-left: 1.2rem; } h1 { font-size: 1.35rem; } header, footer, .page { padding-left: .8rem; padding-right: .8rem; } .scroll :is(th, td) { padding: .38rem .3rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  table.nodes thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
  table.nodes colgroup { display: none; } table.nodes, table.nodes tbody, table.nodes tr, table.nodes td, table.nodes th { display: block; border: 0; padding: .1rem 0; }
  table.nodes tr { border-bottom: 1px solid var(--line); padding: .45rem 0; }
  table.nodes td::before { content: attr(data-label) ": "; color: var(--quiet); } table.nodes td:empty { display: none; } }
@page { margin: 14mm 12mm; }
@media print { :root { font-size: 9pt; --page: #fff; --text: #000; --quiet: #444; --line: #bbb; --panel: #f3f3f3; --link: #000;
  --fail: #ffe1de; --on-fail: #8c0a1f; --warn: #ffefcc; --on-warn: #5e3c00; --unknown: #e4e4e4; --on-unknown: #222; --waived: #efe4ff; --on-waived: #43168f; --pass: #def4e4; --on-pass: #0b3f1b; color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 8pt; line-height: 1.2; } .page:has(nav) { display: block; } .rest { font-size: 9pt; } .owner { display: inline; } [data-cluster] details:not(.result, .kept) { display: none; } nav, .pasted { display: none; } .all-nodes .bar { height: 16pt; } .legend { gap: 0 8pt; font-size: 7pt; margin: 2pt 0; } th, td { padding: .6pt 3pt; } p { margin: 1pt 0 2pt; } ul { margin: 2pt 0; } .result { padding: 2pt 5pt 0; margin: 3pt 0; } .fix { margin: 2pt 0 3pt; padding-left: 5pt; } dl { gap: 0 6pt; margin: 2pt 0; } h4 { margin: 5pt 0 2pt; } h3 { margin: 8pt 0 3pt; } header, footer, .page { max-width: none; padding: 0; } h1 { font-size: 14pt; } h2 { font-size: 11pt; margin: 7pt 0 2pt; break-after: avoid; } h3, h4 { break-after: avoid; }
  form, .copy, p.deep, .sort::after { display: none; } summary { list-style: none; } .tag { font-size: inherit; padding: 0 2pt; } .bar text { font-size: 8pt; } a { text-decoration: none; } .scroll { overflow: visible; } table { font-size: 6.6pt; line-height: 1.17; } .value { font-size: 6.2pt; } .fix, dl, footer { font-size: 6.7pt; } .part { width: 13%; } .narrow { width: 4rem; } .heat { width: 100%; } .heat td { min-width: 0; font-size: 5.5pt; padding: 2pt 0; } .heat th { padding: 2pt 3pt; font-size: 7pt; } .heat tbody th { white-space: normal; }
  thead { display: table-header-group; } tr, p, li, dl, .all-nodes, .fix, .chart, .doors { break-inside: avoid; } :is(h1, h2, h3, h4) + p, summary { break-after: avoid; } .result { padding-bottom: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; } }
`;

/** Filters what is there already: without it the page shows everything. It makes no request and reads nothing but the page. */
export const script = `
const form = document.querySelector('form');
const results = [...document.querySelectorAll('[data-standing]')];
const sections = [...document.querySelectorAll('[data-cluster]')];
const shown = document.querySelector('output');
const rowsOf = new Map(results.map((each) => [each, [...each.querySelectorAll('tr[data-groups]')]]));
const wordsOf = (element) => [element.textContent, element.dataset.words, element.closest('[data-cluster]')?.dataset.cluster].join(' ').toLowerCase();
const titleOf = (result) => (result.querySelector('summary')?.textContent ?? '').toLowerCase();
const texts = new Map([...results, ...results.flatMap((each) => rowsOf.get(each)), ...sections].map((each) => [each, wordsOf(each)]));
const has = (row, list, value) => value === '' || (row.dataset[list] ?? 'none').split(' ').includes(value);
function apply() {
  const words = form.elements.namedItem('text').value.toLowerCase().split(/\\s+/).filter(Boolean);
  const standings = new Set([...form.querySelectorAll('input[type=checkbox]:checked')].map((each) => each.value));
  const [severity, owner, group, cluster] = ['severity', 'owner', 'group', 'cluster'].map((name) => form.elements.namedItem(name)?.value ?? '');
  const fits = (row) => has(row, 'owners', owner) && has(row, 'groups', group);
  for (const result of results) {
    const rows = rowsOf.get(result);
    // A row has its result's title and its cluster, too. A result without a row that fits is empty.
    for (const row of rows) row.hidden = !fits(row) || !words.every((word) => (titleOf(result) + texts.get(row)).includes(word));
    const isIn = cluster === '' || (result.closest('[data-cluster]') ?? result).dataset.place === cluster;
    result.hidden =
      !isIn ||
      !standings.has(result.dataset.standing) ||
      (result.dataset.severity !== undefined && !has(result, 'severity', severity)) ||
      !fits(result) ||
      (rows.length > 0 ? rows.every((row) => row.hidden) : !words.every((word) => texts.get(result).includes(word)));
  }
  for (const section of sections) {
    const inside = results.filter((result) => section.contains(result));
    const chosen = severity + owner + group !== '';
    const narrowed = chosen || words.length > 0 || form.querySelector('input[type=checkbox]:not(:checked)') !== null;
    const isElsewhere = cluster !== '' && section.dataset.place !== cluster;
    section.hidden = isElsewhere || (narrowed && inside.every((result) => result.hidden) && !(!chosen && standings.has('pass') && words.every((word) => texts.get(section).includes(word))));
  }
  shown.value = results.filter((result) => !result.hidden).length + ' of ' + results.length + ' results';
}
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) if (each.localName === 'details') each.open = true;
  target?.scrollIntoView();
}
addEventListener('hashchange', reveal);
if (location.hash) reveal();
if (form) {
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  apply();
}
for (const head of document.querySelectorAll('table thead tr:only-child th')) {
  const body = head.closest('table').tBodies[0];
  if (!body || body.rows.length < 3) continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'sort';
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => {
    const down = head.getAttribute('aria-sort') === 'ascending';
    for (const each of head.parentElement.cells) each.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const textAt = (row) => row.cells[head.cellIndex]?.textContent.trim() ?? '';
    // A row that counts what is left out stays the last.
    const [whole, rest] = [true, false].map((isWhole) => [...body.rows].filter((row) => isWhole === (row.cells.length === head.parentElement.cells.length)));
    const sorted = whole.sort((one, other) => textAt(one).localeCompare(textAt(other), undefined, { numeric: true }));
    body.append(...(down ? sorted.reverse() : sorted), ...rest);
  });
}
if (navigator.clipboard)
  for (const text of document.querySelectorAll('.copied')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    });
    text.after(' ', button);
  }
`;
