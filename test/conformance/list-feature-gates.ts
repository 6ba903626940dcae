import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArguments } from '../../packaging/script-arguments.ts';

/** Minor versions of the kubelet, as `feature-gates.json` has them. */
export interface Gate {
  readonly since: number;
  readonly goneFrom?: number;
  readonly lockedOn?: number;
  readonly lockedOff?: number;
}
export type Gates = Readonly<Record<string, Gate>>;

/** The packages whose gates a kubelet registers: its own, those that its own imports, and those that `cmd/kubelet/app/server.go` adds. */
const packages = [
  'kubernetes/pkg/features',
  ...['apiserver/pkg/features', 'apiextensions-apiserver/pkg/features', 'client-go/features'],
  ...['logs/api/v1', 'metrics/features', 'zpages/features'].map((each) => `component-base/${each}`),
];

/** Gates that later patches of a version have, and the patch whose source was read has not. */
const backported: Readonly<Record<string, number>> = {
  OrderedNamespaceDeletion: 30,
  StatefulSetSemanticRevisionComparison: 34,
};

/** The gates of one version, out of Go source: each constant for which a map has a specification, or one for each version that changed it. */
export function gatesIn(source: string, minor: number): Gates {
  const text = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const constants = text.matchAll(/\b(\w+)(?:\s+(?:\w+\.)?Feature)?\s*=\s*(?:\w+\.Feature\()?"(\w+)"/g);
  const names = new Map([...constants].map(([, constant = '', name = '']) => [constant, name]));
  const gates: Record<string, Gate> = { AllAlpha: { since: minor }, AllBeta: { since: minor } };
  for (const [, constant = '', body = ''] of text.matchAll(/^\s*(?:\w+\.)?(\w+):\s*\{((?:[^{}]|\{[^{}]*\})*)\}/gm)) {
    const name = names.get(constant);
    if (name === undefined || !body.includes('Default:')) continue;
    const specs = body.includes('Version:') ? [...body.matchAll(/\{([^{}]*)\}/g)].map(([, spec = '']) => spec) : [body];
    const known = specs
      .map((spec) => ({
        from: Number(/"1\.(\d+)"/.exec(spec)?.[1] ?? minor),
        isOn: /\bDefault:\s*true/.test(spec),
        isLocked: /LockToDefault:\s*true/.test(spec),
      }))
      .filter(({ from }) => from <= minor);
    const last = known.at(-1);
    if (!last) continue;
    const lockedFrom = last.isLocked
      ? known.find(({ isLocked, isOn }) => isLocked && isOn === last.isOn)?.from
      : undefined;
    gates[name] = {
      since: minor,
      ...(lockedFrom !== undefined && { [last.isOn ? 'lockedOn' : 'lockedOff']: lockedFrom }),
    };
  }
  return gates;
}

/**
 * The gates of all versions, oldest first. What changelogs say of versions that are newer than these is kept.
 * @param before the list so far
 */
export function joinedGates(
  versions: readonly { readonly minor: number; readonly gates: Gates }[],
  before: Gates,
): Gates {
  const joined: Record<string, Gate> = {};
  for (const { minor, gates } of versions) {
    for (const [name, gate] of Object.entries(gates)) joined[name] = { ...gate, ...joined[name] };
    for (const [name, gate] of Object.entries(joined))
      if (!(name in gates) && gate.goneFrom === undefined) joined[name] = { ...gate, goneFrom: minor };
  }
  for (const [name, since] of Object.entries(backported)) if (joined[name]) joined[name] = { ...joined[name], since };
  const newest = versions.at(-1)?.minor ?? 0;
  for (const [name, { since, ...rest }] of Object.entries(before)) {
    const later = Object.fromEntries(Object.entries(rest).filter(([, minor]) => minor > newest));
    if (joined[name]) joined[name] = { ...later, ...joined[name] };
    else if (since > newest) joined[name] = { ...later, since };
  }
  const oldest = versions[0]?.minor ?? 0;
  const atLeast = (minor: number | undefined) => minor && Math.max(minor, oldest);
  return Object.fromEntries(
    Object.entries(joined)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { since, goneFrom, lockedOn, lockedOff }]) => [
        name,
        { since, goneFrom, lockedOn: atLeast(lockedOn), lockedOff: atLeast(lockedOff) } as Gate,
      ]),
  );
}

/** Every Go file of these packages at a commit of kubernetes/kubernetes, or of a project that has them in `vendor`. */
function sourceAt(folder: string, commit: string): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const places = packages.flatMap((each) => [
    ...[`vendor/k8s.io/${each}/`, `staging/src/k8s.io/${each}/`],
    ...(each.startsWith('kubernetes/') ? [`${each.slice('kubernetes/'.length)}/`] : []),
  ]);
  const files = git('ls-tree', '--name-only', commit, '--', ...places).split('\n');
  const own = files.filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
  if (own.length === 0) throw new Error(`${folder}@${commit} has none of these packages`);
  return own.map((file) => git('show', `${commit}:${file}`)).join('\n');
}

// `MINOR=FOLDER@COMMIT…`, oldest first: writes the list. CONTRIBUTING.md has the commits of which it was made.
if (import.meta.main) {
  const file = join(import.meta.dirname, '../../lambda/core/read/kubelet/config/feature-gates.json');
  const versions = scriptArguments('npm run feature-gates -- MINOR=FOLDER@COMMIT…', { words: 'any' }).positionals.map(
    (argument) => {
      const [, minor, folder = '', commit = ''] = /^(\d+)=(.+)@(\w+)$/.exec(argument) ?? [];
      if (minor === undefined) throw new Error(`'${argument}' is no MINOR=FOLDER@COMMIT`);
      return { minor: Number(minor), gates: gatesIn(sourceAt(folder, commit), Number(minor)) };
    },
  );
  if (versions.length === 0) throw new Error('give MINOR=FOLDER@COMMIT of each version, oldest first');
  const rows = Object.entries(joinedGates(versions, JSON.parse(readFileSync(file, 'utf8')))).map(([name, gate]) => {
    const fields = Object.entries(gate).flatMap(([field, minor]) =>
      minor === undefined ? [] : `"${field}": ${minor}`,
    );
    return `  "${name}": { ${fields.join(', ')} }`;
  });
  writeFileSync(file, `{\n${rows.join(',\n')}\n}\n`);
}
