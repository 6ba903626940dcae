import { releaseOf } from '../../../../contract/kubelet-facts.ts';
import type { KubeletFacts } from '../../../model/model.ts';
import type { FileFact, FileFacts } from '../../../model/node-facts.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { howMany, printable } from '../../../model/text/words.ts';
import { absolutePath } from '../absolute-path.ts';
import { type NamedPath, namedFiles } from '../command-line/command-line.ts';
import { minorVersion } from '../known-versions.ts';
import type { FileTimes, NodeFiles, PermissionsSnapshot } from '../node-files.ts';
import type { SettingFacts } from '../setting-facts.ts';

/** Mode and owner of the files that a kubelet's command line names. What was not looked at, or is not there, is unknown with the reason. */
export function fileFacts(
  { commandLine, workingDirectory }: NodeFiles,
  permissions: ReadonlyMap<string, PermissionsSnapshot>,
): FileFacts {
  const named = namedFiles(commandLine, workingDirectory);
  if (!named.ok) {
    const unknown: FileFact = { state: 'unknown', because: named.error };
    return { kubeconfig: unknown, config: unknown };
  }

  const factOf = (flag: 'kubeconfig' | 'config') => fileFact(flag, named.value[flag], permissions);
  return { kubeconfig: factOf('kubeconfig'), config: factOf('config') };
}

function fileFact(
  flag: string,
  named: NamedPath | undefined,
  permissions: ReadonlyMap<string, PermissionsSnapshot>,
): FileFact {
  if (!named) return { state: 'not-named' };
  const path = printable(named.absolute ?? named.written);
  const unknown = (because: string): FileFact => ({
    state: 'unknown',
    because: `the file of --${flag}, ${path}, ${because}`,
  });

  if (named.absolute === undefined) return unknown('is relative, and the working directory is not known');
  const seen = permissions.get(named.absolute);
  if (!seen) return unknown('was not looked at');

  switch (seen.status) {
    case 'read':
      return {
        state: 'known',
        path,
        mode: seen.mode,
        owner: printable(seen.owner, 64),
        group: printable(seen.group, 64),
      };
    case 'absent':
      return unknown('is not there');
    case 'refused':
      return unknown(`was not looked at: ${printable(seen.because)}`);
  }
}

/** Clocks of files lag behind the clock of processes by some hundredths of a second (the kernel's tick). */
const tick = 0.05;

/**
 * What was written or changed since the kubelet started, or may have been, in the order of the look. A kubelet reads its files once, when it starts. `undefined` where nobody knows when it began.
 */
export function changedSinceStart({
  startedAt,
  times,
}: Pick<NodeFiles, 'startedAt' | 'times'>): readonly string[] | undefined {
  if (startedAt === undefined || times === undefined) return undefined;

  const isNewer = (seen: FileTimes) =>
    typeof seen === 'string' || Math.max(seen.modified, seen.changed) > startedAt - tick;
  return [...times].filter(([, seen]) => isNewer(seen)).map(([path]) => path);
}

/** Where a kubelet's client CA lies, as a key of what was read on its node; absent when none is set, or it is not known. Paths in drop-ins and flags count from the working directory. */
export function clientCaPath(
  { settings }: Pick<KubeletFacts, 'settings'>,
  workingDirectory: string | undefined,
): string | undefined {
  const fact = settings['authentication.x509.clientCAFile'];
  if (fact.state !== 'known' || typeof fact.value !== 'string' || fact.value === '') return undefined;
  return absolutePath(fact.value, workingDirectory) ?? fact.value;
}

/**
 * Why the files do not say what runs. The kubelet read them when it started, and since then some content changed (mtime), or anything else about a
 * file (ctime: a move, a link, `cp -p`, `touch -d`). Or the times are not known. `undefined` when all are older.
 * @param needed what the configuration is read from, by absolute path: each must have a time
 */
export function restartPending(
  { startedAt, times }: Required<Pick<NodeFiles, 'times'>> & Pick<NodeFiles, 'startedAt'>,
  needed: readonly string[],
): string | undefined {
  if (needed.length === 0 && times.size === 0) return undefined;
  if (startedAt === undefined) return 'when the kubelet started is not known, so its files may be newer than it';

  const notOlder = changedSinceStart({ startedAt, times }) ?? [];
  const changed = notOlder.filter((path) => typeof times.get(path) === 'object');
  if (changed.length > 0) return `${listed(changed)} changed after the kubelet started`;
  const mounted = notOlder.filter((path) => times.get(path) === 'mounted');
  if (mounted.length > 0) return `a mount lies over ${listed(mounted)}, so when it changed is not known`;

  const untold = [...needed.filter((path) => !times.has(path)), ...notOlder];
  return untold.length === 0 ? undefined : `when ${listed(untold)} changed is not known`;
}

/**
 * Why the files are not those that the kubelet started with, by what it printed then: a mount may have covered them. Of what it printed about its
 * client CA nothing is missing in a whole log of a known version. Source: apiserver `dynamic_cafile_content.go` of 0.29 to 0.37, kubelet `server.go`.
 */
export function contradictedByLog(
  { startLog, kubeletVersion }: Pick<NodeFiles, 'startLog' | 'kubeletVersion'>,
  settings: SettingFacts,
): string | undefined {
  if (!startLog) return undefined;
  const ofFiles = (path: SettingPath) => {
    const fact = settings[path];
    return fact.state === 'known' && fact.origin.from !== 'flag' ? { value: fact.value } : undefined;
  };
  const differ = (what: string) => `its start log names ${what}, and its files say something else`;

  const ca = ofFiles('authentication.x509.clientCAFile');
  const otherCa = startLog.clientCas.find((path) => ca && path !== ca.value);
  if (otherCa !== undefined) return differ(`the client CA ${printable(otherCa)}`);
  const showsCa = startLog.isWhole && releaseOf(minorVersion(kubeletVersion)) !== undefined;
  if (ca?.value && showsCa && startLog.clientCas.length === 0) return differ('no client CA');

  const port = ofFiles('readOnlyPort');
  const otherPort = startLog.readOnlyPorts.find((each) => port && each !== port.value);
  return otherPort === undefined ? undefined : differ(`the read-only port ${otherPort}`);
}

function listed(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  return others.length === 0 ? printable(first) : `${printable(first)} and ${howMany(others.length, 'more path')}`;
}
