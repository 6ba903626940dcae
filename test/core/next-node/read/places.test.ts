import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import type { NextNode, NextNodeOptions, SettingPlace } from '../../../../lambda/core/next-node/read/types.ts';
import { multipart, nodeConfig, nodeOf, nodePart, top, valueIn } from './node-of-user-data.ts';

const bootstrap = '/etc/eks/bootstrap.sh c --kubelet-extra-args';

describe('places', () => {
  const clientCa = 'authentication.x509.clientCAFile';
  const ca = 'authentication';
  const flag = '--read-only-port=22';
  const port = (number: number) => `config: {readOnlyPort: ${number}}`;
  /** What is written at the place of a setting. */
  const written = (text: string, node: NextNode, setting: SettingPath, range: 'value' | 'entry' = 'value'): string => {
    const { start, end } = node.places.get(setting)?.[range] ?? { start: 0, end: 0 };
    return Buffer.from(text).subarray(start, end).toString();
  };

  type Given = { readonly kind?: NextNodeOptions['kind']; readonly setting?: SettingPath };
  const [events, ofBottlerocket] = ['event-qps = 22', { kind: 'bottlerocket', setting: 'eventRecordQPS' } as const];
  const name = 'RotateKubeletServerCertificate';
  const [gate, ofGate] = [`--feature-gates=${name}=false`, { setting: `featureGates.${name}` } as const];
  it.each<[string, string, value: string, entry: string, line: number, Given?]>([
    ['of a value in a block', nodeConfig('config:\n      # é\n      readOnlyPort: 1 # x'), '1', 'readOnlyPort: 1', 12],
    ['of a value in a flow map', nodeConfig('config: {"readOnlyPort": 0x1}'), '0x1', '"readOnlyPort": 0x1', 10],
    ['of a null above it', nodeConfig(`config: {${ca}: ~}`), '~', `${ca}: ~`, 10, { setting: clientCa }],
    ['of a later part', multipart(nodePart(port(1)), nodePart(port(22))), '22', 'readOnlyPort: 22', 29],
    ['of the last of two', nodeConfig('config: {readOnlyPort: 1, readOnlyPort: 22}'), '22', 'readOnlyPort: 22', 10],
    ['of a flag', nodeConfig(`flags:\n    - "${flag}"`), '22', `"${flag}"`, 11],
    ['of the second flag of an entry', nodeConfig(`flags: [--v=1 ${flag}]`), '22', `--v=1 ${flag}`, 10],
    [
      'of the gate of two',
      nodeConfig(`flags: [${gate}, --feature-gates=KubeletInUserNamespace=true]`),
      `${name}=false`,
      gate,
      10,
      ofGate,
    ],
    ['of an extra argument', `#!/bin/bash\n# é\n${bootstrap} '${flag}'\n`, '22', `'${flag}'`, 3, { kind: 'al2' }],
    ['of an argument on Windows', `x -KubeletExtraArgs "${flag}"`, '22', flag, 1, { kind: 'windows' }],
    ['of a setting of Bottlerocket', `# é\n[settings.kubernetes]\n${events} # x\n`, '22', events, 3, ofBottlerocket],
  ])('are those %s', (_, text, value, entry, line, { kind = 'al2023', setting = 'readOnlyPort' } = {}) => {
    const node = nodeOf(text, { kind });
    expect(written(text, node, setting)).toBe(value);
    expect(written(text, node, setting, 'entry')).toBe(entry);
    expect(node.places.get(setting)).toMatchObject({ line });
    expect(node.places.get(setting)?.behind).toBeUndefined();
  });

  const block = 'config:\n      authorization:\n        mode: |-\n          AlwaysAllow';
  it.each<[string, string, SettingPlace['behind']]>([
    ['an alias', nodeConfig('config: {a: &x 1, readOnlyPort: *x}'), 'alias'],
    ['an alias of a map', nodeConfig('config: {a: &x {x509: {clientCAFile: ""}}, authentication: *x}'), 'alias'],
    ['an anchor', nodeConfig('config: {readOnlyPort: &x 1}'), 'alias'],
    ['a merge key', nodeConfig('config: {a: &x {readOnlyPort: 1}, <<: *x}'), 'alias'],
    ['a block text', nodeConfig(block), 'block-scalar'],
    ['a folded text', nodeConfig(block.replace('|-', '>-')), 'block-scalar'],
  ])('say that a value is behind %s', (_, text, behind) => {
    expect([...nodeOf(text).places.values()]).toEqual([expect.objectContaining({ behind })]);
  });

  it('lead to the value that decides: another one written there is the value then, and nothing else changes', () => {
    const settings = ['readOnlyPort', 'eventRecordQPS'] as const;
    const keys = fc.constantFrom('readOnlyPort', 'ReadOnlyPort', 'eventRecordQPS', 'maxPods');
    const flag = fc.constantFrom('--read-only-port=1', '--event-qps=2 --max-pods=3', '--event-qps=4', "--v='a b'");
    const part = fc.record({
      config: fc.dictionary(keys, fc.integer({ min: 0, max: 9 })),
      flags: fc.array(flag, { maxLength: 3 }),
      isFlow: fc.boolean(),
    });
    const blockOf = (lines: readonly string[], none: string) =>
      lines.length === 0 ? ` ${none}` : `\n${lines.join('\n')}`;
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), fc.boolean(), (parts, hasReturns) => {
        const body = parts.map(({ config, flags, isFlow }) => {
          if (isFlow) return nodePart(`config: ${JSON.stringify(config)}\n    flags: ${JSON.stringify(flags)}`);
          const settings = Object.entries(config).map(([key, value]) => `      ${key}: ${value} # é`);
          const entries = flags.map((each) => `    - ${each}`);
          return nodePart(`config:${blockOf(settings, '{}')}\n    flags:${blockOf(entries, '[]')}`);
        });
        const text = hasReturns ? multipart(...body).replaceAll('\n', '\r\n') : multipart(...body);
        const before = nodeOf(text);
        for (const setting of settings) {
          const place = before.places.get(setting);
          if (place?.value === undefined) continue;
          const bytes = Buffer.from(text);
          const { start, end } = place.value;
          const edited = [bytes.subarray(0, start), Buffer.from('77'), bytes.subarray(end)];
          const after = nodeOf(Buffer.concat(edited));
          expect(valueIn(after, setting)).toBe(77);
          for (const other of settingPaths)
            if (other !== setting) expect(valueIn(after, other)).toEqual(valueIn(before, other));
        }
      }),
    );
  });
});

