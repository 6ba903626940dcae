import { printable } from '../../model/text/words.ts';
import type { RunStatement } from './run-statement.ts';

/** What two statements about one run say differently: verdicts, numbers and gaps. */
export function differencesOf(before: RunStatement, after: RunStatement): readonly string[] {
  const [then, now] = [factsOf(before), factsOf(after)];
  const names = [...new Set([...then.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [old, current] = [then.get(name) ?? 'none', now.get(name) ?? 'none'];
    return old === current ? [] : [printable(`${name} ${old} became ${current}`, 300)];
  });
}

const factsOf = ({ predicate: { result, run } }: RunStatement): ReadonlyMap<string, string> =>
  new Map([
    ['result', result.toLowerCase()],
    ...Object.entries({ ...run.counts, waived: run.waived, clusters: run.clusters, nodes: run.nodes }).map(
      ([name, count]) => [name, `${count}`] as const,
    ),
    ['gaps', [run.gaps.count, ...run.gaps.codes].join(' ')],
  ]);
