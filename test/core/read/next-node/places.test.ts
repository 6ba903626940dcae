import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import type {
  ByteRange,
  NextNode,
  NextNodeOptions,
  SettingPlace,
} from '../../../../lambda/core/read/next-node/next-node.ts';
import { multipart, nodeConfig, nodeOf, nodePart, top, valueIn } from './node-of-user-data.ts';

describe('places', () => {
  const clientCa = 'authentication.x509.clientCAFile';
  const port = (number: number) => `config: {readOnlyPort: ${number}}`;
  /** What is written at the place of a setting. */
  const written = (text: string, node: NextNode, setting: SettingPath, range: 'value' | 'entry' = 'value'): string => {
    const { start, end }: ByteRange = node.places.get(setting)?.[range] ?? { start: 0, end: 0 };
    return Buffer.from(text).subarray(start, end).toString();
  };

  type Given = { readonly kind?: NextNodeOptions['kind']; readonly setting?: SettingPath };

  it.each<[string, string, value: string, entry: string, line: number, Given?]>([
    ['of a value in a block', nodeConfig('config:\n      # é\n      readOnlyPort: 1 # x'), '1', 'readOnlyPort: 1', 12],
    ['of a value in a flow map', nodeConfig('config: {"readOnlyPort": 0x1}'), '0x1', '"readOnlyPort": 0x1', 10],
    [
      'of a null above it',
      nodeConfig('config: {authentication: ~}'),
      '~',
      'authentication: ~',
      10,
      { setting: clientCa },
    ],
    ['of a later part', multipart(nodePart(port(1)), nodePart(port(22))), '22', 'readOnlyPort: 22', 29],
    [
      'of the last of a key that is there twice',
      nodeConfig('config: {readOnlyPort: 1, readOnlyPort: 22}'),
      '22',
      'readOnlyPort: 22',
      10,
    ],
    ['of a flag', nodeConfig('flags:\n    - "--read-only-port=1"'), '1', '"--read-only-port=1"', 11],
    [
      'of the second flag of an entry',
      nodeConfig('flags: [--max-pods=1 --read-only-port=22]'),
      '22',
      '--max-pods=1 --read-only-port=22',
      10,
    ],
    [
      'of an extra argument',
      "#!/bin/bash\n# é\n/etc/eks/bootstrap.sh c --kubelet-extra-args '--read-only-port=22'\n",
      '22',
      "'--read-only-port=22'",
      3,
      { kind: 'al2' },
    ],
    [
      'of a setting of Bottlerocket',
      '# é\n[settings.kubernetes]\nevent-qps = 22 # x\n',
      '22',
      'event-qps = 22',
      3,
      { kind: 'bottlerocket', setting: 'eventRecordQPS' },
    ],
    [
      'of an argument on Windows',
      'x -KubeletExtraArgs "--read-only-port=22"',
      '22',
      '--read-only-port=22',
      1,
      { kind: 'windows' },
    ],
  ])('are those %s', (_, text, value, entry, line, { kind = 'al2023', setting = 'readOnlyPort' } = {}) => {
    const node = nodeOf(text, { kind });
    expect(written(text, node, setting)).toBe(value);
    expect(written(text, node, setting, 'entry')).toBe(entry);
    expect(node.places.get(setting)).toMatchObject({ line });
    expect(node.places.get(setting)?.behind).toBeUndefined();
  });

  it.each<[string, string, SettingPlace['behind']]>([
    ['an alias', nodeConfig('config: {a: &x 1, readOnlyPort: *x}'), 'alias'],
    ['an alias of a map', nodeConfig('config: {a: &x {x509: {clientCAFile: ""}}, authentication: *x}'), 'alias'],
    ['an anchor', nodeConfig('config: {readOnlyPort: &x 1}'), 'anchor'],
    ['a merge key', nodeConfig('config: {a: &x {readOnlyPort: 1}, <<: *x}'), 'merge-key'],
    [
      'a block text',
      nodeConfig('config:\n      authorization:\n        mode: |-\n          AlwaysAllow'),
      'block-scalar',
    ],
  ])('say that a value stands behind %s', (_, text, behind) => {
    expect([...nodeOf(text).places.values()]).toEqual([expect.objectContaining({ behind })]);
  });

  it('lead to the value that decides: another one written there is the value then, and nothing else changes', () => {
    const settings = ['readOnlyPort', 'eventRecordQPS'] as const;
    const part = fc.record({
      config: fc.dictionary(
        fc.constantFrom('readOnlyPort', 'ReadOnlyPort', 'eventRecordQPS', 'maxPods'),
        fc.integer({ min: 0, max: 9 }),
      ),
      flags: fc.array(
        fc.constantFrom('--read-only-port=1', '--event-qps=2 --max-pods=3', '--event-qps=4', "--node-labels='a b'"),
        { maxLength: 3 },
      ),
      style: fc.constantFrom('flow', 'block'),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), fc.boolean(), (parts, hasReturns) => {
        const body = parts.map(({ config, flags, style }) =>
          style === 'flow'
            ? nodePart(`config: ${JSON.stringify(config)}\n    flags: ${JSON.stringify(flags)}`)
            : nodePart(
                `config: ${Object.keys(config).length === 0 ? '{}' : ''}\n${Object.entries(config)
                  .map(([key, value]) => `      ${key}: ${value} # é\n`)
                  .join(
                    '',
                  )}    flags: ${flags.length === 0 ? '[]' : ''}\n${flags.map((flag) => `    - ${flag}\n`).join('')}`,
              ),
        );
        const text = hasReturns ? multipart(...body).replaceAll('\n', '\r\n') : multipart(...body);
        const before = nodeOf(text);
        for (const setting of settings) {
          const place = before.places.get(setting);
          if (place?.value === undefined) continue;
          const bytes = Buffer.from(text);
          const after = nodeOf(
            Buffer.concat([bytes.subarray(0, place.value.start), Buffer.from('77'), bytes.subarray(place.value.end)]),
          );
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
    for (const kind of ['al2023', 'hybrid', 'al2'] as const)
      if (text.startsWith('#!') || kind !== 'al2') expect(nodeOf(text, { kind }).reading.ok).toBe(false);
    expect(nodeOf(text, { kind: 'bottlerocket' }).sha256).toHaveLength(1);
  });

  it('never throw, whatever the bytes and the kind', () => {
    const piece = fc.constantFrom(
      '--B\n',
      'Content-Type: application/node.eks.aws\n',
      '\n',
      top,
      'spec:\n',
      '  kubelet:\n',
      '    config: ',
      '{',
      '}',
      'a: b\n',
      '#!/bin/bash\n',
      '/etc/eks/bootstrap.sh c ',
      "'",
      '"',
      '$x',
      '[settings.kubernetes]\n',
      'event-qps = 1\n',
      '<<',
      '*x',
      '&x ',
    );
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.array(piece, { maxLength: 20 }), (kind, words) => {
        expect(nodeOf(`Content-Type: multipart/x; boundary=B\n\n${words.join('')}`, { kind }).sha256).toHaveLength(1);
        expect(nodeOf(words.join(''), { kind }).sha256).toHaveLength(1);
      }),
    );
  });

  it('keep no text of what is read, but the hash of the whole', () => {
    const secret = 'Pl4ntedSecret';
    const texts: readonly (readonly [NextNodeOptions['kind'], string])[] = [
      [
        'al2023',
        nodeConfig(
          `config: {x: ${secret}, clusterDNS: [${secret}]}\n    flags: ["--node-labels=a=${secret}"]\n  containerd: {config: 'a = "${secret}"'}`,
        ),
      ],
      ['al2023', nodeConfig(`config: {readOnlyPort: ${secret}}`)],
      ['al2023', nodeConfig(`flags: [${secret}]`)],
      ['al2023', `${nodeConfig('config: {}')}x: "${secret}`],
      [
        'al2023',
        multipart(nodePart('config: {}'), [
          'text/x-shellscript',
          `#!/bin/bash\nexport TOKEN=${secret}\ncurl -H ${secret} x\n`,
        ]),
      ],
      ['al2023', multipart(nodePart('config: {}'), ['application/node.eks.aws', secret])],
      [
        'al2',
        `#!/bin/bash\n/etc/eks/bootstrap.sh c --docker-config-json '${secret}' --kubelet-extra-args '--node-labels=a=${secret}'\n`,
      ],
      ['al2', `#!/bin/bash\ncurl ${secret}\n`],
      ['bottlerocket', `[settings.kubernetes]\nbootstrap-token = "${secret}"\nevent-qps = "${secret}"\n`],
      ['bottlerocket', `x = ${secret}\n`],
      [
        'hybrid',
        `${top}spec:\n  cluster: {name: c, region: r}\n  hybrid: {ssm: {activationCode: ${secret}, activationId: ${secret}}}\n`,
      ],
      ['windows', `$x = "${secret}"\ny -KubeletExtraArgs "--node-labels=a=${secret} --event-qps=1"`],
    ];
    for (const [kind, text] of texts) {
      const node = nodeOf(text, { kind });
      const told = JSON.stringify({ ...node, places: [...node.places] });
      expect(told).not.toContain(secret);
      expect(node.sha256).toEqual([createHash('sha256').update(text).digest('hex')]);
    }
  });
});
