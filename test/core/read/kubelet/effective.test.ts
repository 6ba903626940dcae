import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { readOnlyPort } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import type { KubeletFacts } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../../lambda/core/model/settings.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import type { NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';
import { caFile, dropInFolder, mainFile, nodeWith } from './node-with.ts';

const factsOf = (node: NodeFiles, via: 'ssm' | 'files' = 'ssm'): KubeletFacts => {
  const facts = effectiveConfiguration(node, via);
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};
const known = (value: SettingValue | undefined, origin: object) => ({ state: 'known', value, origin });

// The machines of directed-machines.test.ts ask for zeros, gates, relative paths and drop-ins without a main file.
it.each([
  [{}, 'legacyDefault', 'no configuration file'],
  [{ file: {} }, 'default', 'configuration file'],
] as const)('defaults are, of every setting that %j does not set, its %s', (parts, key, of) => {
  const facts = factsOf(nodeWith(parts)).settings;
  for (const path of settingPaths) expect(facts[path]).toEqual(known(settings[path][key], { from: 'default', of }));
});

it.each([
  ['authentication.webhook.enabled is true', '--authentication-token-webhook'],
  ['authorization.mode is Webhook', '--authorization-mode=Webhook'],
])('without --kubeconfig a kubelet does not start where %s', (because, word) => {
  const node = (...words: readonly string[]) =>
    ({ ...nodeWith({}), commandLine: { from: 'proc', arguments: ['kubelet', ...words] } }) as const;
  const error = { because: `a kubelet with this command line would not start: ${because}, which needs --kubeconfig` };
  expect(effectiveConfiguration(node(word), 'ssm')).toMatchObject({ ok: false, error });
  expect(effectiveConfiguration(node(word, '--kubeconfig=/k'), 'ssm')).toMatchObject({ ok: true });
});

const nested = (path: SettingPath, value: SettingValue) =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
const flag = (path: SettingPath, value: SettingValue) =>
  path.startsWith('featureGates.')
    ? `--feature-gates=${path.slice('featureGates.'.length)}=${value}`
    : `--${settings[path].flag}=${value}`;
const randomValue: Readonly<Record<(typeof settings)[SettingPath]['type'], fc.Arbitrary<SettingValue>>> = {
  string: fc.constantFrom('/a', '/b/c', '/d'),
  bool: fc.boolean(),
  int: fc.integer({ min: 0, max: 65_535 }),
  duration: fc.constantFrom('1h0m0s', '5m0s', '30s'),
};

const byDefault = { from: 'default', of: 'configuration file' };
it.each(settingPaths)('precedence of %s: flags beat drop-ins beat the main file beats the default', (path) => {
  const any =
    path === 'authorization.mode' ? fc.constantFrom('Webhook', 'AlwaysAllow') : randomValue[settings[path].type];
  const value = fc.option(any, { nil: undefined });
  fc.assert(
    fc.property(value, value, value, value, (inFile, inFirst, inSecond, inFlag) => {
      const document = (given: SettingValue | undefined) => (given === undefined ? {} : nested(path, given));
      const { settings: facts } = factsOf(
        nodeWith({
          file: document(inFile),
          dropIns: { '10.conf': document(inFirst), '20.conf': document(inSecond) },
          flags: inFlag === undefined ? [] : ['--v=2', flag(path, inFlag)],
        }),
      );
      const layers = [
        [inFlag, { from: 'flag', flag: settings[path].flag }],
        [inSecond, { from: 'drop-in', file: `${dropInFolder}/20.conf` }],
        [inFirst, { from: 'drop-in', file: `${dropInFolder}/10.conf` }],
        [inFile, { from: 'file', file: mainFile }],
      ] as const;
      const [expected, origin] = layers.find(([given]) => given !== undefined) ?? [settings[path].default, byDefault];
      expect(facts[path]).toEqual(known(expected, origin));
    }),
    { numRuns: 60 },
  );
});

describe('what is known, and what is not', () => {
  it('never passes and never fails what cannot be read, whatever the bytes', () => {
    const inJson = '{"authentication":{"x509":{"clientCAFile":"/a"}}}';
    const nearly = ['kind: KubeletConfiguration', inJson, 'clientCAFile: /a'];
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...nearly));
    fc.assert(
      fc.property(text, fc.boolean(), (bytes, inDropIn) => {
        const parts = inDropIn ? { file: caFile('/ca.crt'), dropIns: { 'a.conf': bytes } } : { file: bytes };
        expect(clientCaFile.judge(factsOf(nodeWith(parts))).status).toBe('unknown');
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing but the allow-listed settings', () => {
    const file = { staticPodURLHeader: { Authorization: ['hunter2'] } };
    expect(JSON.stringify(factsOf(nodeWith({ file })))).not.toContain('hunter2');
  });

  const hostname = (flags: readonly string[]) => factsOf(nodeWith({ flags })).flags?.['hostname-override'];
  it('is the name that a flag gives to the node, or that it was given none', () => {
    const origin = { from: 'flag', flag: 'hostname-override' };
    expect(hostname([])).toEqual(known(undefined, origin));
    expect(hostname(['--hostname-override='])).toEqual(known('', origin));
    const long = hostname([`--hostname-override=a\u0007${'b'.repeat(400)}`]);
    expect(long).toEqual(known(`a ${'b'.repeat(297)}…`, origin));
  });

  it('counts only what is there, and only against the kubelet, where the command line may go on', () => {
    const mayGoOn = 'the row may be cut';
    const words = ['kubelet', '--config=/k', '--hostname-override=n', '--read-only-port=0'];
    const commandLine = { from: 'ps', arguments: words, mayGoOn } as const;
    const facts = factsOf({ commandLine, files: new Map(), directories: new Map() });
    expect(facts.flags?.['hostname-override']).toMatchObject({ value: 'n' });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 0, mayGoOn });
    expect(readOnlyPort.judge(facts)).toEqual({ status: 'unknown', because: mayGoOn });
    expect(facts.settings['authorization.mode']).toEqual({ state: 'unknown', because: mayGoOn });
    const without = { ...commandLine, arguments: ['kubelet', '--hostname-override=', '--read-only-port=1'] };
    const others = factsOf({ commandLine: without, files: new Map(), directories: new Map() });
    expect(others.flags?.['hostname-override']).toEqual({ state: 'unknown', because: mayGoOn });
    expect(readOnlyPort.judge(others)).toMatchObject({
      status: 'fail',
      evidence: { notes: expect.arrayContaining([expect.stringContaining(mayGoOn)]) },
    });
  });
});

