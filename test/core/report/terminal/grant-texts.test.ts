import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GrantPlan,
  type GrantStep,
  grantTarget,
  type ObjectState,
  type OrganizationGrant,
} from '../../../../lambda/core/fix/grant/grant-plan.ts';
import type { StoredRbacObject } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { grantPlanReport, grantReport } from '../../../../lambda/core/report/terminal/grant.ts';
import {
  clusterGrantedLine,
  type OrganizationGrantWords,
  organizationGrantedReport,
  organizationPlanReport,
} from '../../../../lambda/core/report/terminal/grant-organization.ts';
import { cluster } from '../../../fakes/ports.ts';

const problem = { code: 'eks-forbidden', message: 'AWS said\nno', remedy: 'ask for the right' };
const there = { status: 'there' } as const;
const missing = { status: 'missing' } as const;
const blocked = { status: 'blocked', problem } as const;
const other = { rules: [], roleRef: { name: 'x' }, subjects: [{ name: 'ops' }] };
const differs: ObjectState<StoredRbacObject> = { status: 'differs', found: other };

const asked = { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'direct', proxyHolders: false } as const;
const targetOf = (change: Partial<Parameters<typeof grantTarget>[1]> = {}, mode = 'API', name = 'prod') => {
  const of = { ...cluster, authenticationMode: mode, arn: { ...cluster.arn!, name } };
  return grantTarget(of, { ...asked, ...change });
};
const objects = { clusterRole: missing, clusterRoleBinding: missing, otherBinding: 'missing' } as const;
const entryPlan = (change: Partial<GrantPlan> = {}, target = targetOf()): GrantPlan => {
  return { ...objects, target, entry: missing, ...change };
};
const byHand: GrantPlan = { ...objects, target: targetOf({}, 'CONFIG_MAP') };
const { authenticationMode: __, ...modeless } = byHand.target.cluster;
const unsaid = { ...byHand.target, cluster: modeless };
const allBlocked = { entry: blocked, clusterRole: blocked };
const allThere = { entry: there, clusterRole: there, clusterRoleBinding: there };
const withNext = (way: 'direct' | 'api-server') => targetOf({ way, nextNode: true });
const throughApi = targetOf({ way: 'api-server', proxyHolders: true });

/** The manifest is reviewed once for each way; grant.test.ts shows that what is printed is what a shell applies. */
const withoutManifest = (text: string): string =>
  text.replaceAll(/^( *)apiVersion: rbac[\s\S]*?subjects:\n.*\n.*\n.*$/gm, '$1(the manifest)');

describe('what would be granted', () => {
  /** Of the others only the lines that this has not are reviewed. */
  const whole = grantPlanReport(entryPlan(), {});
  it.each<[string, GrantPlan, Parameters<typeof grantPlanReport>[1]]>([
    ['all is missing', entryPlan(), {}],
    ['on a screen', entryPlan({ otherBinding: 'there' }), { width: 80, profile: "it's" }],
    ['all is there', entryPlan(allThere), {}],
    ['nobody knows the other way', entryPlan({ entry: there, otherBinding: problem }), {}],
    ['the entry has other groups', entryPlan({ entry: { status: 'differs', found: ['ops', "o'x"] } }), {}],
    ['something cannot be looked at', entryPlan({ ...allBlocked, clusterRoleBinding: there }), {}],
    ['the entry has no group', entryPlan({ entry: { status: 'differs', found: [] } }), {}],
    ['who holds nodes/proxy is read, too', entryPlan({}, throughApi), {}],
    ['only the binding is another', entryPlan({ ...allThere, clusterRoleBinding: differs }), {}],
    ['only the entry is missing', entryPlan({ ...allThere, entry: missing }), {}],
    ['by hand', byHand, {}],
    ['by hand, and nobody knows the mode', { ...byHand, ...allThere, entry: undefined, target: unsaid } as never, {}],
    [
      'the role was made again after its entry',
      entryPlan({ entry: { status: 'outlived', found: ['ops', 'eks-kubelet-audit'] } }),
      {},
    ],
    ['the objects are others, and next nodes are read', entryPlan({ clusterRole: differs }, withNext('direct')), {}],
    ['Karpenter is read, too', entryPlan({ otherBinding: 'there' }, withNext('api-server')), {}],
  ])('where %s', (what, plan, shown) => {
    const text = grantPlanReport(plan, shown);
    if (what === 'all is missing') return expect(text).toMatchSnapshot();
    const [lines, known] = [text.split('\n'), what === 'on a screen' ? [] : whole.split('\n')];
    const own = lines.filter((line) => !known.includes(line));
    const others = `${lines.length - own.length} lines as where all is missing`;
    expect(withoutManifest([...own, others].join('\n'))).toMatchSnapshot();
  });
});

