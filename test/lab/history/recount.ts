import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Open {
  readonly control: string;
  readonly group: string;
  readonly standing: string;
}

type Line = Readonly<Record<'run' | 'startedAt' | 'account' | 'region' | 'cluster' | 'status', string>> &
  Readonly<Record<'nodes' | 'unreadable' | 'moreOpen' | 'runGaps', number>> & {
    readonly complete: boolean;
    readonly open: readonly Open[];
    readonly groups: readonly string[];
  };

type Swept = Readonly<Partial<Record<'instanceId' | 'launchedAt' | 'begunAt', string>>> &
  Readonly<Partial<Record<'judged' | 'notJudged', object>>>;

const linesOf = <Each>(folder: string): readonly Each[] =>
  globSync('**/*.jsonl', { cwd: folder })
    .toSorted()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line));

const failing = ({ open }: Line): readonly Open[] => open.filter(({ standing }) => standing === 'fail');
const nameOf = ({ account, region, cluster }: Line): string => `${account}/${region}/${cluster}`;
const sum = (lines: readonly Line[], of: (line: Line) => number): number =>
  lines.reduce((total, line) => total + of(line), 0);
const readOf = ({ nodes, unreadable }: Line): number => nodes - unreadable;

/** What a page of a history has to say, counted from the stored objects with none of the program's code. */
export function recount(folder: string) {
  const byRun = Map.groupBy(linesOf<Line>(join(folder, 'history')), ({ run }) => run);
  const runs = [...byRun.values()].toSorted(([one], [other]) => ((one?.run ?? '') < (other?.run ?? '') ? -1 : 1));
  const ended: string[][] = [];
  const open = new Map<string, string[]>();
  for (const line of runs.flat()) {
    const { startedAt, status, complete, moreOpen, groups } = line;
    const keyOf = ({ group, control }: Open) => [nameOf(line), group, control].join('\n');
    for (const each of failing(line))
      if (!open.has(keyOf(each))) open.set(keyOf(each), [nameOf(line), each.group, each.control, startedAt]);
    const named = line.open.map(keyOf);
    if (status !== 'gone' && !(status === 'done' && complete && moreOpen === 0)) continue;
    for (const [key, episode] of open) {
      const [cluster, group = ''] = episode;
      if (cluster !== nameOf(line) || named.includes(key)) continue;
      open.delete(key);
      const isGone = status === 'gone' || !groups.includes(group);
      ended.push([...episode, isGone ? `not fixed: gone ${startedAt}` : startedAt]);
    }
  }
  const stillOpen = [...open.values()].map((each) => [...each, 'open']);

  const census = linesOf<Swept>(join(folder, 'census'));
  const machines = census.filter(({ instanceId }) => instanceId);
  const lives = [...Map.groupBy(machines, ({ instanceId, launchedAt }) => `${instanceId} ${launchedAt}`).values()];
  const begun = lives.filter((all) => all.some(({ judged, notJudged }) => judged ?? notJudged));
  const { begunAt = '' } = census[0] ?? {};
  const before = runs.findLast(([line]) => (line?.startedAt ?? '') <= begunAt) ?? [];
  return {
    runs: runs.map((lines) => {
      const there = lines.filter(({ status }) => status !== 'gone');
      const whole = there.filter((line) => line.status === 'done' && line.complete && line.unreadable === 0);
      const [{ run, startedAt, runGaps } = { run: '', startedAt: '', runGaps: 0 }] = lines;
      const failures = sum(lines, (line) => failing(line).length);
      const read = `${sum(lines, readOf)} of ${sum(lines, ({ nodes }) => nodes)}`;
      return [run, startedAt, failures, there.length, there.length - whole.length, runGaps, read].map(String);
    }),
    episodes: [...ended, ...stillOpen].toSorted(([, , , one = ''], [, , , other = '']) => (one < other ? -1 : 1)),
    clusters: (runs.at(-1) ?? []).map((line) => {
      const of = (all: readonly string[][]) => all.filter(([cluster]) => cluster === nameOf(line)).length;
      const fixed = ended.filter(([, , , , end]) => !end?.startsWith('not fixed'));
      return [nameOf(line), String(of(stillOpen)), String(of(fixed)), `${readOf(line)} of ${line.nodes}`];
    }),
    lived: sum(before, ({ nodes }) => nodes) + begun.length,
    judged: sum(before, readOf) + begun.filter((all) => all.some(({ judged }) => judged)).length,
  };
}

/** The rows of each table of a page, as texts. */
export function tablesOf(page: string): readonly (readonly (readonly string[])[])[] {
  const cells = (row: string) =>
    [...row.matchAll(/<t[hd].*?<\/t[hd]>/gs)].map(([cell]) => cell.replace(/<[^>]+>/g, '').trim());
  const tables = [...page.matchAll(/<table.*?<\/table>/gs)];
  return tables.map(([table]) => [...table.matchAll(/<tr.*?<\/tr>/gs)].slice(1).map(([row]) => cells(row)));
}
