import { clientCaFile } from '../../lambda/core/judge/controls/client-ca-file.ts';
import type { SettingFact } from '../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths } from '../../lambda/core/model/settings.ts';
import { effectiveConfiguration } from '../../lambda/core/read/kubelet/effective.ts';
import type { NodeFiles } from '../../lambda/core/read/kubelet/node-files.ts';
import { type RecordedMachine, readMachines } from './recorded-machine.ts';
import { savedMachine } from './saved-machine.ts';

/** What this program makes of one machine, beside what the kubelet made of it. */
export interface Comparison {
  readonly id: string;
  readonly starts: boolean;
  /** Settings that are stated, and are otherwise in the kubelet. */
  readonly wrong: readonly string[];
  /** Settings that are not stated, with the reason. */
  readonly unknown: readonly string[];
  readonly verdict: 'pass' | 'fail' | 'none';
  /** Whether the client CA was named by a flag, which a running process has accepted, or by files. */
  readonly by: 'flags' | 'files';
  readonly wrongVerdict: boolean;
}

const clientCa = 'authentication.x509.clientCAFile';

/**
 * All machines of a file. The loader of some files only warned of unknown gates. Their machines are compared as processes that run with their files:
 * they get times, by which the files are older. No answer of such a file names an unknown gate.
 */
export function compareAll(path: string): readonly Comparison[] {
  const machines = readMachines(path);
  const refuses = machines.some(({ answer }) => !answer.starts && answer.error.includes('unrecognized feature gate'));
  return machines.map((machine) => {
    const files = savedMachine(machine);
    const older = [...files.files.keys(), ...files.directories.keys()].map(
      (each) => [each, { modified: 1, changed: 1 }] as const,
    );
    return compare(machine, refuses ? files : { ...files, startedAt: 2, times: new Map(older) });
  });
}

export function compare(machine: RecordedMachine, files: NodeFiles = savedMachine(machine)): Comparison {
  const read = effectiveConfiguration(files, 'ssm');
  const factOf = (path: SettingPath): SettingFact =>
    read.ok ? read.value.settings[path] : { state: 'unknown', because: read.error.because };
  const judged = read.ok ? clientCaFile.judge(read.value).status : 'unknown';
  const verdict = judged === 'pass' || judged === 'fail' ? judged : 'none';

  const ca = factOf(clientCa);
  const by = ca.state === 'known' && ca.origin.from === 'flag' ? 'flags' : 'files';
  const { id, answer } = machine;
  if (!answer.starts) return { id, starts: false, wrong: [], unknown: [], verdict, by, wrongVerdict: false };

  const hostname = (read.ok && read.value.flags?.['hostname-override']) || factOf(clientCa);
  // Without the flag it is not set, and so it is with an empty value.
  const hostnameFact = hostname.state === 'known' ? { ...hostname, value: hostname.value || undefined } : hostname;
  const pairs: readonly (readonly [path: string, fact: SettingFact, truth: unknown])[] = [
    ...settingPaths.map((path) => [path, factOf(path), answer.settings[path] ?? undefined] as const),
    ['hostname-override', hostnameFact, answer.hostnameOverride || undefined],
  ];

  const expected = answer.settings[clientCa] === '' ? 'fail' : 'pass';
  return {
    id,
    starts: true,
    wrong: pairs
      .filter(([, fact, truth]) => fact.state === 'known' && fact.value !== truth)
      .map(([path, fact, truth]) => `${path}: ${JSON.stringify(fact)}, and is ${JSON.stringify(truth)}`),
    unknown: pairs.flatMap(([path, fact]) => (fact.state === 'unknown' ? [`${path}: ${fact.because}`] : [])),
    verdict,
    by,
    wrongVerdict: verdict !== 'none' && verdict !== expected,
  };
}

/** The one line that sums up: what is right, what was given up, and what must never be. */
export function summary(comparisons: readonly Comparison[]): string {
  const starting = comparisons.filter(({ starts }) => starts);
  const wrong = starting.filter((each) => each.wrong.length > 0);
  const gaveUp = starting.filter(hasGivenUp);
  const wrongVerdicts = starting.filter(({ wrongVerdict }) => wrongVerdict);
  const passes = (by: Comparison['by']) =>
    comparisons.filter((each) => isPassOfNoKubelet(each) && each.by === by).length;
  const share = starting.length === 0 ? 0 : (gaveUp.length / starting.length) * 100;

  return [
    `cases ${comparisons.length}: starting ${starting.length}`,
    `right ${starting.length - wrong.length - gaveUp.length}`,
    `gave up ${gaveUp.length} (${share.toFixed(1)} %)`,
    `wrong ${wrong.length}`,
    `wrong verdicts ${wrongVerdicts.length}`,
    `passes that would not start: by flags ${passes('flags')}, by files ${passes('files')}`,
  ].join(', ');
}

export const hasGivenUp = ({ starts, wrong, unknown, verdict }: Comparison): boolean =>
  starts && wrong.length === 0 && (unknown.length > 0 || verdict === 'none');

export const isPassOfNoKubelet = ({ starts, verdict }: Comparison): boolean => !starts && verdict === 'pass';
