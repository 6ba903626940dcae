import { beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import type { HeldRight } from '../../../lambda/core/model/model.ts';
import { runCli } from '../../cli/run-cli.ts';
import { sessionEnvironment } from '../../fakes/session-environment.ts';
import type { KubernetesClusterOptions } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { RbacRule } from '../../lab/kubernetes/rbac.ts';
import { clusterRole, clusterRoleBinding } from '../../lab/kubernetes/rbac-objects.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

// The whole way: the command line, the real adapters, the lab's EKS and API server, which decides by the same objects.
const accountId = '111122223333';
const region = 'eu-central-1';
const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
const apiGroup = 'rbac.authorization.k8s.io' as const;

const narrow: readonly RbacRule[] = [
  { verbs: ['get', 'list'], resources: ['nodes'] },
  { verbs: ['get'], resources: ['nodes/configz'] },
];
const reading: readonly RbacRule[] = [
  { apiGroups: [apiGroup], verbs: ['list'], resources: ['clusterroles', 'clusterrolebindings'] },
  { verbs: ['get'], resources: ['configmaps'], resourceNames: ['aws-auth'] },
];
const ours = { principalArn: auditor, groups: [kubernetesGroup] };

const lab = await labOfFile(accountId);
let number = 0;
beforeAll(async () => {
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  // The first audit of a process loads and compiles it all, which on a busy machine takes longer than a connection may.
  await audited((await start()).name);
});

const start = async (options: Partial<KubernetesClusterOptions> = {}) => {
  number += 1;
  return await lab.addKubernetesCluster({
    accountId,
    region,
    name: `held-${number}`,
    accessEntries: [ours],
    rbac: { groups: { [kubernetesGroup]: [...narrow, ...reading] } },
    ...options,
  });
};

async function audited(name: string) {
  const { code, stdout } = await runCli(['audit', name, '--controls', '4.1.10', '--format', 'json'], {
    env: sessionEnvironment(lab, region, lab.sts.startSession(auditor, 'audit')),
  });
  const [cluster] = JSON.parse(stdout).clusters;
  const verdict = cluster?.clusterVerdicts['cluster-proxy-holders'];
  const holders: readonly HeldRight[] = verdict?.evidence?.holders ?? [];
  return {
    code,
    verdict,
    problems: (cluster?.problems ?? []).map((each: { readonly code: string }) => each.code),
    /** Those of Kubernetes and EKS themselves left out. */
    holders: holders
      .filter(({ standing }) => standing !== 'system')
      .map(({ kind, name: who, standing, ours: isOurs }) => `${kind} ${who} ${standing}${isOurs ? ' ours' : ''}`),
  };
}

const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const policy = (name: string) => [{ name, scope: 'cluster' as const }];
const user = (name: string) => ({ apiGroup, kind: 'User', name }) as const;
const account = (namespace: string, name: string) => ({ kind: 'ServiceAccount', name, namespace }) as const;

describe('who holds nodes/proxy', () => {
  it('names exactly those who were planted: direct, wildcard, group, aggregated role, access policy', async () => {
    const { name, api } = await start({
      accessEntries: [
        ours,
        { principalArn: role('ops'), groups: ['debuggers'] },
        { principalArn: role('dev'), groups: ['viewers'], policies: policy('AmazonEKSAdminPolicy') },
        { principalArn: role('root'), groups: [], policies: policy('AmazonEKSClusterAdminPolicy') },
        {
          principalArn: role('nodes'),
          groups: ['system:nodes'],
          user: 'system:node:{{EC2PrivateDNSName}}',
          type: 'EC2_LINUX',
        },
      ],
      rbacObjects: [
        clusterRole('direct', [{ verbs: ['get'], resources: ['nodes/proxy'] }]),
        clusterRoleBinding('direct', 'direct', user('ann')),
        clusterRole('everything', [{ apiGroups: ['*'], verbs: ['*'], resources: ['*'] }]),
        clusterRoleBinding('everything', 'everything', account('tools', 'operator')),
        clusterRoleBinding('debuggers', 'direct', { apiGroup, kind: 'Group', name: 'debuggers' }),
        clusterRole('part', [{ verbs: ['create'], resources: ['*/proxy'] }], { labels: { 'to-monitoring': 'true' } }),
        clusterRole('monitoring', [], { aggregates: { 'to-monitoring': 'true' } }),
        clusterRoleBinding('monitoring', 'monitoring', account('monitoring', 'agent')),
        // A label that anyone may set, and a prefix that anyone may write, make no part of the system.
        clusterRole('debug', [{ verbs: ['*'], resources: ['nodes/proxy'] }], {
          labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        }),
        clusterRoleBinding('debug', 'debug', user('eks:debugger')),
      ],
    });

    const { code, verdict, holders } = await audited(name);
    expect(holders).toEqual(
      [
        'Group debuggers',
        `IAM ${role('ops')}`,
        `IAM ${role('root')}`,
        'ServiceAccount monitoring/agent',
        'ServiceAccount tools/operator',
        'User ann',
        'User eks:debugger',
      ].map((each) => `${each} not-allowed`),
    );
    expect(verdict.status).toBe('fail');
    expect(verdict.remedy).toContain('nodes/configz');
    expect(verdict.evidence.proof.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(code).toBe(1);
    // RoleBindings cannot grant what is in no namespace.
    expect(api.requests.filter(({ path }) => /\/(roles|rolebindings)\b/.test(path))).toEqual([]);
    // No kubelet was asked for it.
    expect(api.requests.filter(({ path }) => path.includes('/proxy'))).toEqual([]);
  });

  it('is a pass where nobody else does, and names us where we do', async () => {
    expect(await audited((await start()).name)).toMatchObject({ code: 0, holders: [], verdict: { status: 'pass' } });

    const proxy = { verbs: ['get'], resources: ['nodes/proxy'] };
    const broad = await start({ rbac: { groups: { [kubernetesGroup]: [...narrow, ...reading, proxy] } } });
    const { holders, verdict } = await audited(broad.name);
    expect(holders).toEqual([`Group ${kubernetesGroup} not-allowed ours`, `IAM ${auditor} not-allowed ours`]);
    expect(verdict.evidence.holders[0].ways[0]).toContain(`ClusterRoleBinding ${kubernetesGroup}`);
    expect(verdict.evidence.notes.join()).toContain('this audit is one of them');
  });

  const planted = [
    clusterRole('direct', [{ verbs: ['get'], resources: ['nodes/proxy'] }]),
    clusterRoleBinding('debuggers', 'direct', { apiGroup, kind: 'Group', name: 'debuggers' }),
  ];

  it('is unknown while a list is forbidden, and a failure that is seen counts all the same', async () => {
    const blind = await start({ rbac: { groups: { [kubernetesGroup]: narrow } } });
    const { code, verdict, problems } = await audited(blind.name);
    expect(verdict).toMatchObject({ status: 'unknown', because: expect.stringContaining('may not list clusterroles') });
    expect(problems).toEqual(['rbac-list-forbidden']);
    expect(code).toBe(2);

    const seen = await start({
      rbac: { groups: { [kubernetesGroup]: narrow } },
      accessEntries: [ours, { principalArn: role('root'), groups: ['system:masters'] }],
    });
    expect(await audited(seen.name)).toMatchObject({ code: 1, holders: [`IAM ${role('root')} not-allowed`] });
  });

  it('reads aws-auth where the cluster knows it, as something that anybody may have written', async () => {
    const mapRoles = [
      { rolearn: auditor, username: 'audit:{{SessionName}}', groups: [kubernetesGroup] },
      { rolearn: role('legacy'), username: 'legacy', groups: ['system:masters'] },
    ];
    const both = await start({ authenticationMode: 'API_AND_CONFIG_MAP', awsAuth: { mapRoles } });
    expect((await audited(both.name)).holders).toEqual([`IAM ${role('legacy')} not-allowed`]);

    const unreadable = await start({
      authenticationMode: 'API_AND_CONFIG_MAP',
      rbac: { groups: { [kubernetesGroup]: [...narrow, ...reading.slice(0, 1)] } },
    });
    const { verdict, problems } = await audited(unreadable.name);
    expect(verdict.status).toBe('unknown');
    expect(problems).toEqual(['aws-auth-forbidden']);
  });

  it('never passes a CONFIG_MAP cluster, whose creator nobody sees', async () => {
    const mapRoles = [{ rolearn: auditor, username: 'audit:{{SessionName}}', groups: [kubernetesGroup] }];
    const { name } = await start({ authenticationMode: 'CONFIG_MAP', awsAuth: { mapRoles } });
    expect((await audited(name)).verdict).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('the IAM principal that created a CONFIG_MAP cluster'),
    });
  });

  it('reads every page of every list, begins anew when one expires, and waits when the server says so', async () => {
    const many = Array.from({ length: 1_200 }, (_, index) =>
      clusterRoleBinding(`b-${String(index).padStart(5, '0')}`, 'view', user(`u${index}`)),
    );
    const { name, api } = await start({
      accessEntries: [
        ...Array.from({ length: 120 }, (_, index) => ({ principalArn: role(`a${index}`), groups: [] })),
        ours,
        { principalArn: role('z'), groups: ['debuggers'] },
      ],
      rbacObjects: [...planted, ...many],
    });
    api.refuseLists(1);
    const { holders } = await audited(name);
    expect(holders).toEqual(['Group debuggers not-allowed', `IAM ${role('z')} not-allowed`]);
    const pages = api.requests.filter(({ path }) => path.includes('clusterrolebindings'));
    expect(pages.map(({ path }) => path.includes('continue='))).toEqual([false, ...Array(6).fill(true)]);
  });
});