describe('files that changed after the kubelet started', () => {
  const node = nodeWith({ file: { readOnlyPort: 0 }, flags: ['--anonymous-auth=false'] });
  const timesAt = (at: number) => new Map([[mainFile, { modified: at, changed: at }]]);
  const changedAt = (at: number): NodeFiles => ({ ...node, startedAt: 1_000, times: timesAt(at) });

  it('leave known what flags decide, and of everything else what the next start brings', () => {
    const { settings: facts, notes } = factsOf(changedAt(1_001));

    expect(facts['authentication.anonymous.enabled']).not.toHaveProperty('pendingRestart');
    const pendingRestart = `${mainFile} changed after the kubelet started`;
    for (const path of settingPaths.filter((each) => each !== 'authentication.anonymous.enabled'))
      expect(facts[path]).toMatchObject({ state: 'known', pendingRestart });
    expect(notes).toEqual([`restart pending: ${pendingRestart}`]);
  });

  it('are as good as what runs when they are older', () => {
    expect(factsOf(changedAt(999))).toEqual(factsOf(node));
  });

  it('are reported as saved files where it is not known when it started', () => {
    const bySavedFiles = 'by the saved files: whether the kubelet was started with them is not known';
    expect(factsOf(node, 'files').notes).toEqual([bySavedFiles]);
  });

  it('count where they are needed, the drop-in directory too, and not where no file is named', () => {
    const before = { modified: 1, changed: 1 };
    const times = new Map([[mainFile, before]]);
    const withDropIns = { ...nodeWith({ file: {}, dropIns: {} }), startedAt: 1_000, times };
    expect(factsOf(withDropIns).notes).toEqual([`restart pending: when ${dropInFolder} changed is not known`]);
    expect(factsOf({ ...nodeWith({}), startedAt: 1_000, times: new Map() }).notes).toEqual([]);
  });
});