const step = (what: GrantStep['what'], outcome: GrantStep['outcome']): GrantStep => ({ what, outcome });
const done: readonly GrantStep[] = [
  step('access entry', { status: 'created' }),
  step('ClusterRole', { status: 'changed' }),
  step('ClusterRoleBinding', { status: 'already-there' }),
];

describe('what was granted', () => {
  const ofOps = entryPlan({ entry: { status: 'differs', found: ['ops'] }, otherBinding: 'there' }, throughApi);
  const changed = [step('access entry', { status: 'changed' }), step('ClusterRole', { status: 'already-there' })];
  const goneAlready = step('binding of the other way', { status: 'already-gone' });
  const allThereAlready = [step('access entry', { status: 'already-there' }), goneAlready];
  const untried = step('ClusterRole', { status: 'not-tried', because: 'the entry failed' });
  const made = step('ClusterRoleBinding', { status: 'created' });
  const failing = [step('access entry', { status: 'failed', problem }), untried, made, goneAlready];
  const removed = [
    step('access entry', { status: 'recreated' }),
    step('binding of the other way', { status: 'removed' }),
  ];
  const both = entryPlan({ ...allThere, otherBinding: 'there' });
  it.each<[string, GrantPlan, readonly GrantStep[], Parameters<typeof grantReport>[2]]>([
    ['a group of the entry', ofOps, changed, { width: 100, profile: 'ops' }],
    ['nothing, since all is there', both, allThereAlready, { width: 80 }],
    ['not all of it', entryPlan(), failing, { width: 60 }],
    ['an entry anew, and the other way no more', ofOps, removed, {}],
  ])('is shown: %s', (_, plan, steps, shown) => {
    expect(grantReport(plan, steps, shown)).toMatchSnapshot();
  });

  it.each(['created', 'changed', 'recreated', 'removed'] as const)('can be taken back where one was %s', (status) => {
    const text = grantReport(ofOps, [step('ClusterRole', { status }), goneAlready]);
    expect(text).toContain('\nTo take it back:\n');
    expect(text.includes('  ClusterRole               changed: it granted something else before\n')).toBe(
      status === 'changed',
    );
  });
});

