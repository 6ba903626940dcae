import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import { sessionEnvironment } from '../../fakes/session-environment.ts';
import type { KubernetesClusterOptions } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { allows, auditorRules, holderRules } from '../../lab/kubernetes/rbac.ts';
import { clusterRole, clusterRoleBinding } from '../../lab/kubernetes/rbac-objects.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { runCli } from '../run-cli.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const apiGroup = 'rbac.authorization.k8s.io' as const;
const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
const lab = await labOfFile(accountId);
lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });

const account = (namespace: string, name: string) => ({ kind: 'ServiceAccount', name, namespace }) as const;
const user = (name: string) => ({ apiGroup, kind: 'User', name }) as const;
const proxy = { verbs: ['get'], resources: ['nodes/proxy'] };

/** Each agent with the ClusterRole of its chart, as far as it matters here, and the subresources that its calls need. */
const agents = [
  ['monitoring', 'kps-kube-prometheus-stack-prometheus', 'kube-prometheus-stack', ['metrics']],
  ['amazon-cloudwatch', 'cloudwatch-agent', 'CloudWatch agent', ['metrics', 'stats', 'pods']],
  ['datadog', 'datadog', 'Datadog agent', ['metrics', 'stats', 'log', 'pods', 'healthz', 'configz']],
  ['gadget', 'gadget', 'Inspektor Gadget', ['configz']],
  ['nfd', 'node-feature-discovery-topology-updater', 'node-feature-discovery', ['configz']],
  ['logging', 'fluent-bit', 'Fluent Bit', ['pods']],
] as const;
const kept = { verbs: ['get', 'list', 'watch'], resources: ['pods', 'nodes'] };

/** Right → a call of the kubelet that asks for it. */
const pathsOf = {
  metrics: '/metrics',
  stats: '/stats/summary',
  log: '/logs/',
  pods: '/pods',
  healthz: '/healthz',
  configz: '/configz',
};

let number = 0;
const start = async (options: Partial<KubernetesClusterOptions> = {}) => {
  number += 1;
  const cluster = await lab.addKubernetesCluster({
    accountId,
    region,
    name: `holders-${number}`,
    accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: [...auditorRules, ...holderRules] } },
    nodes: [
      { name: 'node-1', kubelet: { kind: 'recorded', folder: 'al2023-shape' }, kubeletVersion: 'v1.34.1-eks-1a2b3c4' },
    ],
    ...options,
  });
  for (const [namespace, name] of agents) {
    cluster.api.rbacObjects.put({
      ...clusterRole(name, [{ ...kept, resources: [...kept.resources, 'nodes/proxy'] }]),
      metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    });
    cluster.api.rbacObjects.put(clusterRoleBinding(name, name, account(namespace, name)));
  }
  return cluster;
};
const holders = (...args: string[]) =>
  runCli(['holders', ...args, '--width', '200'], {
    env: sessionEnvironment(lab, region, lab.sts.startSession(auditor, 'audit')),
  });
const oneLine = (text: string) => text.replace(/\s+/g, ' ');

interface Sent extends Pick<RequestOptions, 'ca' | 'method'> {
  readonly token: string;
  readonly body?: string;
}

async function statusOf(url: string, { token, body, ...options }: Sent): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { authorization: `Bearer ${token}` };
  request(url, { ...options, checkServerIdentity: () => undefined, headers }, resolve)
    .on('error', reject)
    .end(body);
  const response = await promise;
  response.resume();
  return response.statusCode;
}

