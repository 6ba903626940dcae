import { curveStepAfter, line } from 'd3-shape';
import type { VNode } from 'preact';
import { howMany } from '../../model/text/how-many.ts';
import { longGap } from '../history/posture-history.ts';
import { html } from './html.ts';

const [width, height] = [640, 120];

/** The failures of one run. */
export interface TrendPoint {
  readonly startedAt: string;
  readonly failures: number;
}

interface Point {
  readonly time: number;
  readonly value: number;
  /** Nothing is known between the run before and this one. */
  readonly isGap?: true;
}

/** Failing results run by run. A time without runs is a gap, and never a line; each sweep that saw a failing machine is a tick. */
export function trendChart(runs: readonly TrendPoint[], sweeps: readonly string[] = []): VNode {
  const times = runs.map(({ startedAt }) => Date.parse(startedAt));
  const longest = longGap(times);
  const points = runs.flatMap(({ startedAt, failures }, index): readonly Point[] => {
    const [time, before] = [Date.parse(startedAt), times[index - 1]];
    const point = { time, value: failures };
    return before !== undefined && time - before > longest ? [{ ...point, isGap: true }, point] : [point];
  });
  const most = Math.max(1, ...points.map(({ value }) => value));
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const x = ({ time }: Pick<Point, 'time'>) => 30 + ((time - first) / Math.max(1, last - first)) * (width - 40);
  const y = ({ value }: Point) => height - 20 - (value / most) * (height - 35);
  const path =
    line<Point>()
      .defined(({ isGap }) => !isGap)
      .x(x)
      .y(y)
      .curve(curveStepAfter)(points) ?? '';
  const gaps = points.filter(({ isGap }) => isGap).length;
  const ticks = [...new Set(sweeps.map((at) => Math.round(x({ time: Date.parse(at) }))))].filter(
    (at) => at >= 30 && at <= width - 10,
  );
  const title = [
    `failing results in each run: at most ${most}, now ${points.at(-1)?.value ?? 0}`,
    ...(gaps > 0 ? [`${howMany(gaps, 'time')} without runs`] : []),
    ...(ticks.length > 0 ? ['ticks: sweeps that saw a failing machine'] : []),
  ].join('; ');

  return html`<svg class="chart" viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${title}>
    <line x1="30" y1=${height - 20} x2=${width - 10} y2=${height - 20} class="axis" />
    <text x="2" y="20">${most}</text>
    <text x="2" y=${height - 16}>0</text>
    <text x="30" y=${height - 4}>${day(first)}</text>
    <text x=${width - 10} y=${height - 4} text-anchor="end">${day(last)}</text>
    <path d=${path} class="curve" />
    ${ticks.map((at) => html`<line x1=${at} y1=${height - 26} x2=${at} y2=${height - 14} class="tick" />`)}
    ${runs.length <= 60 ? points.filter(({ isGap }) => !isGap).map((point) => html`<circle cx=${x(point)} cy=${y(point)} r="2.5" class="dot" />`) : undefined}
  </svg>
  ${gaps > 0 ? html`<p class="quiet">The line has ${howMany(gaps, 'gap')}: no run looked at that time.</p>` : undefined}
  ${ticks.length > 0 ? html`<p class="quiet">Ticks are sweeps that saw a failing machine.</p>` : undefined}`;
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