describe('limits and secrets', () => {
  const kinds = ['al2023', 'al2', 'bottlerocket', 'hybrid', 'windows', 'ubuntu'] as const;

  it.each(kinds)('let a node of the kind %s read no more than EC2 takes', (kind) => {
    expect(nodeOf('a'.repeat(20_000_000), { kind }).reading.ok).toBe(false);
    expect(nodeOf('a'.repeat(64 * 1024 + 1), { kind }).joins.status).toBe('unknown');
  });

  it.each([
    ['brackets', '['.repeat(250_000)],
    ['lists', '- '.repeat(125_000)],
    ['keys', 'a:\n'.repeat(80_000)],
    ['boundaries', `Content-Type: multipart/mixed; boundary="B"\n\n${'--B\n\n'.repeat(50_000)}`],
    ['header', `A: b\n${' c\n'.repeat(80_000)}`],
    ['nothing', Buffer.alloc(50_000_000)],
  ])('let no node read a small gzip of much of %s', (_, text) => {
    const packed = gzipSync(text);
    for (const kind of ['al2023', 'hybrid', 'bottlerocket'] as const)
      expect(nodeOf(packed, { kind }).reading.ok).toBe(false);
  });

  it.each([
    ['nested TOML', `a = ${'['.repeat(60_000)}`],
    ['dotted keys of TOML', `${'a.'.repeat(30_000)}b = 1`],
    ['arguments', `#!/bin/bash\n/etc/eks/bootstrap.sh $${'x '.repeat(30_000)}`],
    ['quotes', `#!/bin/bash\n${'"\'"'.repeat(20_000)}`],
  ])('let no node read 60 KB of %s', (_, text) => {
    for (const kind of ['al2023', 'hybrid', 'al2'] as const) {
      const { reading, mayChange } = nodeOf(text, { kind });
      if (text.startsWith('#!') || kind !== 'al2') expect(reading.ok && mayChange === undefined).toBe(false);
    }
    expect(nodeOf(text, { kind: 'bottlerocket' }).joins).toBeDefined();
  });

  it('never throw, whatever the bytes and the kind', () => {
    const mime = ['--B\n', 'Content-Type: application/node.eks.aws\n', '\n'];
    const yaml = [top, 'spec:\n', '  kubelet:\n', '    config: ', '{', '}', 'a: b\n', '<<', '*x', '&x '];
    const shell = ['#!/bin/bash\n', '/etc/eks/bootstrap.sh c ', "'", '"', '$x'];
    const piece = fc.constantFrom(...mime, ...yaml, ...shell, '[settings.kubernetes]\n', 'event-qps = 1\n');
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.array(piece, { maxLength: 20 }), (kind, words) => {
        expect(nodeOf(`Content-Type: multipart/x; boundary=B\n\n${words.join('')}`, { kind }).reading).toBeDefined();
        expect(nodeOf(words.join(''), { kind }).reading).toBeDefined();
      }),
    );
  });

  it('keep no text of what is read', () => {
    const secret = 'Pl4ntedSecret';
    const beside = (type: string, body: string) => multipart(nodePart('config: {}'), [type, body]);
    const all = `config: {x: ${secret}, clusterDNS: [${secret}]}\n    flags: ["--node-labels=a=${secret}"]`;
    const label = `--node-labels=a=${secret}`;
    const ssm = `{activationCode: ${secret}, activationId: ${secret}}`;
    const texts: readonly (readonly [NextNodeOptions['kind'], string])[] = [
      ['al2023', nodeConfig(`${all}\n  containerd: {config: 'a = "${secret}"'}`)],
      ['al2023', nodeConfig(`config: {readOnlyPort: ${secret}}`)],
      ['al2023', nodeConfig(`flags: [${secret}]`)],
      ['al2023', `${nodeConfig('config: {}')}x: "${secret}`],
      ['al2023', beside('text/x-shellscript', `#!/bin/bash\nexport TOKEN=${secret}\ncurl -H ${secret} x\n`)],
      ['al2023', beside('application/node.eks.aws', secret)],
      ['al2', `#!/bin/bash\n${bootstrap} '${label}' --docker-config-json '${secret}'\n`],
      ['al2', `#!/bin/bash\ncurl ${secret}\n`],
      ['bottlerocket', `[settings.kubernetes]\nbootstrap-token = "${secret}"\nevent-qps = "${secret}"\n`],
      ['bottlerocket', `x = ${secret}\n`],
      ['hybrid', `${top}spec:\n  cluster: {name: c, region: r}\n  hybrid: {ssm: ${ssm}}\n`],
      ['windows', `$x = "${secret}"\ny -KubeletExtraArgs "${label} --event-qps=1"`],
    ];
    for (const [kind, text] of texts) {
      const node = nodeOf(text, { kind });
      expect(JSON.stringify({ ...node, places: [...node.places] })).not.toContain(secret);
    }
  });
});
