import {
  type goneMemoryPrefix,
  historyPrefix,
  itemsFile,
  latestPrefix,
  memoryPrefix,
  runPrefix,
  statementPrefix,
  type sweepMemoryPrefix,
  sweepPrefix,
} from '../../contract/names.ts';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import type { Place } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { sumsFile } from '../../core/model/text/checksum-line.ts';
import type { RunItem } from '../../core/run/item.ts';
import { statementNamePattern } from '../../core/run/signed/run-statement.ts';
import type { SweepItemName } from '../../flow/sweep/ports.ts';

const runIdPattern = /^[A-Za-z0-9_-]{1,80}$/;

/** The keys of everything in one run. Only checked names of runs, accounts, Regions and clusters become part of a key. */
export function runKeys(runId: string) {
  const run = `${runPrefix}${checked('run id', runId, runIdPattern)}/`;

  return {
    folder: run,
    checksums: `${run}${sumsFile}`,
    items: `${run}${itemsFile}`,
    discovery: `${run}discovery.json`,
    summary: `${run}summary.json`,
    manifest: `${run}manifest.json`,
    report: `${run}report.html`,
    markdown: `${run}report.md`,
    results: `${run}results/`,
    page: (item: RunItem) => `${run}results/${placeOf(item)}/${nameOf(item)}.html`,
    answers: `${run}answers/`,
    answer: (item: RunItem) => `${run}answers/${placeOf(item)}/${nameOf(item)}.json`,
    result: (item: RunItem) => `${run}results/${placeOf(item)}/${nameOf(item)}.json.gz`,
    parts: (item: RunItem) => ({
      listed: `${run}parts/${placeOf(item)}/${nameOf(item)}/listed.json`,
      part: (step: number) => `${run}parts/${placeOf(item)}/${nameOf(item)}/part-${step}.jsonl.gz`,
    }),
    ocsf: (item: RunItem) => `${run}ocsf/${placeOf(item)}/${nameOf(item)}.jsonl.gz`,
  };
}

export const latestKeys = { report: `${latestPrefix}report.html`, markdown: `${latestPrefix}report.md` };

export function sweepKeys({ sweepAt, ...item }: SweepItemName) {
  const of = (folder: string) =>
    `${sweepFolder(sweepAt)}${folder}/${placeOf(item)}/${checked('cluster', item.cluster, clusterPattern)}/${item.part}`;

  return { answer: `${of('answers')}.json`, result: `${of('results')}.json.gz`, page: `${of('results')}.html` };
}

/** `sweeps/2026-11-28/1415/` */
const sweepFolder = (sweepAt: string): string => {
  const [day = '', time = ''] = checked('sweep', sweepAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/).split('T');
  return `${sweepPrefix}${day}/${time.slice(0, 5).replace(':', '')}/`;
};

/** What the last run could not look at. */
export const standingGapsKey = `${memoryPrefix}gaps.json`;

/** Which run was summed up last. */
export const lastRunKey = `${memoryPrefix}last-run.json`;

/** The key of one run's lines: by the day on which it began. */
export const historyKey = ({ runId, startedAt }: { readonly runId: string; readonly startedAt: string }): string =>
  `${historyPrefix}${checked('day', startedAt.slice(0, 10), /^\d{4}-\d\d-\d\d$/)}/${checked('run id', runId, runIdPattern)}.jsonl`;

export const statementKey = (name: string): string =>
  `${statementPrefix}${checked('statement', name, statementNamePattern)}`;

/** Below the first prefix is what runs remember, below the second what they remember of clusters that are gone, below the last what sweeps do. */
export type MemoryPrefix = typeof memoryPrefix | typeof goneMemoryPrefix | typeof sweepMemoryPrefix;

export const memoryFolder = (prefix: MemoryPrefix, place: Pick<Place, 'accountId' | 'region'>): string =>
  `${prefix}${placeOf(place)}/`;

export const memoryKey = (prefix: MemoryPrefix, place: Place, cluster: string): string =>
  `${memoryFolder(prefix, place)}${checked('cluster', cluster, clusterPattern)}.json`;

const placeOf = ({ accountId, region }: Pick<Place, 'accountId' | 'region'>): string =>
  `${checked('account', accountId, accountPattern)}/${checked('Region', region, regionPattern)}`;

/** No cluster's name begins with an underscore. */
const nameOf = (item: RunItem): string =>
  item.kind === 'cluster' ? checked('cluster', item.cluster, clusterPattern) : '_region';

function checked(what: string, text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new OperatorError(
    'run-key-refused',
    `${what} ${JSON.stringify(text.slice(0, 100))} must match ${pattern.source}`,
  );
}
