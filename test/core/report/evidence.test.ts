import { describe, expect, it } from 'vitest';
import type { NodeAudit } from '../../../lambda/core/model/model.ts';
import { shortHash } from '../../../lambda/core/model/text/short-hash.ts';
import { evidenceFiles } from '../../../lambda/core/report/evidence.ts';
import { cluster, factsOf } from '../../fakes/ports.ts';
import { auditOf } from '../findings/compliant-audit.ts';
import { subject } from '../judge/controls/subject.ts';

const nodeCalled = (key: string): NodeAudit => ({
  node: { key, machine: { status: 'none', because: '' }, kind: 'linux', group: { kind: 'managed', name: 'g' } },
  facts: { ...factsOf('configz'), proof: { readAt: '2026-01-01T00:00:00.000Z', sha256: 'ab'.repeat(32) } },
  failures: [],
  verdicts: {},
});
const filesOf = (...nodes: readonly NodeAudit[]) => [...evidenceFiles({ ...auditOf(nodes), cluster }, 'cis-eks-1.8.0')];

describe('evidenceFiles', () => {
  it('is the whole of what is kept', () => {
    const { proof, ...facts } = nodeCalled('i-0').facts ?? factsOf('configz');
    const node: NodeAudit = {
      ...nodeCalled('i-0'),
      facts: { ...facts, ...(proof && { proof }) },
      otherFacts: [{ ...facts, via: 'ssm' }],
      failures: [{ via: 'tls', kind: 'not-tried', because: 'no way', timedOut: true }],
      verdicts: { some: { status: 'unknown', because: 'why' } },
    };
    const text = filesOf(node)[0]?.text ?? '';
    const { cluster: arn, node: told, answers, ...rest } = JSON.parse(text);

    expect(arn).toBe(cluster.arn?.arn);
    expect(told).toEqual(node.node);
    expect(answers.map((each: { via: string; readAt?: string }) => [each.via, each.readAt])).toEqual([
      ['configz', '2026-01-01T00:00:00.000Z'],
      ['ssm', undefined],
    ]);
    expect(rest).toEqual({
      auditedAt: auditOf([]).auditedAt,
      benchmark: 'cis-eks-1.8.0',
      notRead: [{ via: 'tls', kind: 'not-tried', because: 'no way' }],
      drift: [],
      verdicts: { some: { status: 'unknown', because: 'why' } },
    });
    expect(text).toMatch(/^\{\n {2}"cluster": [\s\S]*\}\n$/);
  });

  it.each([
    ['a', 'a.json'],
    ['-_9.x', '-_9.x.json'],
    ['x'.repeat(200), `${'x'.repeat(200)}.json`],
    ['x'.repeat(201), `${'x'.repeat(160)}~${shortHash('x'.repeat(201))}.json`],
    ['a/  b', `a_b~${shortHash('a/  b')}.json`],
  ])('calls the file of %s %s', (key, name) => {
    expect(filesOf(nodeCalled(key))[0]?.path[1]).toBe(name);
  });

  it('calls the folder after the cluster where no ARN is known', () => {
    const { arn: _, ...elsewhere } = cluster;
    const [file] = [...evidenceFiles({ ...auditOf([nodeCalled('i-0')]), cluster: elsewhere }, 'cis-eks-1.8.0')];

    expect(file?.path).toEqual(['prod', 'i-0.json']);
    expect(JSON.parse(file?.text ?? '').cluster).toBe('prod');
  });

  it('keeps the flag that no configuration file can set', () => {
    const node = { ...nodeCalled('i-0'), facts: subject('ssm', { flags: ['--hostname-override=node-a'] }) };
    const [file] = filesOf(node);

    expect(JSON.parse(file?.text ?? '')).toMatchObject({
      answers: [{ via: 'ssm', flags: { 'hostname-override': { state: 'known', value: 'node-a' } } }],
    });
  });

  it.each(['../../etc/passwd', '..', '.', '/etc/passwd', 'a\0b', 'x'.repeat(1_000), ''])(
    'never lets a node named %j lead out of its folder',
    (key) => {
      const [file] = filesOf(nodeCalled(key));
      expect(file?.path[1]).toMatch(/^[A-Za-z0-9_~-][A-Za-z0-9_~-]{0,210}\.json$/);
    },
  );

  it('gives no two nodes one file', () => {
    const long = 'x'.repeat(230);
    const keys = ['a_b', 'a/b', 'a:b', 'node/i-0', 'node_i-0', `${long}1`, `${long}2`, '_', '', '.'];
    const files = filesOf(...keys.map(nodeCalled));

    expect(new Set(files.map(({ path }) => path[1])).size).toBe(keys.length);
  });
});