describe('holders', () => {
  it('names each kind of holder, wildcards first, with its purpose and a narrower grant', async () => {
    const { name, api } = await start({
      accessEntries: [
        { principalArn: auditor, groups: [kubernetesGroup] },
        { principalArn: `arn:aws:iam::${accountId}:role/ops`, groups: ['debuggers'] },
        {
          principalArn: `arn:aws:iam::${accountId}:role/root`,
          groups: [],
          policies: [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'cluster' }],
        },
      ],
    });
    for (const each of [
      clusterRole('debug', [proxy]),
      clusterRoleBinding('debuggers', 'debug', { apiGroup, kind: 'Group', name: 'debuggers' }),
      clusterRole('everything', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]),
      clusterRoleBinding('everything', 'everything', user('eve')),
      clusterRole('scrape', [proxy]),
      clusterRoleBinding('scrape', 'scrape', account('monitoring', 'prometheus-server')),
    ])
      api.rbacObjects.put(each);

    const { code, stdout } = await holders(name, '--region', region);
    const text = oneLine(stdout);
    expect(code).toBe(0);
    for (const [namespace, account, agent, needs] of agents) {
      expect(text).toContain(`ServiceAccount ${namespace}/${account}`);
      expect(text).toContain(`service account of ${agent}`);
      for (const each of needs) expect(text).toContain(`nodes/${each}`);
    }
    expect(text).toContain(
      'service account of prometheus (chart): none: its default jobs scrape /api/v1/nodes/NODE/proxy/metrics',
    );
    expect(text).toContain('associate an access policy without nodes/proxy');
    expect(text).toContain('this audit: read kubelets on their own port');
    expect(text).toContain(
      'exec, attach, run, port-forward, container logs and calls through the API server still need nodes/proxy',
    );
    expect(text).toContain('ClusterRole everything: a rule for every resource can only be written again by hand');
    expect(text).toContain('ClusterRole scrape: monitoring/prometheus-server needs nodes/proxy');
    const first = (word: string) => stdout.indexOf(word);
    for (const other of ['Group debuggers', 'monitoring/prometheus-server'])
      expect(first('User eve')).toBeLessThan(first(other));
  });

  it('prints ClusterRoles that, applied, leave the calls of each agent working and nodes/proxy gone', async () => {
    const tokens = Object.fromEntries(
      agents.map(([namespace, name]) => [name, { name: `system:serviceaccount:${namespace}:${name}`, groups: [] }]),
    );
    const admin = { name: 'admin', groups: ['system:masters'] };
    const { name, api, kubelets, caPem, endpoint } = await start({
      kubeletPorts: true,
      staticTokens: { ...tokens, admin },
    });
    api.rbacObjects.put({
      ...clusterRole('fluent-bit', [{ ...kept, resources: [...kept.resources, 'nodes/proxy'] }]),
      rules: [
        { apiGroups: [''], ...kept, resources: [...kept.resources, 'nodes/proxy'] },
        { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      ],
    });
    const { code, stdout } = await holders(name, '--region', region, '--yaml');
    expect(code).toBe(0);

    const documents = parseAllDocuments(stdout).flatMap((each) => each.toJS() ?? []);
    expect(documents.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      agents.map(([, each]) => each).toSorted(),
    );
    for (const each of documents) {
      const url = `${endpoint}/apis/${each.apiVersion}/clusterroles/${each.metadata.name}`;
      const put = { method: 'PUT', token: 'admin', ca: caPem, body: JSON.stringify(each) };
      expect(await statusOf(url, put), each.metadata.name).toBe(200);
    }
    const rights = api.rbacObjects.effective({});
    for (const [namespace, agent, , needs] of agents) {
      const may = (verb: string, resource: string) =>
        allows(
          rights,
          { name: `system:serviceaccount:${namespace}:${agent}`, groups: [] },
          { verb, resource, name: 'node-1' },
        );
      for (const verb of ['get', 'create']) expect(may(verb, 'nodes/proxy'), agent).toBe(false);
      for (const each of needs) expect(may('get', `nodes/${each}`), `${agent} ${each}`).toBe(true);
      for (const verb of kept.verbs) expect(may(verb, 'pods'), agent).toBe(true);
    }
    // The kubelet itself decides by the same objects.
    const asked = (agent: string, path: string) =>
      statusOf(`https://127.0.0.1:${kubelets.of('node-1').port}${path}`, { ca: caPem, token: agent });
    for (const [, agent, , needs] of agents) {
      for (const [right, path] of Object.entries(pathsOf)) {
        // The lab serves two of these pages. It answers 404 to a call of another one that is allowed.
        const allowed = ['configz', 'healthz'].includes(right) ? 200 : 404;
        const isNeeded = needs.some((each) => each === right);
        expect(await asked(agent, path), `${agent} ${path}`).toBe(isNeeded ? allowed : 403);
      }
      expect(await asked(agent, '/exec/default/pod/container?command=id'), agent).toBe(403);
    }
    expect(documents.find(({ metadata }) => metadata.name === 'fluent-bit')?.rules).toContainEqual({
      nonResourceURLs: ['/metrics'],
      verbs: ['get'],
    });
  });

  it.each([
    ['v1.32.9-eks-1a2b3c4', 'run v1.32.9-eks-1a2b3c4, and kubelets before 1.33 ask for nodes/proxy'],
    ['', 'run an unknown version'],
  ])('prints no YAML while a kubelet runs %j', async (kubeletVersion, because) => {
    const old = { name: 'node-1', kubelet: { kind: 'refused' as const }, kubeletVersion };
    const { name } = await start({ nodes: [old, { ...old, name: 'node-2' }] });
    const { code, stdout, stderr } = await holders(name, '--region', region, '--yaml');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(because);
    expect(oneLine((await holders(name, '--region', region)).stdout)).toContain(
      `no YAML: node-1 and 1 other node ${because}`,
    );
  });

  it('names each object that it could not read, and ends with 2', async () => {
    const { name } = await start({ rbac: { groups: { [kubernetesGroup]: auditorRules } } });
    const { code, stdout } = await holders(name, '--region', region);
    expect(code).toBe(2);
    expect(stdout).toContain('  ! the audit may not list clusterroles');
    expect((await holders()).code).toBe(64);
  });
});
