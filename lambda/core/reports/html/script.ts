/** Filters what is there already: without it the page shows everything. It makes no request and reads nothing but the page. */
export const script = `
const form = document.querySelector('form');
const rows = [...document.querySelectorAll('[data-standing]')];
const sections = [...document.querySelectorAll('[data-cluster]')];
const shown = document.querySelector('output');
const texts = new Map([...rows, ...sections].map((each) => [each, each.textContent.toLowerCase()]));
function apply() {
  const words = form.elements.namedItem('text').value.toLowerCase().split(/\\s+/).filter(Boolean);
  const standings = new Set([...form.querySelectorAll('input[type=checkbox]:checked')].map((each) => each.value));
  for (const row of rows) {
    const section = row.closest('[data-cluster]');
    const all = texts.get(row) + ' ' + (section ? section.dataset.cluster.toLowerCase() : '');
    row.hidden = !standings.has(row.dataset.standing) || !words.every((word) => all.includes(word));
  }
  for (const section of sections) {
    const inside = rows.filter((row) => section.contains(row));
    const narrowed = words.length > 0 || form.querySelector('input[type=checkbox]:not(:checked)') !== null;
    section.hidden = narrowed && inside.every((row) => row.hidden) && !(standings.has('pass') && words.every((word) => texts.get(section).includes(word)));
  }
  shown.value = rows.filter((row) => !row.hidden).length + ' of ' + rows.length + ' results';
}
if (form) {
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  apply();
}
`;
