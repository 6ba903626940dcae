import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { kubeConfigOfFile, kubeConfigOfFiles } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubeconfigText } from '../../fakes/kubeconfig.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { seconds } from '../../patience.ts';

const lab = await labOfFile();
const folder = mkdtempSync(join(tmpdir(), 'kube-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o700 });
  return join(folder, name);
};
const kubeconfig = (user: string, cluster: object = { server: 'https://127.0.0.1:1' }) =>
  kubeconfigText(cluster, JSON.parse(user));
const broken = (message: RegExp | string, code = 'kubeconfig-unreadable') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What an API server answers to the caller by such a file. */
async function get(file: string, options: Parameters<typeof kubeConfigOfFile>[2] = {}) {
  const server = apiServer(kubeConfigOfFile(file, undefined, options), { connections: 1 });
  const { signal } = new AbortController();
  return await server
    .get('/api/v1/nodes', { signal, timeoutMs: seconds(5), maxBytes: 100_000 })
    .finally(() => server.close());
}

/** A file whose user has its credentials by a plugin: this command, or a script. */
const plugin = (given: { readonly command?: string; readonly script?: string; readonly env?: unknown }) => {
  const { script, command = write('script', `#!/bin/sh\n${script}\n`), ...more } = given;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more };
  return JSON.stringify({ exec });
};

