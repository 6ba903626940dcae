import { describe, expect, it } from 'vitest';
import type { SettingFact } from '../../../../../lambda/core/model/model.ts';
import {
  changedSinceStart,
  clientCaPath,
  contradictedByLog,
  fileFacts,
  restartPending,
} from '../../../../../lambda/core/read/kubelet/node/file-facts.ts';
import type { FileTimes, PermissionsSnapshot } from '../../../../../lambda/core/read/kubelet/node-files.ts';
import { settingFacts, unknownFact } from '../../../../../lambda/core/read/kubelet/setting-facts.ts';

const config = '/etc/kubernetes/kubelet/config.json';
const folder = '/etc/kubernetes/kubelet/config.json.d';
const startedAt = 1_000;
const before = { modified: 999.9, changed: 999.94 };
const after = { modified: 1_001, changed: 1_001 };

const pending = (times: Readonly<Record<string, FileTimes>>) =>
  restartPending({ times: new Map(Object.entries(times)), startedAt }, [config, folder]);

describe('what the files say of a kubelet that runs', () => {
  it('is what it read when all of them are older', () => {
    expect(pending({ [config]: before, [folder]: before })).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, FileTimes>>]>([
    ['was written', { [config]: after, [folder]: before }],
    ['lost a drop-in, or a sub-folder of it did', { [config]: before, [folder]: before, [`${folder}/site`]: after }],
    ['is reached by a new link', { [config]: before, [folder]: before, '/etc/kubernetes/kubelet': after }],
  ])('is not known to run where something %s', (_, times) => {
    expect(pending(times)).toMatch(/ changed after the kubelet started$/);
  });

  it('names the first, and counts the others', () => {
    const said = `${config} and 1 more path changed after the kubelet started`;
    expect(pending({ [config]: after, [folder]: after })).toBe(said);
  });

  it('is not known to run where a time is not known', () => {
    expect(pending({ [config]: 'unknown', [folder]: before })).toBe(`when ${config} changed is not known`);
    expect(pending({ [config]: before })).toBe(`when ${folder} changed is not known`);
    expect(pending({ [config]: 'unknown' })).toBe(`when ${folder} and 1 more path changed is not known`);
    const noStart = 'when the kubelet started is not known, so its files may be newer than it';
    expect(restartPending({ times: new Map([[config, before]]) }, [config])).toBe(noStart);
    expect(restartPending({ times: new Map([[config, before]]) }, [])).toBe(noStart);
    expect(restartPending({ times: new Map() }, [config])).toBe(noStart);
  });

  it('is not known to run where a mount covers a file, of which a change is the better reason', () => {
    const covered = `a mount lies over ${config} and 1 more path, so when it changed is not known`;
    expect(pending({ [config]: 'mounted', [folder]: 'mounted' })).toBe(covered);
    expect(pending({ [config]: 'mounted' })).toBe(`a mount lies over ${config}, so when it changed is not known`);
    expect(pending({ [config]: 'mounted', [folder]: after })).toBe(`${folder} changed after the kubelet started`);
  });

  it('is not known to run where one changed, whatever is not known of others, and is where nothing is needed', () => {
    const said = pending({ [config]: 'unknown', '/x': { modified: 1_001, changed: 1 } });
    expect(said).toBe('/x changed after the kubelet started');
    expect(restartPending({ times: new Map([['/x', before]]), startedAt }, [])).toBeUndefined();
    expect(restartPending({ times: new Map(), startedAt }, [config])).toBe(`when ${config} changed is not known`);
    expect(restartPending({ times: new Map() }, [])).toBeUndefined();
  });
});

describe('what changed since the kubelet began', () => {
  const at = (modified: number, changed: number) => new Map([['/k', { modified, changed }]]);

  it.each([
    ['written a second before', at(999, 999), []],
    ['written with it', at(1000, 1000), ['/k']],
    ['written a tick before, which clocks do not distinguish', at(999.96, 999.96), ['/k']],
    ['written two ticks before', at(999.94, 999.94), []],
    ['written long ago and changed after it (cp -p, mv)', at(1, 1000.5), ['/k']],
    ['with a time of writing in its future (touch)', at(5000, 900), ['/k']],
    ['whose times could not be read', new Map([['/k', 'unknown' as const]]), ['/k']],
  ])('a file %s', (_, times, changed) => {
    expect(changedSinceStart({ startedAt: 1000, times })).toEqual(changed);
  });

  it('is not known without the start, or without the times', () => {
    expect(changedSinceStart({ times: at(1, 1) })).toBeUndefined();
    expect(changedSinceStart({ startedAt: 1000 })).toBeUndefined();
  });
});

describe('mode and owner of the files that a command line names', () => {
  const read = { status: 'read', mode: 0o644, owner: 'root', group: 'root' } as const;
  type Permissions = Readonly<Record<string, PermissionsSnapshot>>;
  const facts = (
    flags: readonly string[],
    permissions: Permissions,
    more: { readonly workingDirectory?: string } = {},
  ) => {
    const commandLine = { from: 'proc', arguments: ['kubelet', ...flags] } as const;
    const node = { commandLine, files: new Map(), directories: new Map(), ...more };
    return fileFacts(node, new Map(Object.entries(permissions)));
  };
  const unknown = (because: string) => ({ state: 'unknown', because });

  it('are those that were seen, by absolute path', () => {
    const long = 'x'.repeat(70);
    const permissions = { '/var/kc': { ...read, owner: long, group: 'a\u0007b' }, '/etc/k': { ...read, group: long } };
    const flags = ['--kubeconfig=../kc', '--config=/etc/k'];
    expect(facts(flags, permissions, { workingDirectory: '/var/lib' })).toEqual({
      kubeconfig: { state: 'known', path: '/var/kc', mode: 0o644, owner: `${'x'.repeat(63)}…`, group: 'a b' },
      config: { state: 'known', path: '/etc/k', mode: 0o644, owner: 'root', group: `${'x'.repeat(63)}…` },
    });
  });

  const refused = { '/k': { status: 'refused', because: 'its path has\u0007 ".." in it' } } as const;
  const notNamed = { state: 'not-named' };
  it.each([
    ['--config=/k', {}, unknown('the file of --config, /k, was not looked at')],
    ['--config=/k', { '/k': { status: 'absent' } }, unknown('the file of --config, /k, is not there')],
    ['--config=/k', refused, unknown('the file of --config, /k, was not looked at: its path has ".." in it')],
    ['--config=k', {}, unknown('the file of --config, k, is relative, and the working directory is not known')],
    ['--config=', {}, notNamed],
  ] as const)('are not known where they were not seen: %s, %j', (flag, permissions, fact) => {
    expect(facts([flag], permissions)).toEqual({ config: fact, kubeconfig: notNamed });
  });

  it('name the flag that is meant', () => {
    const kubeconfig = unknown('the file of --kubeconfig, /k, was not looked at');
    expect(facts(['--kubeconfig=/k'], {})).toEqual({ config: notNamed, kubeconfig });
  });

  it('are not known of a command line that cannot be read', () => {
    const fact = unknown('a kubelet with this command line would not start: argument 1 is not a flag');
    expect(facts(['x'], {})).toEqual({ kubeconfig: fact, config: fact });
  });
});

describe('the path of the client CA', () => {
  const path = (fact: SettingFact, workingDirectory?: string) => {
    const other = unknownFact('other');
    const settings = settingFacts((each) => (each === 'authentication.x509.clientCAFile' ? fact : other));
    return clientCaPath({ settings }, workingDirectory);
  };
  const known = (value?: string | number) => ({ state: 'known', value, origin: { from: 'running' } }) as const;

  it.each([
    ['/a/../b', undefined, '/b'],
    ['ca.crt', '/work', '/work/ca.crt'],
    ['ca.crt', undefined, 'ca.crt'],
  ])('is the shortest absolute path: %s in %s is %s', (value, directory, absolute) => {
    expect(path(known(value), directory)).toBe(absolute);
  });

  it.each([known(''), known(undefined), known(7), unknownFact('x')])('is nowhere where there is none: %j', (fact) => {
    expect(path(fact, '/work')).toBeUndefined();
  });
});

describe('a start log', () => {
  const known = (value: string | number, from: 'file' | 'flag' = 'file'): SettingFact =>
    from === 'file'
      ? { state: 'known', value, origin: { from, file: config } }
      : { state: 'known', value, origin: { from, flag: 'client-ca-file' } };
  const said = (
    { ca = known('/ca'), port = known(0) }: { readonly ca?: SettingFact; readonly port?: SettingFact },
    { clientCas = ['/ca'], readOnlyPorts = [] as readonly number[], isWhole = true, version = 'v1.34.9' },
  ) =>
    contradictedByLog(
      { startLog: { clientCas, readOnlyPorts, isWhole }, kubeletVersion: version },
      settingFacts((path) =>
        path === 'readOnlyPort' ? port : path === 'authentication.x509.clientCAFile' ? ca : unknownFact('x'),
      ),
    )?.replace(/^its start log names (.*), and its files say something else$/, '$1');

  it.each<[what: string, ...Parameters<typeof said>, expected: string | undefined]>([
    ['with what the files say', {}, {}, undefined],
    ['with another client CA', {}, { clientCas: ['/old'] }, 'the client CA /old'],
    ['with a client CA where the files have none', { ca: known('') }, {}, 'the client CA /ca'],
    ['with none, as the files', { ca: known('') }, { clientCas: [] }, undefined],
    ['with none', {}, { clientCas: [] }, 'no client CA'],
    ['with none, and not whole', {}, { clientCas: [], isWhole: false }, undefined],
    ['with none, of a version that nobody knows', {}, { clientCas: [], version: 'v1.99.0' }, undefined],
    ['with none, of a version before those that are known', {}, { clientCas: [], version: 'v1.28.0' }, undefined],
    ['with another client CA than a flag, which no file can change', { ca: known('/x', 'flag') }, {}, undefined],
    ['with a client CA that the files leave open', { ca: unknownFact('x') }, { clientCas: ['/old'] }, undefined],
    ['with a read-only port', {}, { readOnlyPorts: [10_255] }, 'the read-only port 10255'],
    ['with the read-only port of the files', { port: known(10_255) }, { readOnlyPorts: [10_255] }, undefined],
    ['without the read-only port of the files, which fails all the same', { port: known(10_255) }, {}, undefined],
  ])('%s contradicts the files only where it must', (_, facts, log, expected) => {
    expect(said(facts, log)).toBe(expected);
  });
});
