import { howMany } from '../../text/how-many.ts';
import { printable } from '../../text/printable.ts';
import type { NodeFiles } from '../node-files.ts';
import { changedSinceStart } from './file-facts.ts';

/**
 * Why the files do not say what runs: the kubelet read them when it started, and something of them changed since then, in its content (mtime) or in
 * anything else about it (ctime: a move, a link, `cp -p`, `touch -d`), or nobody can tell. `undefined` when all are older.
 * @param needed what the configuration is read from, by absolute path: each must have a time
 */
export function restartPending(
  { startedAt, times }: Required<Pick<NodeFiles, 'times'>> & Pick<NodeFiles, 'startedAt'>,
  needed: readonly string[],
): string | undefined {
  if (needed.length === 0 && times.size === 0) return undefined;
  if (startedAt === undefined) return 'when the kubelet started is not known, so its files may be newer than it';

  const notOlder = changedSinceStart({ startedAt, times }) ?? [];
  const changed = notOlder.filter((path) => times.get(path) !== 'unknown');
  if (changed.length > 0) return `${listed(changed)} changed after the kubelet started`;

  const untold = [...needed.filter((path) => !times.has(path)), ...notOlder];
  return untold.length === 0 ? undefined : `when ${listed(untold)} changed is not known`;
}

function listed(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  return others.length === 0 ? printable(first) : `${printable(first)} and ${howMany(others.length, 'more path')}`;
}
