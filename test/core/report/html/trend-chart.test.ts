import { renderToString } from 'preact-render-to-string';
import { expect, it } from 'vitest';
import { trendChart } from '../../../../lambda/core/report/html/history-page.ts';
import { html } from '../../../../lambda/core/report/html/html.ts';

const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();
const chartOf = (days: readonly number[], sweeps: readonly number[] = []) =>
  renderToString(
    html`<div>${trendChart(
      days.map((day) => ({ startedAt: at(day), failures: day % 3 })),
      sweeps.map((day) => at(day + 0.5)),
    )}</div>`,
  );
/** Pieces of the line: each begins with a move. */
const pieces = (page: string) => /<path d="([^"]*)"/.exec(page)?.[1]?.match(/M/g)?.length ?? 0;

it('draws no line across a time without runs, and says so in words', () => {
  expect(pieces(chartOf([1, 2, 3, 4]))).toBe(1);
  expect(chartOf([1, 2, 3, 4])).not.toContain('gap');
  const gaps = chartOf([1, 2, 3, 34, 35, 60]);
  expect(pieces(gaps)).toBe(3);
  expect(gaps).toContain('2 times without runs');
  expect(gaps).toContain('<p class="quiet">The line has 2 gaps: no run looked at that time.</p>');
  expect(gaps.match(/<circle/g)).toHaveLength(6);
});

it('marks each sweep that saw a failing machine within the period, and none outside', () => {
  const page = chartOf([1, 2, 3, 4], [1, 1, 2, 9]);
  expect(page.match(/class="tick"/g)).toHaveLength(2);
  expect(page).toContain('ticks: sweeps that saw a failing machine');
  expect(chartOf([1, 2, 3])).not.toContain('tick');
});

it('needs no run at all', () => {
  expect(pieces(chartOf([]))).toBe(0);
  expect(pieces(chartOf([5]))).toBe(1);
});
