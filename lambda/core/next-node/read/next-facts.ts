import type { KubeletFacts, Origin, ReadFailure, SettingFact } from '../../model/model.ts';
import { err, ok, type Result } from '../../model/result.ts';
import type { SettingPath } from '../../model/settings.ts';
import { printable } from '../../model/text/words.ts';
import { notStartable } from '../../read/kubelet/config/config-file.ts';
import { jsonOf, type TreeMap } from '../../read/kubelet/documents/tree.ts';
import { effectiveConfiguration } from '../../read/kubelet/effective.ts';
import type { DirectorySnapshot, FileSnapshot } from '../../read/kubelet/node-files.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import type { Joins, SettingPlace } from './types.ts';

/** What the first start of a kubelet finds, as its node's bootstrap writes it. */
export interface FirstStart {
  /** Without the kubelet's own name. */
  readonly flags: readonly string[];
  /** The path that `--config` names, and what the image or the bootstrap writes there. */
  readonly configFile: string;
  readonly config: object;
  readonly dropIn?: { readonly path: string; readonly config: TreeMap };
  readonly kubeletMinor: number;
  readonly notes: readonly string[];
  /** Where a value is written that the user decides; `undefined` where the image does. */
  readonly placeOf: (setting: SettingPath, by: 'flag' | 'drop-in' | 'file') => SettingPlace | undefined;
  /** What an origin calls the piece of this index. */
  readonly nameOf: (piece: number) => string | undefined;
}

export interface FirstFacts {
  readonly reading: Result<KubeletFacts, ReadFailure>;
  /** Why the kubelet would not start. */
  readonly fault?: string;
  readonly places: ReadonlyMap<SettingPath, SettingPlace>;
}

/** The facts by the loader that reads running nodes; only where a value comes from is said in words of the user data. */
export function firstFacts(start: FirstStart): FirstFacts {
  const { configFile, config, dropIn, kubeletMinor } = start;
  const files = new Map<string, FileSnapshot>([[configFile, { status: 'read', text: JSON.stringify(config) }]]);
  const directories = new Map<string, DirectorySnapshot>();
  if (dropIn !== undefined) {
    files.set(dropIn.path, { status: 'read', text: jsonOf(dropIn.config) });
    directories.set(dropIn.path.replace(/\/[^/]*$/, ''), { status: 'read', files: [dropIn.path] });
  }

  const read = effectiveConfiguration(
    {
      commandLine: { from: 'proc', arguments: ['/usr/bin/kubelet', ...start.flags] },
      workingDirectory: '/',
      files,
      directories,
      dropInDirectoryAlpha: true,
      kubeletVersion: `v1.${kubeletMinor}.0`,
    },
    'ssm',
    { hasStarted: false },
  );
  if (!read.ok) {
    const { because } = read.error;
    const fault = because.includes('would not start') ? because.split('would not start: ').at(-1) : undefined;
    return {
      reading: err({ via: 'files', kind: 'unreadable', because }),
      places: new Map(),
      ...(fault !== undefined && { fault }),
    };
  }
  return placed(read.value, start);
}

/** Whether a node joins whose bootstrap runs to its end. */
export const startedBy = ({ fault }: Pick<FirstFacts, 'fault'>): Joins =>
  fault === undefined
    ? { status: 'yes' }
    : { status: 'no', by: 'kubelet', because: `the kubelet would not start: ${fault}` };

const loadersWords = notStartable('');

function placed(facts: KubeletFacts, start: FirstStart): FirstFacts {
  const places = new Map<SettingPath, SettingPlace>();
  let fault: string | undefined;

  const settings = settingFacts((setting): SettingFact => {
    const fact = facts.settings[setting];
    if (fact.state === 'unknown') {
      if (!fact.because.endsWith(loadersWords)) return fact;
      fault ??= fact.because.slice(0, -loadersWords.length);
      return unknownFact(`the kubelet of such a node would not start: ${fault}`);
    }
    const by = decidedBy(fact.origin);
    const place = by === undefined ? undefined : start.placeOf(setting, by);
    if (place !== undefined) places.set(setting, place);
    return { ...fact, origin: originOf(fact.origin, place, start) };
  });

  return {
    reading: ok({ ...facts, via: 'files', settings, notes: [...start.notes, ...facts.notes] }),
    places,
    ...(fault !== undefined && { fault }),
  };
}

function decidedBy(origin: Origin): 'flag' | 'drop-in' | 'file' | undefined {
  if (origin.from === 'default') return origin.deletedBy === undefined ? 'file' : 'drop-in';
  return (['flag', 'drop-in', 'file'] as const).find((each) => each === origin.from);
}

function originOf(origin: Origin, place: SettingPlace | undefined, { nameOf }: FirstStart): Origin {
  if (place === undefined) return origin.from === 'file' ? { from: 'default', of: 'EKS-optimized AMI' } : origin;

  const file = nameOf(place.piece);
  return {
    from: 'user-data',
    ...(file !== undefined && { file: printable(file, 120) }),
    ...(place.part !== undefined && { part: place.part }),
    ...(place.line !== undefined && { line: place.line }),
    ...(origin.from === 'flag' && { flag: origin.flag }),
  };
}
