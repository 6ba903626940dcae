import { describe, expect, it } from 'vitest';
import { type Check, clusterChecks, gapOf, heldBack, readiness } from '../../../../lambda/core/fix/doctor/readiness.ts';
import { configzRight } from '../../../../lambda/core/fix/grant/broad-rights.ts';
import type { NodeAudit, ReadFailure } from '../../../../lambda/core/model/model.ts';
import { auditOf, node } from '../../findings/compliant-audit.ts';
import { subject } from '../../judge/controls/subject.ts';

const where = 'blue (eu-west-1, 111122223333)';
const read = (number: number): NodeAudit => {
  return { node: node(number), facts: subject('configz'), failures: [], verdicts: {} };
};
const unread = (number: number, ...failures: readonly ReadFailure[]): NodeAudit => {
  return { node: node(number), failures, verdicts: {} };
};
const bySsm = (because: string): ReadFailure => ({ via: 'ssm', kind: 'unreadable', because });
const ofCluster: ReadFailure = { via: 'configz', kind: 'unreadable', because: 'no answer' };
const proxy = { verb: 'get', group: '', resource: 'nodes', subresource: 'proxy' };
const says = (checks: readonly Check[]) => checks.map(({ what, status, says }) => [what, status, says]);

describe('what the audit of a cluster would meet', () => {
  it('is ready when its nodes are listed and answer', () => {
    const checks = clusterChecks(auditOf([read(1), read(2)]), []);
    const listed = ['nodes', 'ready', '2 nodes listed by the API server'];
    expect(says(checks)).toEqual([listed, ['kubelets', 'ready', '2 of 2 nodes answered']]);
    expect(checks.map((each) => each.where)).toEqual([where, where]);
    expect(readiness(checks)).toBe(0);
  });

  it.each([
    ['tags', 'ready', '1 node known to AWS by tags; the API server listed none'],
    ['saved', 'ready', '1 node saved'],
  ] as const)('says how its nodes are known: %s', (from, status, text) => {
    const [first] = clusterChecks(auditOf([read(1)], { inventory: { from, complete: false } }), []);
    expect(first).toEqual({ where, what: 'nodes', status, says: text });
  });

  it('has nothing to say of kubelets when no node could be listed, which alone is no gap', () => {
    const checks = clusterChecks(auditOf([], { inventory: { from: 'none', complete: false } }), []);
    expect(says(checks)).toEqual([['nodes', 'note', '0 nodes could be listed']]);
    expect(readiness(checks)).toBe(0);
  });

  it('calls a cluster outside EKS by its name', () => {
    const audit = auditOf([]);
    const { arn: _, ...cluster } = audit.cluster;
    expect(clusterChecks({ ...audit, cluster }, [])[0]?.where).toBe('blue');
  });

  it('distinguishes rights that are granted, denied and not known: none of them is a gap', () => {
    const checks = clusterChecks(auditOf([]), [
      { right: configzRight, allowed: true },
      { right: { verb: 'list', group: '', resource: 'nodes' }, allowed: true },
      { right: proxy, allowed: false },
      { right: { ...proxy, verb: 'create' }, allowed: 'the API server did not say' },
    ]);
    expect(says(checks).slice(1)).toEqual([
      ['rights', 'ready', 'get nodes/configz, list nodes'],
      ['rights', 'note', 'not allowed: get nodes/proxy'],
      ['rights', 'note', 'not known: the API server did not say'],
    ]);
    expect(readiness(checks)).toBe(0);
  });

  it('makes a gap of every problem, with what to do', () => {
    const problem = { code: 'nodes-proxy-forbidden', message: 'it may not read', remedy: 'run grant' };
    const checks = clusterChecks(auditOf([read(1)], { problems: [problem] }), []);
    expect(checks[1]).toEqual(gapOf(where, 'access', problem));
    const { message: says, ...others } = problem;
    expect(checks[1]).toEqual({ where, what: 'access', status: 'gap', says, ...others });
    expect(readiness(checks)).toBe(2);
  });

  const notTried: ReadFailure = { via: 'ssm', kind: 'not-tried', because: 'Fargate has no SSM' };
  const tls: ReadFailure = { via: 'tls', kind: 'unreadable', because: 'no agent runs there' };
  const noAgent = bySsm('no agent runs there');
  const name = (number: number) => `ip-10-0-0-${number}.eu-west-1.compute.internal`;
  const { name: _, ...nameless } = node(3);
  const fargate = { ...node(3), kind: 'fargate' } as const;
  const gap = (what: string, says: string) => [what, 'gap', says];

  it.each<[string, readonly NodeAudit[], string, ...string[][]]>([
    [
      'counts the nodes that SSM would reach, and calls none of them unreached',
      [read(1), unread(2, ofCluster, bySsm(heldBack))],
      '1 of 2 nodes answered; SSM reaches 1 of the others',
    ],
    [
      'leaves no node uncounted that nothing else reads',
      [read(1), unread(2, ofCluster, bySsm(heldBack)), { ...unread(3, ofCluster, notTried), node: fargate }],
      '1 of 3 nodes answered; SSM reaches 1 of the others; 1 cannot be read otherwise (Windows, or run by AWS)',
    ],
    [
      'names three nodes that SSM cannot reach for one reason, and counts the others',
      [...[1, 2, 3, 4].map((number) => unread(number, ofCluster, noAgent)), unread(5, bySsm('it is stopped'))],
      '0 of 5 nodes answered',
      gap('SSM on 4 nodes', `${name(1)}, ${name(2)}, ${name(3)} and 1 more: no agent runs there`),
      gap('SSM on 1 node', `${name(5)}: it is stopped`),
    ],
    [
      'names all of three nodes, by key where they have no name, and no other way but SSM where there is none',
      [
        unread(1, noAgent),
        unread(2, noAgent),
        { ...unread(3, noAgent), node: nameless },
        unread(4, ofCluster, notTried),
      ],
      '0 of 4 nodes answered',
      gap('SSM on 3 nodes', `${name(1)}, ${name(2)}, i-00000000000000003: no agent runs there`),
      gap('configz on 1 node', `${name(4)}: no answer`),
    ],
    [
      'keeps apart what two sources say, and names a machine that both cannot reach once by each',
      [read(1), unread(2, bySsm(heldBack)), unread(3, noAgent, tls)],
      '1 of 3 nodes answered; SSM reaches 1 of the others',
      gap('SSM on 1 node', `${name(3)}: no agent runs there`),
      gap('TLS on 1 node', `${name(3)}: no agent runs there`),
    ],
    [
      'calls no machine unreached that was not to be reached, or was read',
      [unread(2, notTried), { ...read(3), failures: [noAgent] }],
      '1 of 2 nodes answered',
    ],
    [
      'names kubelets that do not answer where configz is the only source, and those that refuse',
      [read(1), unread(2, ofCluster), unread(3, { via: 'direct', kind: 'kubelet-refused', because: 'it said 401' })],
      '1 of 3 nodes answered',
      gap('configz on 1 node', `${name(2)}: no answer`),
      gap('its own port on 1 node', `${name(3)}: it said 401`),
    ],
  ])('%s', (_title, nodes, kubelets, ...gaps) => {
    const checks = clusterChecks(auditOf(nodes), []);
    expect(says(checks).slice(1)).toEqual([['kubelets', gaps.length > 0 ? 'note' : 'ready', kubelets], ...gaps]);
    expect(readiness(checks)).toBe(gaps.length > 0 ? 2 : 0);
  });

  it('names in a gap the nodes that it is about', () => {
    const checks = clusterChecks(auditOf([1, 2, 3, 4].map((number) => unread(number, noAgent))), []);
    expect(checks[2]).toMatchObject({ where, code: 'node-unreached', nodes: [1, 2, 3, 4].map(name) });
    expect(heldBack).toBe('SSM reaches it; nothing was sent');
  });
});
