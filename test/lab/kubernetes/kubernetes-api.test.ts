import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { labOfFile } from '../lab-of-file.ts';
import { recordedAnswer } from '../wire/http-answer.ts';
import { type KubeletBehaviour, servesConfigz } from './kubelet-behaviour.ts';
import type { LabKubernetesCluster } from './kubernetes-cluster.ts';
import type { LabNode } from './node-object.ts';
import { auditorRules } from './rbac.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const roleArn = `arn:aws:iam::${accountId}:role/EksKubeletAudit`;
const staticTokens = {
  auditor: { name: 'auditor', groups: ['eks-kubelet-audit'] },
  nodeslist: { name: 'nodeslist', groups: [] },
  nobody: { name: 'nobody', groups: [] },
};
const rbac = {
  groups: { 'eks-kubelet-audit': auditorRules },
  users: { nodeslist: [{ verbs: ['list'], resources: ['nodes'] }] },
};

const lab = await labOfFile();
let agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents) agent.destroy();
  agents = [];
});

let clusters = 0;
async function addCluster(nodes: readonly LabNode[]) {
  clusters += 1;
  return lab.addKubernetesCluster({
    accountId,
    region,
    name: `cluster-${clusters}`,
    nodes,
    rbac,
    staticTokens,
    accessEntries: [{ principalArn: roleArn, groups: ['eks-kubelet-audit'] }],
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function client(cluster: LabKubernetesCluster) {
  const agent = new Agent({ keepAlive: true, ca: cluster.caPem, maxSockets: 5 });
  agents.push(agent);
  return async (path: string, token?: string): Promise<Answer> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const [response]: IncomingMessage[] = await once(get(cluster.endpoint + path, { agent, headers }), 'response');
    if (!response) throw new Error('no answer');
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  };
}

async function configzOf(kubelet: KubeletBehaviour, node: Partial<LabNode> = {}): Promise<Answer> {
  const cluster = await addCluster([{ name: 'node-a', address: '10.99.0.15', kubelet, ...node }]);
  return client(cluster)('/api/v1/nodes/node-a/proxy/configz', 'auditor');
}

/** Status, headers and body as recorded; what each answer makes anew is not compared. */
function expectAsRecorded(answer: Answer, file: string, replacements: Readonly<Record<string, string>> = {}): void {
  const recorded = recordedAnswer(file, replacements);
  const {
    'audit-id': auditId,
    date,
    'content-length': length,
    connection: _1,
    'keep-alive': _2,
    ...headers
  } = answer.headers;
  expect({ status: answer.status, headers, body: answer.body }).toEqual(recorded);
  expect(auditId).toMatch(/^[0-9a-f-]{36}$/);
  expect(date).toBeDefined();
  expect(length).toBe(String(Buffer.byteLength(recorded.body)));
}

describe('a proxied kubelet', () => {
  it.each<[kubelet: KubeletBehaviour, file: string, replacements?: Record<string, string>]>([
    [{ kind: 'recorded', folder: 'al2023-shape' }, 'kubelets/al2023-shape/configz-through-api-server.http'],
    [{ kind: 'kubelet-refuses' }, 'api-server-answers/kubelet-rejects-apiserver-cert.http'],
    [{ kind: 'kubelet-refuses-anonymous' }, 'kubelets/no-ca-anonymous-on-webhook/configz-through-api-server.http'],
    [{ kind: 'handlers-off' }, 'api-server-answers/debugging-handlers-off.http'],
    [{ kind: 'refused' }, 'api-server-answers/kubelet-down.http'],
    [{ kind: 'io-timeout', afterMilliseconds: 1 }, 'api-server-answers/blackhole.http', { '10.99.9.9': '10.99.0.15' }],
    [
      { kind: 'self-signed' },
      'api-server-answers/selfsigned-kubelet-cert-verified.http',
      { '10.99.0.18': '10.99.0.15' },
    ],
    [{ kind: 'gone' }, 'api-server-answers/node-not-found.http', { 'no-such-node': 'node-a' }],
  ])('that is %j answers as recorded', async (kubelet, file, replacements) => {
    expectAsRecorded(await configzOf(kubelet), file, replacements);
  });

  it('answers under each spelling of its name, and not on another port', async () => {
    const cluster = await addCluster([{ name: 'node-a', address: '10.99.0.11', kubelet: servesConfigz({}) }]);
    const ask = client(cluster);
    const configz = (target: string) => ask(`/api/v1/nodes/${target}/proxy/configz`, 'auditor');

    expect((await configz('node-a:10250')).status).toBe(200);
    expect((await configz('https:node-a:10250')).status).toBe(200);
    expectAsRecorded(
      await ask('/api/v1/nodes/http:node-a:10255/proxy/pods', 'auditor'),
      'api-server-answers/readonly-port-closed.http',
    );
    expectAsRecorded(
      await ask('/api/v1/nodes/node-a/proxy/flagz', 'auditor'),
      'api-server-answers/flagz-not-enabled.http',
    );
  });
});

describe('the API server', () => {
  const nodes: readonly LabNode[] = [{ name: 'node-a', kubelet: { kind: 'recorded', folder: 'file-sets-ca' } }];
  const configz = '/api/v1/nodes/node-a/proxy/configz';

  it.each<[situation: string, path: string, token: string | undefined, file: string]>([
    ['a bad token', configz, 'bad', 'apiserver-invalid-token.http'],
    ['no token', configz, undefined, 'apiserver-no-token.http'],
    ['no right to proxied nodes', configz, 'nodeslist', 'rbac-missing-proxy.http'],
    ['no right at all', configz, 'nobody', 'rbac-missing-all.http'],
    ['no right to list', '/api/v1/nodes', 'nobody', 'rbac-missing-list.http'],
    ['no right to a subresource', '/api/v1/nodes/node-a/configz', 'auditor', 'subresource-configz-does-not-exist.http'],
  ])('answers %s as recorded', async (_, path, token, file) => {
    const cluster = await addCluster(nodes);
    const answer = await client(cluster)(path, token);

    const { headers, ...recorded } = recordedAnswer(`api-server-answers/${file}`);
    expect({ status: answer.status, body: answer.body }).toEqual(recorded);
    expect(answer.headers['content-type']).toBe(headers['content-type']);
  });
});