describe('kubeConfigOfFile', () => {
  it.each<[string, () => string, RegExp]>([
    ['is not there', () => join(folder, 'nowhere'), /nowhere' cannot be read/],
    ['is no YAML', () => write('broken', '{{{'), /no kubeconfig/],
    ['is empty', () => write('empty', ''), /kubeconfig/],
    ['names no token file', () => write('no-token', kubeconfig('{"tokenFile":"gone"}')), /token file 'gone'/],
  ])('says what is wrong with a file that %s', (_what, make, message) => {
    expect(() => kubeConfigOfFile(make())).toThrow(broken(message));
  });

  it.each([
    ['breaks off at it', 'users:\n- name: u\n  user:\n    token: "hunter2\n   x: y\n'],
    ['has it in a broken line', 'users:\n- name: u\n  user:\n    token: hunter2: x\n'],
    ['names its key twice', `${kubeconfig('{}').slice(0, -1)},"x":{"token":"hunter2","token":"hunter2"}}`],
  ])('shows no token of a file that %s', (_what, text) => {
    expect(() => kubeConfigOfFile(write('token-line', text))).toThrow(
      expect.objectContaining({ code: 'kubeconfig-unreadable', message: expect.not.stringContaining('hunter2') }),
    );
  });

  it.each<[string, object, RegExp, string?]>([
    ['has no context at all', { contexts: [], 'current-context': '' }, /has no context; make one with aws eks/],
    ['names none', { 'current-context': undefined }, /names no current context; choose one of here with --context/],
    ['has no cluster for it', { clusters: [] }, /has no cluster for the context 'here'; choose one of here/],
    ['has not the one asked for', {}, /'there'.*here/, 'there'],
  ])('says what is wrong with the context of a file that %s', (_what, change, message, context) => {
    const file = write('no-context', JSON.stringify({ ...JSON.parse(kubeconfig('{}')), ...change }));
    expect(() => kubeConfigOfFile(file, context)).toThrow(broken(message, 'context-unknown'));
  });

  describe('for an API server', () => {
    const impersonates = (resource: string, apiGroups = ['authentication.k8s.io']) => ({
      apiGroups,
      verbs: ['impersonate'],
      resources: [resource],
    });
    const env = [{ name: 'GIVEN', value: 'x' }];
    let cluster: LabKubernetesCluster;
    beforeAll(async () => {
      cluster = await lab.addKubernetesCluster({
        accountId: '111122223333',
        region: 'eu-central-1',
        name: 'k',
        staticTokens: {
          'good-token': { name: 'auditor', groups: ['auditors'] },
          'other-token': { name: 'other', groups: [] },
        },
        rbac: {
          users: {
            other: [
              ...['users', 'groups'].map((each) => impersonates(each, [''])),
              ...['uids', 'userextras/example.org/team name'].map((each) => impersonates(each)),
            ],
          },
          groups: { auditors: auditorRules, 'auditors of Zürich': auditorRules },
        },
      });
      write('token', 'good-token\n');
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
      write('plugin', `#!/bin/sh\necho '${JSON.stringify({ ...credential, status: { token: 'good-token' } })}'\n`);
    });
    const reached = (user: string) => {
      const [server, ca] = [cluster.endpoint, base64(cluster.caPem)];
      return get(write('config', kubeconfig(user, { server, 'certificate-authority-data': ca })));
    };

    it.each<[string, string]>([
      ['a token', '{"token":"good-token"}'],
      ['a token file beside it', '{"tokenFile":"token"}'],
      ['an exec plugin of a relative path, and an environment of its own', plugin({ command: './plugin', env })],
      ['an exec plugin', plugin({ command: join(folder, 'plugin') })],
    ])('reaches it with %s', async (_what, user) => {
      expect(await reached(user)).toMatchObject({ ok: true, value: { status: 200 } });
    });

    it('acts as the user, groups, uid and extra fields that the file names, as kubectl does', async () => {
      const as = {
        token: 'other-token',
        as: 'jane',
        'as-uid': 'u-1',
        'as-groups': ['staff', 'auditors of Zürich'],
        'as-user-extra': { 'example.org/team name': ['a', 'b'] },
      };
      expect(await reached(JSON.stringify(as))).toMatchObject({ ok: true, value: { status: 200 } });
      expect(cluster.api.requests.at(-1)?.user).toBe('jane');
    });
  });

  it.each([
    ['groups and no user', { 'as-groups': ['g'] }, /no user; add as/],
    ['a uid and no user', { 'as-uid': '1' }, /no user; add as/],
    ['extra fields and no user', { 'as-user-extra': { k: ['v'] } }, /no user; add as/],
    ['a user that is a list', { as: ['jane'] }, /no printable text/],
    ['a group with a line end', { as: 'jane', 'as-groups': ['g\r\nX: y'] }, /no printable text/],
  ])('refuses a user that impersonates %s', (_what, user, message) => {
    expect(() => kubeConfigOfFile(write('as-what', kubeconfig(JSON.stringify(user))))).toThrow(broken(message));
  });

  it('names contexts of the file on one printable line, and not without end', () => {
    const contexts = Array.from({ length: 50 }, (_, index) => ({
      name: `c${index}\u001b[2J\n${'x'.repeat(1_000)}`,
      context: { cluster: 'c', user: 'u' },
    }));
    const file = write('many', JSON.stringify({ ...JSON.parse(kubeconfig('{}')), contexts }));
    const said = () => kubeConfigOfFile(file, `there\u202e${'y'.repeat(1_000)}`);
    expect(said).toThrow(/and 30 more/);
    expect(said).not.toThrow(/[\n\u001b\u202e]|x{200}|y{400}/);
  });

  it.each([
    ['on stderr', 'echo "\u001b[2Jtoken=hunter2 is refused" >&2; head -c 300000 /dev/zero | tr "\\0" x >&2; exit 1'],
    ['instead of JSON', 'echo hunter2-hunter2'],
  ])(
    'shows nothing of what an exec plugin says %s but bounded, printable words without a secret',
    async (_what, script) => {
      const answer = await get(write('exec', kubeconfig(plugin({ script }))));
      expect(answer).toMatchObject({ ok: false, error: { code: 'CREDENTIALS' } });
      const words = JSON.stringify(answer);
      expect(words.length).toBeLessThan(1_000);
      expect(words).not.toMatch(/hunter2|\\u001b|\\n/);
    },
  );

  it.each([
    ['never ends', 'exec sleep 20'],
    ['leaves a child that holds its output', 'sleep 20 &'],
  ])('gives up an exec plugin that %s', async (_what, script) => {
    const file = write('exec', kubeconfig(plugin({ script })));
    expect(await get(file, { pluginTimeoutMs: 300 })).toMatchObject({
      ok: false,
      error: { code: 'CREDENTIALS', message: expect.stringMatching(/did not answer within 0.3 s; run it by hand/) },
    });
  });

  it('says that an exec plugin failed, with its own words', async () => {
    const script = 'echo "token has expired, sign in" >&2\nexit 1';
    expect(await get(write('exec', kubeconfig(plugin({ script }))))).toMatchObject({
      ok: false,
      error: { code: 'CREDENTIALS', message: expect.stringContaining('sign in') },
    });
  });
});

describe('kubeConfigOfFiles', () => {
  const of = (name: string, change = {}) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: `https://${name}.example` } }],
      users: [{ name: 'me', user: { token: name } }],
      contexts: [{ name, context: { cluster: name, user: 'me' } }],
      ...change,
    });

  it('merges files as kubectl does: the first of one name counts, and one that is not there is left out', () => {
    const files = [
      join(folder, 'absent'),
      write('one', of('one')),
      write('two', of('two', { 'current-context': 'two' })),
    ];
    const config = kubeConfigOfFiles(files);
    expect(config.getCurrentCluster()?.server).toBe('https://two.example');
    expect(config.getCurrentUser()?.token).toBe('one');
    expect(kubeConfigOfFiles(files, 'one').getCurrentCluster()?.server).toBe('https://one.example');
    expect(() => kubeConfigOfFiles(files.slice(0, 1))).toThrow('absent');
  });
});