describe('of an organization', () => {
  const inAccount = (number: number, change: Partial<GrantPlan>, mode?: string): GrantPlan => {
    const target = targetOf({}, mode, `c${number}`);
    return entryPlan(change, { ...target, arn: { ...target.arn, accountId: `${number}`.repeat(12).slice(0, 12) } });
  };
  const { entry: _, ...bare } = inAccount(4, {}, 'CONFIG_MAP');
  const words: OrganizationGrantWords = {
    roleName: 'EksKubeletAudit',
    way: 'direct',
    proxyHolders: false,
    through: undefined,
    draw: (head, rows) => [head, ...rows].map((row) => row.join(' | ')).join('\n'),
  };
  const found: OrganizationGrant = {
    accounts: 4,
    regions: 8,
    plans: [
      inAccount(1, { ...allThere, otherBinding: 'there' }),
      inAccount(2, { entry: there, clusterRole: differs }),
      inAccount(3, { ...allBlocked, clusterRoleBinding: there }),
      bare,
      inAccount(5, { ...allThere, clusterRoleBinding: blocked, otherBinding: 'there' }),
    ],
    gaps: [{ accountId: '666666666666', region: 'eu-west-1', problem }],
    skipped: [{ accountId: '777777777777', problem: { code: 'x', message: 'it is suspended', remedy: '' } }],
  };
  const nothing: OrganizationGrant = { accounts: 1, regions: 1, plans: [], gaps: [], skipped: [] };
  const bothWays = { ...allThere, otherBinding: 'there' } as const;
  const many = Array.from({ length: 6 }, (_each, index) => inAccount(index + 1, bothWays));

  const outlived = inAccount(7, { entry: { status: 'outlived', found: [] } });

  it.each<[string, OrganizationGrant, Partial<OrganizationGrantWords>]>([
    ['is whole', found, {}],
    ['is whole on a screen', found, { width: 80, through: 'arn:aws:iam::111122223333:role/Admin' }],
    ['has one cluster of both ways, and one to do', { ...nothing, plans: [many[0]!, outlived] }, {}],
    ['is of nothing', nothing, { way: 'api-server' }],
    ['names five clusters', { ...nothing, plans: many }, {}],
    ['asks for two by hand', { ...nothing, plans: [bare, bare] }, { way: 'api-server', proxyHolders: true }],
  ])('the plan %s', (what, organization, change) => {
    const text = organizationPlanReport(organization, { ...words, ...change });
    expect(what === 'asks for two by hand' ? text : withoutManifest(text)).toMatchSnapshot();
  });

  it('each cluster is one line', () => {
    const plan = inAccount(2, { entry: { status: 'differs', found: ['ops'] } });
    const lineOf = (...steps: readonly GrantStep[]) =>
      clusterGrantedLine({ plan, steps }).replace('222222222222 eu-west-1 c2: ', '');

    expect(clusterGrantedLine({ plan, steps: [] })).toMatch(/^222222222222 eu-west-1 c2: .*\n$/);
    expect(lineOf(...done)).toBe('access entry created; ClusterRole changed: it granted something else before\n');
    const stays = 'group eks-kubelet-audit added; the groups that it has stay (ops)';
    expect(lineOf(step('access entry', { status: 'changed' }))).toBe(`access entry changed: ${stays}\n`);
    const failed = lineOf(step('ClusterRole', { status: 'failed', problem }));
    expect(failed).toBe('ClusterRole failed: AWS said no; ask for the right\n');
    const gone = step('binding of the other way', { status: 'already-gone' });
    expect(lineOf(step('ClusterRole', { status: 'already-there' }), gone)).toBe('already granted\n');
  });

  const failing = [step('ClusterRole', { status: 'failed', problem })];
  const again = 'Run the same command again: finished steps are kept, and it continues with the rest.';

  it('the end is counted, each cluster once', () => {
    const [, changed, failed] = found.plans.map((plan) => ({ plan, steps: done }));
    const ended = [changed!, { ...failed!, steps: [...done, ...failing] }];
    const counted = '5 clusters: 1 changed, 1 already granted, 1 only partly granted, 1 by hand, 1 not tried, 1 gap';
    const end = organizationGrantedReport(found, ended, { revokeOther: false });
    expect(end).toBe(`${counted}; a new access entry takes a while to work.\n${again}\n`);
    const none = '1 cluster: 0 changed, 1 already granted, 0 only partly granted, 0 by hand. Nothing was changed.\n';
    const one = { ...nothing, plans: [found.plans[0]!] };
    expect(organizationGrantedReport(one, [], { revokeOther: false })).toBe(none);
  });

  it('the counts of every end add up to the clusters', () => {
    const ends = fc.array(fc.constantFrom(undefined, [], done, failing, [...done, ...failing]), { maxLength: 5 });
    fc.assert(
      fc.property(ends, fc.boolean(), (steps, revokeOther) => {
        const ended = found.plans.flatMap((plan, at) => (steps[at] ? [{ plan, steps: steps[at] }] : []));
        const text = organizationGrantedReport({ ...found, gaps: [] }, ended, { revokeOther });
        const [clusters = 0, ...counts] = [...text.matchAll(/(?<=^|[:,] )\d+/g)].map(Number);
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(clusters);
      }),
    );
  });

  it.each([true, false])('only a plan that is not applied says that nothing has been changed: --apply %s', (apply) => {
    const text = organizationPlanReport(found, { ...words, apply });
    expect(text.includes('Nothing has been changed')).toBe(!apply);
  });
});
