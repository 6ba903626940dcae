import { describe, expect, it } from 'vitest';
import type { NodeAudit } from '../../../lambda/core/model/model.ts';
import { shortHash } from '../../../lambda/core/model/text/words.ts';
import { evidenceFiles } from '../../../lambda/core/report/evidence.ts';
import { cluster, clusterNode, factsOf } from '../../fakes/ports.ts';
import { auditOf } from '../findings/compliant-audit.ts';
import { subject } from '../judge/controls/subject.ts';

const nodeCalled = (key: string): NodeAudit => {
  const proof = { readAt: '2026-01-01T00:00:00.000Z', sha256: 'ab'.repeat(32) };
  return { node: clusterNode(key), facts: { ...factsOf('configz'), proof }, failures: [], verdicts: {} };
};
const filesOf = (...nodes: readonly NodeAudit[]) => [...evidenceFiles({ ...auditOf(nodes), cluster }, 'cis-eks-1.8.0')];

describe('evidenceFiles', () => {
  it('is the whole of what is kept', () => {
    const given = nodeCalled('i-0');
    const { proof: _, ...facts } = given.facts ?? factsOf('configz');
    const notRead = { via: 'tls', kind: 'not-tried', because: 'no way' } as const;
    const verdicts = { some: { status: 'unknown', because: 'why' } } as const;
    const others = { otherFacts: [{ ...facts, via: 'ssm' }], failures: [{ ...notRead, timedOut: true }] } as const;
    const text = filesOf({ ...given, ...others, verdicts })[0]?.text ?? '';
    const { cluster: arn, node: told, answers, ...rest } = JSON.parse(text);

    expect(arn).toBe(cluster.arn?.arn);
    expect(told).toEqual(given.node);
    expect(answers.map((each: { via: string; readAt?: string }) => [each.via, each.readAt])).toEqual([
      ['configz', '2026-01-01T00:00:00.000Z'],
      ['ssm', undefined],
    ]);
    const { auditedAt } = auditOf([]);
    expect(rest).toEqual({ auditedAt, benchmark: 'cis-eks-1.8.0', notRead: [notRead], drift: [], verdicts });
    expect(text).toMatch(/^\{\n {2}"cluster": [\s\S]*\}\n$/);
  });

  it('has no answer of a node that nobody read', () => {
    const { facts: _, ...unread } = nodeCalled('i-0');
    expect(JSON.parse(filesOf(unread)[0]?.text ?? '').answers).toEqual([]);
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

    const flags = { 'hostname-override': { state: 'known', value: 'node-a' } };
    expect(JSON.parse(file?.text ?? '')).toMatchObject({ answers: [{ via: 'ssm', flags }] });
  });

  const leading = ['../../etc/passwd', '..', '.', '/etc/passwd', 'a\0b', 'x'.repeat(1_000), ''];
  it.each(leading)('never lets a node named %j lead out of its folder', (key) => {
    const [file] = filesOf(nodeCalled(key));
    expect(file?.path[1]).toMatch(/^[A-Za-z0-9_~-][A-Za-z0-9_~-]{0,210}\.json$/);
  });

  it('gives no two nodes one file', () => {
    const long = 'x'.repeat(230);
    const keys = ['a_b', 'a/b', 'a:b', 'node/i-0', 'node_i-0', `${long}1`, `${long}2`, '_', '', '.'];
    const files = filesOf(...keys.map(nodeCalled));

    expect(new Set(files.map(({ path }) => path[1])).size).toBe(keys.length);
  });
});
