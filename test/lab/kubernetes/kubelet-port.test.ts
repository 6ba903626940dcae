import { get } from 'node:https';
import { beforeAll, describe, expect, it } from 'vitest';
import { labOfFile } from '../lab-of-file.ts';
import { recordedAnswer } from '../wire/http-answer.ts';
import type { KubeletBehaviour } from './kubelet-behaviour.ts';
import type { LabKubernetesCluster } from './kubernetes-cluster.ts';
import { directRules } from './rbac.ts';

const lab = await labOfFile();
let cluster: LabKubernetesCluster;

const user = (name: string) => ({ name: `system:serviceaccount:fg:${name}`, groups: [] });
const recorded = (folder: string): KubeletBehaviour => ({ kind: 'recorded', folder });
const { kubeletconfig: good } = JSON.parse(recordedAnswer('kubelets/file-sets-ca/configz-direct.http').body);

beforeAll(async () => {
  cluster = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: 'ports',
    kubeletPorts: true,
    staticTokens: { narrow: user('narrow'), nothing: user('nothing'), proxy: user('proxy') },
    rbac: {
      users: {
        [user('narrow').name]: directRules,
        [user('proxy').name]: [{ verbs: ['get'], resources: ['nodes/proxy'] }],
      },
    },
    nodes: [
      { name: 'ca', kubelet: recorded('file-sets-ca') },
      { name: 'no-ca', kubelet: recorded('no-ca-anonymous-off') },
      { name: 'no-ca-anonymous', kubelet: recorded('no-ca-anonymous-on-webhook') },
      { name: 'handlers-off', kubelet: recorded('debugging-handlers-off') },
      { name: 'old', kubelet: recorded('file-sets-ca'), kubeletVersion: 'v1.32.3-eks-1' },
      {
        name: 'webhook-off',
        kubelet: recorded('file-sets-ca'),
        direct: { config: { ...good, authentication: { ...good.authentication, webhook: { enabled: false } } } },
      },
    ],
  });
});

interface AskOptions {
  readonly token?: string;
  readonly path?: string;
  readonly ca?: string;
}

async function ask(node: string, { token, path = '/configz', ca = cluster.caPem }: AskOptions) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  get(
    {
      host: '127.0.0.1',
      port: cluster.kubelets.of(node).port,
      path,
      ca,
      checkServerIdentity: () => undefined,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    },
    async (response) =>
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(await response.toArray()).toString('utf8') }),
  ).on('error', reject);
  return promise;
}

describe('a kubelet of the lab answers on its own port as a real one did', () => {
  it.each([
    ['ca', { token: 'narrow' }, '200-ca-by-file'],
    ['no-ca', { token: 'narrow' }, '200-no-client-ca'],
    ['no-ca-anonymous', { token: 'narrow' }, '200-no-client-ca-anonymous-on'],
    ['ca', {}, '401-no-token'],
    ['ca', { token: 'garbage' }, '401-garbage-token'],
    ['webhook-off', { token: 'narrow' }, '401-webhook-off'],
    ['ca', { token: 'nothing' }, '403-no-right'],
    ['no-ca-anonymous', {}, '403-no-token-anonymous-on'],
    ['ca', { token: 'narrow', path: '/pods' }, '403-pods-with-configz-right'],
    ['ca', { token: 'narrow', path: '/healthz' }, 'healthz-with-configz-right'],
    ['handlers-off', { token: 'narrow' }, '404-handlers-off'],
  ])('%s asked with %o: %s', async (node, asked, recording) => {
    const { status, body } = recordedAnswer(`direct/${recording}.http`);
    const answer = await ask(node, asked);

    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.body.trim()).toBe(body.trim());
    else expect(Object.keys(JSON.parse(answer.body).kubeletconfig).length).toBeGreaterThan(50);
  });

  it('asks for nodes/proxy alone before 1.33', async () => {
    expect(await ask('old', { token: 'narrow' })).toEqual({
      status: 403,
      body: 'Forbidden (user=system:serviceaccount:fg:narrow, verb=get, resource=nodes, subresource=proxy)\n',
    });
    expect(await ask('old', { token: 'proxy' })).toMatchObject({ status: 200 });
  });

  it('asks the API server who it is, and what they may, once for the same question', async () => {
    const reviews = () => cluster.api.requests.filter(({ path }) => path.endsWith('reviews')).length;
    await ask('ca', { token: 'narrow' });
    const before = reviews();
    await ask('ca', { token: 'narrow' });

    expect(before).toBeGreaterThan(0);
    expect(reviews()).toBe(before);
  });
});
