import { describe, expect, it } from 'vitest';
import type { ClusterNode, NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { shortHash } from '../../../lambda/core/model/text/words.ts';
import { clusterGaps, isUnreadable, nodeGroupGaps } from '../../../lambda/core/run/node-group-gaps.ts';
import { factsOf } from '../../fakes/ports.ts';
import { failed, judged, node, notApplicable, passed, unread } from '../findings/compliant-audit.ts';

const dark = (change: Partial<ClusterNode> = {}, number = 1): NodeAudit => judged(node(number, change), unread);
const seen = (verdict: Verdict, change: Partial<ClusterNode> = {}): NodeAudit => ({
  ...judged(node(1, change), verdict),
  facts: factsOf('configz'),
});

describe('nodeGroupGaps', () => {
  it.each<[string, NodeAudit | undefined, string, string, string]>([
    [
      'no source read it',
      dark(),
      'nodes-unread',
      'nodes could not be read',
      'see in the result of this cluster what each source met',
    ],
    [
      'it is not listed',
      dark({ unlisted: true }),
      'instances-not-listed',
      'running instances of this cluster are not in the list of its API server, and could not be read',
      'see why they did not join, or who deleted their Node objects; take the cluster tags off machines that are no nodes',
    ],
    [
      'it is not believed, though somebody answered for it',
      seen(passed, { distrust: 'it lies' }),
      'nodes-distrusted',
      'nodes are not who they say they are, so nothing that answers for them counts',
      'see in the result of this cluster what AWS says of each, and who changed the Node object or its tags',
    ],
    [
      'it was read, and not everything was shown',
      seen(unread, { unlisted: true }),
      'controls-unread',
      'they were read, and not everything that decides a control could be read',
      'see in the result of this cluster which controls are unknown and why: restart kubelets whose files were changed, or let the source that shows the control read them',
    ],
    [
      'AWS shows no machine behind it',
      seen(passed, { claimed: 'without-machine' }),
      'nodes-without-machine',
      'they are Node objects behind which AWS shows no machine, so only their own words say what they are',
      'see in the result of this cluster which nodes these are and who made them; delete Node objects of no machine',
    ],
    [
      'it has the tags of two clusters',
      undefined,
      'machines-contested',
      'they carry the tags of another cluster too, and the API server of this one does not list them, so nothing says whose they are',
      'see in the result of this cluster which machines these are, and take the tags of the wrong cluster off them',
    ],
  ])('says of a node group: %s', (_what, each, code, words, remedy) => {
    const message = `node group managed workers: 1 machine; ${words}`;
    const contested = each ? [] : [node(1), node(2, { booting: true })];
    expect(nodeGroupGaps(each ? [each] : [], { contested })).toMatchObject([
      { nodeGroup: 'managed workers', size: 1, problem: { code, message, remedy } },
    ]);
  });

  it.each<[string, NodeAudit]>([
    ['was read', seen(failed)],
    ['AWS runs', judged(node(1), notApplicable)],
    ['is booting', dark({ booting: true })],
    ['is of Fargate and has no machine', seen(passed, { kind: 'fargate', claimed: 'without-machine' })],
    ['is hybrid and has no machine', seen(passed, { kind: 'hybrid', claimed: 'without-machine' })],
    ['is a machine elsewhere', seen(passed, { claimed: 'elsewhere' })],
    ['has nothing that was to be judged', { ...dark(), verdicts: {} }],
  ])('says nothing of a node that %s', (_what, each) => {
    expect(nodeGroupGaps([each])).toEqual([]);
    expect(isUnreadable({ ...each, node: { ...each.node, distrust: 'it lies' } })).toBe(
      Object.values(each.verdicts).some(({ status }) => status !== 'not-applicable'),
    );
  });

  it('counts the nodes of one group and reason together, in the order of the names', () => {
    const other = { group: { kind: 'karpenter', name: 'a\u001b[31mb' } } as const;
    const gaps = nodeGroupGaps([dark(), dark(other), seen(unread), dark({ distrust: 'it lies' }), dark({}, 2)]);
    expect(gaps.map(({ nodeGroup, problem: { code } }) => `${nodeGroup}: ${code}`)).toEqual([
      'karpenter a b: nodes-unread',
      'managed workers: controls-unread',
      'managed workers: nodes-distrusted',
      'managed workers: nodes-unread',
    ]);
    expect(gaps.at(-1)?.problem.message).toBe('node group managed workers: 2 machines; nodes could not be read');
  });

  it('shows 300 characters of a name', () => {
    const named = (length: number) =>
      nodeGroupGaps([dark({ group: { kind: 'managed', name: 'n'.repeat(length) } })])[0]?.nodeGroup;
    expect(named(292)).toBe(`managed ${'n'.repeat(292)}`);
    expect(named(293)).toBe(`managed ${'n'.repeat(291)}…`);
  });

  it('names 500, and all others together by what they are', () => {
    const names = Array.from({ length: 502 }, (_, index) => `group-${index + 1000}`);
    const gaps = nodeGroupGaps(names.toReversed().map((name) => dark({ group: { kind: 'managed', name } })));
    expect(gaps.slice(0, 500).map(({ nodeGroup }) => nodeGroup)).toEqual(
      names.slice(0, 500).map((name) => `managed ${name}`),
    );
    const hash = shortHash('nodes-unread managed group-1500,nodes-unread managed group-1501');
    const problem = {
      code: 'nodes-unread',
      message: 'nodes of 2 more node groups could not be read',
      remedy: 'see in the result of this cluster what each source met',
    };
    expect(gaps.slice(500)).toStrictEqual([{ nodeGroup: `2 more (${hash})`, problem }]);
  });
});

describe('clusterGaps', () => {
  it('names each control of the cluster itself that could not be judged', () => {
    expect(clusterGaps({ a: passed, 'cluster-proxy-holders': unread, c: failed })).toStrictEqual([
      {
        nodeGroup: 'the cluster (cluster-proxy-holders)',
        problem: {
          code: 'cluster-unread',
          message: 'cluster-proxy-holders: not everything that decides could be read of the cluster',
          remedy: 'see in the result of this cluster what could not be read, and which right is missing',
        },
      },
    ]);
    expect(clusterGaps(undefined)).toEqual([]);
  });
});

it('names the machines of a node group that EC2 confirms in another VPC, and how they become nodes of the cluster', () => {
  const contested = [1, 2, 3, 4].map((number) => node(number, { claimed: 'elsewhere', inOtherVpc: true }));
  const [gap, ...others] = nodeGroupGaps([], { contested });
  expect(others).toEqual([]);
  const named = [1, 2, 3].map((number) => node(number).key).join(', ');
  expect(gap?.problem).toMatchObject({
    code: 'nodes-in-other-vpc',
    message: expect.stringContaining(`4 machines (${named});`),
  });
  expect(gap?.problem.remedy).toContain('tag them kubernetes.io/cluster/NAME');
});
