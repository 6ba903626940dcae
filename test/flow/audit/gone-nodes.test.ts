import { describe, expect, it } from 'vitest';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { Instance, Problem } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import type { WantedInstances } from '../../../lambda/core/read/inventory/wanted-instances.ts';
import { FakeSource, factsOf, failure, fakePorts, instanceWith, listed } from '../../fakes/ports.ts';
import { auditAll, auditOptions } from './audit-all.ts';

const id = 'i-0123456789abcdef0';
const ca = 'authentication.x509.clientCAFile';
const slug = 'kubelet-client-ca-file';
const instance = instanceWith({ id, group: { kind: 'managed', name: 'ng' } });
const problem: Problem = { code: 'ec2-unavailable', message: 'EC2 is down', remedy: 'run the audit again' };

/** A node whose Node object is deleted while the audit asks its kubelet; SSM finds no client CA on its machine. */
async function auditDeleted(answer: Result<readonly Instance[], Problem>, ssmAnswers = true) {
  const asked: string[][] = [];
  const facts = factsOf('ssm', { [ca]: { state: 'known', value: '', origin: { from: 'file', file: '/etc/k.json' } } });
  const ssm = new FakeSource('ssm', ssmAnswers ? { a: ok(facts) } : { a: failure('unreadable', 'no agent') });
  const ports = {
    ...fakePorts({
      nodes: ok([{ ...listed('a'), providerId: `aws:///eu-west-1a/${id}` }]),
      instances: ok([instance]),
      sources: [new FakeSource('configz', { a: failure('node-gone', 'it is not there (404)') }), ssm],
    }),
    instanceLookup: {
      find: async (_: unknown, { ids = [] }: WantedInstances) => {
        asked.push([...ids]);
        return answer;
      },
    },
  };
  const { clusters } = await auditAll(ports, { ...auditOptions, controls });
  return { audit: clusters[0], node: clusters[0]?.nodes[0], asked, bySsm: ssm.asked };
}

describe('a node whose Node object is deleted during the audit', () => {
  it('is read by the next source while its machine runs', async () => {
    const { node, asked, bySsm } = await auditDeleted(ok([instance]));
    expect(asked).toEqual([[id]]);
    expect(bySsm).toEqual(['a']);
    expect(node?.verdicts[slug]?.status).toBe('fail');
    expect(node?.node.unlisted).toBe(true);
  });

  it('is unknown while its machine runs and no source reads it', async () => {
    const { node } = await auditDeleted(ok([instance]), false);
    expect(node?.verdicts[slug]?.status).toBe('unknown');
    expect(node?.failures[0]).toMatchObject({
      kind: 'unreadable',
      because: 'it is not there (404), but its machine runs',
    });
  });

  it('is unknown, and a problem of the cluster, while EC2 does not say whether its machine runs', async () => {
    const { audit, node } = await auditDeleted(err(problem), false);
    expect(node?.verdicts[slug]?.status).toBe('unknown');
    expect(audit?.problems).toContainEqual(problem);
  });

  it('is dropped when its machine does not run', async () => {
    const { audit, bySsm } = await auditDeleted(ok([]));
    expect(audit?.nodes).toEqual([]);
    expect(bySsm).toEqual([]);
  });
});
