import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
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

describe('defaults', () => {
  it.each(settingPaths)('give %s its legacy default without --config', (path) => {
    expect(factsOf(nodeWith({})).settings[path]).toEqual(
      known(settings[path].legacyDefault, { from: 'default', of: 'no configuration file' }),
    );
  });

  it.each(settingPaths)('give %s its default where the main file leaves it out', (path) => {
    expect(factsOf(nodeWith({ file: {} })).settings[path]).toEqual(
      known(settings[path].default, { from: 'default', of: 'configuration file' }),
    );
  });

  it('are the legacy ones when there are only drop-ins', () => {
    const facts = factsOf(nodeWith({ dropIns: { '40-ca.conf': caFile('/ca.crt') } }));
    expect(facts.settings['authentication.x509.clientCAFile']).toMatchObject({ value: '/ca.crt' });
    expect(facts.settings['authentication.anonymous.enabled']).toMatchObject({ value: true });
    expect(facts.settings['authorization.mode']).toMatchObject({ value: 'AlwaysAllow' });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 10255 });
  });
});

describe('precedence', () => {
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

  it.each(settingPaths)('of %s: flags beat drop-ins beat the main file beats the default', (path) => {
    const any =
      path === 'authorization.mode' ? fc.constantFrom('Webhook', 'AlwaysAllow') : randomValue[settings[path].type];
    const value = fc.option(any, { nil: undefined });
    fc.assert(
      fc.property(value, value, value, value, (inFile, inFirst, inSecond, inFlag) => {
        const { settings: facts } = factsOf(
          nodeWith({
            file: inFile === undefined ? {} : nested(path, inFile),
            dropIns: {
              '10.conf': inFirst === undefined ? {} : nested(path, inFirst),
              '20.conf': inSecond === undefined ? {} : nested(path, inSecond),
            },
            flags: inFlag === undefined ? [] : ['--v=2', flag(path, inFlag)],
          }),
        );
        const expected =
          inFlag !== undefined
            ? known(inFlag, { from: 'flag', flag: settings[path].flag })
            : inSecond !== undefined
              ? known(inSecond, { from: 'drop-in', file: `${dropInFolder}/20.conf` })
              : inFirst !== undefined
                ? known(inFirst, { from: 'drop-in', file: `${dropInFolder}/10.conf` })
                : inFile !== undefined
                  ? known(inFile, { from: 'file', file: mainFile })
                  : known(settings[path].default, { from: 'default', of: 'configuration file' });
        expect(facts[path]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('turns a timeout of 0 in a file into four hours, and keeps that of a flag', () => {
    const timeout = (node: NodeFiles) => factsOf(node).settings.streamingConnectionIdleTimeout;
    expect(timeout(nodeWith({ file: { streamingConnectionIdleTimeout: '0s' } }))).toMatchObject({ value: '4h0m0s' });
    expect(
      timeout(nodeWith({ file: {}, dropIns: { 'a.conf': { streamingConnectionIdleTimeout: '0s' } } })),
    ).toMatchObject({ value: '4h0m0s' });
    expect(timeout(nodeWith({ file: {}, flags: ['--streaming-connection-idle-timeout=0'] }))).toMatchObject({
      value: '0s',
    });
  });

  it('merges feature gates one by one', () => {
    const gate = (node: NodeFiles) => factsOf(node).settings['featureGates.RotateKubeletServerCertificate'];
    const file = { featureGates: { RotateKubeletServerCertificate: false } };
    expect(gate(nodeWith({ file, flags: ['--feature-gates=MemoryQoS=true'] }))).toMatchObject({
      value: false,
      origin: { from: 'file' },
    });
    expect(gate(nodeWith({ file, flags: ['--feature-gates=RotateKubeletServerCertificate=true'] }))).toMatchObject({
      value: true,
      origin: { from: 'flag' },
    });
    const named = { featureGates: { RotateKubeletServerCertificate: true, MemoryQoS: false } };
    expect(gate(nodeWith({ file, dropIns: { 'a.conf': named } }))).toMatchObject({ value: true });
    expect(gate(nodeWith({ file: { featureGates: { RotateKubeletServerCertificate: null } } }))).toMatchObject({
      value: false,
    });
  });

  it('knows of a gate that only AllBeta reaches that nobody names it', () => {
    for (const node of [
      nodeWith({ file: {}, flags: ['--feature-gates=AllBeta=false'] }),
      nodeWith({ file: { featureGates: { AllBeta: false } } }),
      nodeWith({ file: {}, dropIns: { 'a.conf': { featureGates: { AllBeta: false } } } }),
    ]) {
      expect(factsOf(node).settings['featureGates.RotateKubeletServerCertificate']).toMatchObject({
        state: 'known',
        value: undefined,
      });
    }
  });
});

describe('what cannot be had', () => {
  it('concludes nothing from a command line that no kubelet starts with', () => {
    expect(
      effectiveConfiguration(nodeWith({ file: caFile('/ca.crt'), flags: ['--anonymous-auth', 'false'] }), 'ssm'),
    ).toMatchObject({ ok: false, error: { via: 'ssm', kind: 'unreadable' } });
  });

  it('never passes and never fails what cannot be read, whatever the bytes', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'kind: KubeletConfiguration',
        '{"authentication":{"x509":{"clientCAFile":"/a"}}}',
        'clientCAFile: /a',
      ),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (bytes, inDropIn) => {
        const facts = factsOf(
          inDropIn ? nodeWith({ file: caFile('/ca.crt'), dropIns: { 'a.conf': bytes } }) : nodeWith({ file: bytes }),
        );
        expect(clientCaFile.judge(facts).status).toBe('unknown');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the main file', () => {
  it('leaves an absolute CA path as it is written, and joins and shortens a relative one', () => {
    const ca = (path: string) => factsOf(nodeWith({ file: caFile(path) })).settings['authentication.x509.clientCAFile'];
    expect(ca('/a/../b//c/')).toMatchObject({ value: '/a/../b//c/' });
    expect(ca('../b//c/')).toMatchObject({ value: '/etc/kubernetes/b/c' });
    expect(ca('C:\\ca')).toMatchObject({ value: '/etc/kubernetes/kubelet/C:\\ca' });
  });

  it('keeps nothing but the allow-listed settings', () => {
    expect(
      JSON.stringify(factsOf(nodeWith({ file: { staticPodURLHeader: { Authorization: ['hunter2'] } } }))),
    ).not.toContain('hunter2');
  });
});

describe('files that changed after the kubelet started', () => {
  const node = nodeWith({ file: { readOnlyPort: 0 }, flags: ['--anonymous-auth=false'] });
  const changedAt = (at: number): NodeFiles => ({
    ...node,
    startedAt: 1_000,
    times: new Map([[mainFile, { modified: at, changed: at }]]),
  });

  it('leave known what flags decide, and of everything else what the next start brings', () => {
    const { settings: facts, notes } = factsOf(changedAt(1_001));

    expect(facts['authentication.anonymous.enabled']).not.toHaveProperty('pendingRestart');
    for (const path of settingPaths.filter((each) => each !== 'authentication.anonymous.enabled'))
      expect(facts[path]).toMatchObject({
        state: 'known',
        pendingRestart: `${mainFile} changed after the kubelet started`,
      });
    expect(notes).toEqual([`restart pending: ${mainFile} changed after the kubelet started`]);
  });

  it('are as good as what runs when they are older', () => {
    expect(factsOf(changedAt(999))).toEqual(factsOf(node));
  });

  it('are told of as saved files where nobody knows when it started', () => {
    expect(factsOf(node, 'files').notes).toEqual([
      'by the saved files: whether the kubelet was started with them is not known',
    ]);
  });

  it('count where they are needed, the drop-in directory too, and not where no file is named', () => {
    const before = { modified: 1, changed: 1 };
    const times = new Map([[mainFile, before]]);
    const withDropIns = { ...nodeWith({ file: {}, dropIns: {} }), startedAt: 1_000, times };
    expect(factsOf(withDropIns).notes).toEqual([`restart pending: when ${dropInFolder} changed is not known`]);
    expect(factsOf({ ...nodeWith({}), startedAt: 1_000, times: new Map() }).notes).toEqual([]);
  });
});
