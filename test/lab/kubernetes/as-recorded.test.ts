import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { labOfFile } from '../lab-of-file.ts';
import { recordedAnswer } from '../wire/http-answer.ts';
import { auditorRules, directRules } from './rbac.ts';

const lab = await labOfFile();
const { kubeletconfig: good } = JSON.parse(recordedAnswer('kubelets/file-sets-ca/configz-direct.http').body);
const webhookOff = { ...good, authentication: { ...good.authentication, webhook: { enabled: false } } };
const user = (name: string, ...groups: readonly string[]) => ({ name, groups });
const narrow = 'system:serviceaccount:fg:narrow';
const node = (name: string, folder: string, more = {}) => ({
  name,
  kubelet: { kind: 'recorded' as const, folder },
  ...more,
});

const cluster = await lab.addKubernetesCluster({
  accountId: '111122223333',
  region: 'eu-central-1',
  name: 'recorded',
  kubeletPorts: true,
  staticTokens: {
    narrow: user(narrow),
    nothing: user('system:serviceaccount:fg:nothing'),
    auditor: user('auditor', 'auditors'),
    nodeslist: user('nodeslist'),
    nobody: user('nobody'),
  },
  rbac: {
    groups: { auditors: auditorRules },
    users: { [narrow]: directRules, nodeslist: [{ verbs: ['list'], resources: ['nodes'] }] },
  },
  nodes: [
    node('node-a', 'file-sets-ca'),
    node('no-ca', 'no-ca-anonymous-off'),
    node('no-ca-anonymous', 'no-ca-anonymous-on-webhook'),
    node('handlers-off', 'debugging-handlers-off'),
    node('webhook-off', 'file-sets-ca', { direct: { config: webhookOff } }),
  ],
});

async function ask(url: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { ca: cluster.caPem, checkServerIdentity: () => undefined, headers }, resolve).on('error', reject);
  const response = await promise;
  return { status: response.statusCode, body: await text(response), type: response.headers['content-type'] };
}

const configz = '/api/v1/nodes/node-a/proxy/configz';
it.each<[situation: string, path: string, token: string | undefined, file: string]>([
  ['a bad token', configz, 'bad', 'apiserver-invalid-token'],
  ['no token', configz, undefined, 'apiserver-no-token'],
  ['no right to proxied nodes', configz, 'nodeslist', 'rbac-missing-proxy'],
  ['no right at all', configz, 'nobody', 'rbac-missing-all'],
  ['no right to list', '/api/v1/nodes', 'nobody', 'rbac-missing-list'],
  ['no right to a subresource', '/api/v1/nodes/node-a/configz', 'auditor', 'subresource-configz-does-not-exist'],
])('the API server answers %s as recorded', async (_, path, token, file) => {
  const { headers, ...recorded } = recordedAnswer(`api-server-answers/${file}.http`);
  expect(await ask(cluster.endpoint + path, token)).toEqual({ ...recorded, type: headers['content-type'] });
});

it.each<[name: string, token: string | undefined, recording: string, path?: string]>([
  ['node-a', 'narrow', '200-ca-by-file'],
  ['no-ca', 'narrow', '200-no-client-ca'],
  ['no-ca-anonymous', 'narrow', '200-no-client-ca-anonymous-on'],
  ['node-a', undefined, '401-no-token'],
  ['node-a', 'garbage', '401-garbage-token'],
  ['webhook-off', 'narrow', '401-webhook-off'],
  ['node-a', 'nothing', '403-no-right'],
  ['no-ca-anonymous', undefined, '403-no-token-anonymous-on'],
  ['node-a', 'narrow', '403-pods-with-configz-right', '/pods'],
  ['node-a', 'narrow', 'healthz-with-configz-right', '/healthz'],
  ['handlers-off', 'narrow', '404-handlers-off'],
])('the kubelet %s answers the token %s on its own port as recorded in %s', async (name, token, recording, path) => {
  const recorded = recordedAnswer(`direct/${recording}.http`);
  const answer = await ask(`https://127.0.0.1:${cluster.kubelets.of(name).port}${path ?? '/configz'}`, token);

  expect(answer.status).toBe(recorded.status);
  if (recorded.status !== 200) expect(answer.body.trim()).toBe(recorded.body.trim());
  else expect(Object.keys(JSON.parse(answer.body).kubeletconfig).length).toBeGreaterThan(50);
});
