import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { environmentProxy } from '../../../lambda/adapters/kubernetes/environment-proxy.ts';
import { kubeConfigOfFiles } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { ignoredFields } from '../../../lambda/adapters/kubernetes/kube-config-user.ts';
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
async function get(file: string, options: Parameters<typeof kubeConfigOfFiles>[2] = {}) {
  const server = apiServer(kubeConfigOfFiles([file], undefined, options), { connections: 1 });
  const { signal } = new AbortController();
  return await server
    .get('/api/v1/nodes', { signal, timeoutMs: seconds(5), maxBytes: 100_000 })
    .finally(() => server.close());
}

/** A file whose user has its credentials by a plugin: this command, or a script. */
const plugin = (given: {
  readonly command?: string;
  readonly script?: string;
  readonly env?: unknown;
  readonly provideClusterInfo?: boolean;
}) => {
  const { script, command = write('script', `#!/bin/sh\n${script}\n`), ...more } = given;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more };
  return JSON.stringify({ exec });
};

describe('kubeConfigOfFiles of one file', () => {
  it.each<[string, () => string, RegExp]>([
    ['is not there', () => join(folder, 'nowhere'), /nowhere' cannot be read/],
    ['is no YAML', () => write('broken', '{{{'), /not a kubeconfig/],
    ['is empty', () => write('empty', ''), /kubeconfig/],
    ['names no token file', () => write('no-token', kubeconfig('{"tokenFile":"gone"}')), /token file 'gone'/],
  ])('says what is wrong with a file that %s', (_what, make, message) => {
    expect(() => kubeConfigOfFiles([make()])).toThrow(broken(message));
  });

  it.each([
    ['breaks off at it', 'users:\n- name: u\n  user:\n    token: "hunter2\n   x: y\n'],
    ['has it in a broken line', 'users:\n- name: u\n  user:\n    token: hunter2: x\n'],
    ['names its key twice', `${kubeconfig('{}').slice(0, -1)},"x":{"token":"hunter2","token":"hunter2"}}`],
  ])('shows no token of a file that %s', (_what, text) => {
    expect(() => kubeConfigOfFiles([write('token-line', text)])).toThrow(
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
    expect(() => kubeConfigOfFiles([file], context)).toThrow(broken(message, 'context-unknown'));
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

    it('takes the proxy of HTTPS_PROXY for every connection, as kubectl does, and NO_PROXY from it', async () => {
      const asked: string[] = [];
      const proxy = createServer().on('connect', ({ url = '' }, socket) => {
        asked.push(url);
        const through = connect(Number(new URL(cluster.endpoint).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          through.pipe(socket).pipe(through);
        });
        through.on('error', () => socket.destroy());
        socket.on('error', () => through.destroy());
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void proxy.close());
      const at = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const file = write(
        'proxied',
        kubeconfig('{"token":"good-token"}', {
          server: 'https://api.invalid:6443',
          'tls-server-name': 'kubernetes',
          'certificate-authority-data': base64(cluster.caPem),
        }),
      );
      expect(await get(file, { environment: { HTTPS_PROXY: at } })).toMatchObject({ ok: true, value: { status: 200 } });
      expect(asked).toEqual(['api.invalid:6443']);
      const not = await get(file, { environment: { https_proxy: at, NO_PROXY: 'other,.invalid' } });
      expect([not.ok, asked.length]).toEqual([false, 1]);
    });

    it('gives an exec plugin in KUBERNETES_EXEC_INFO what kubectl gives it', async () => {
      const given = join(folder, 'told');
      const script = `printf %s "$KUBERNETES_EXEC_INFO" > ${given}; exec ${join(folder, 'plugin')}`;
      const info = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' };
      expect(await reached(plugin({ script }))).toMatchObject({ ok: true });
      expect(JSON.parse(readFileSync(given, 'utf8'))).toEqual({ ...info, spec: { interactive: false } });
      expect(await reached(plugin({ script, provideClusterInfo: true }))).toMatchObject({ ok: true });
      const ofCluster = { server: cluster.endpoint, 'certificate-authority-data': base64(cluster.caPem) };
      expect(JSON.parse(readFileSync(given, 'utf8'))).toEqual({
        ...info,
        spec: { interactive: false, cluster: ofCluster },
      });
    });

    it('reads a token file again, and keeps the last token while it is not there', async () => {
      const [server, ca] = [cluster.endpoint, base64(cluster.caPem)];
      write('rotated', 'good-token\n');
      const file = write(
        'rotating',
        kubeconfig('{"tokenFile":"rotated"}', { server, 'certificate-authority-data': ca }),
      );
      const api = apiServer(kubeConfigOfFiles([file]), { connections: 1 });
      onTestFinished(() => api.close());
      const userOf = async () => {
        api.forgetCredentials();
        const { signal } = new AbortController();
        await api.get('/api/v1/nodes', { signal, timeoutMs: seconds(5), maxBytes: 100_000 });
        return cluster.api.requests.at(-1)?.user;
      };
      expect(await userOf()).toBe('auditor');
      write('rotated', 'other-token\n');
      expect(await userOf()).toBe('other');
      rmSync(join(folder, 'rotated'));
      expect(await userOf()).toBe('other');
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
    expect(() => kubeConfigOfFiles([write('as-what', kubeconfig(JSON.stringify(user)))])).toThrow(broken(message));
  });

  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Never' };
  it.each<[string, object, RegExp]>([
    ['an auth-provider that is gone', { 'auth-provider': { name: 'gcp' } }, /auth-provider that kubectl no longer has/],
    ['an auth-provider and a plugin', { 'auth-provider': { name: 'oidc' }, exec }, /leave one of them out/],
    ['a token and a password', { token: 't', username: 'u', password: 'p' }, /a token and a password/],
    ['a certificate without a key', { 'client-certificate-data': 'eA==' }, /without its key/],
    [
      'a plugin of an old API',
      { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } },
      /apiVersion/,
    ],
    ['a plugin without a command', { exec: { ...exec, command: '' } }, /command/],
    ['a plugin that needs a terminal', { exec: { ...exec, interactiveMode: 'Always' } }, /no terminal/],
    ['a plugin of v1 without interactiveMode', { exec: { ...exec, interactiveMode: undefined } }, /interactiveMode/],
  ])('refuses a user with %s', (_what, user, message) => {
    expect(() => kubeConfigOfFiles([write('refused', kubeconfig(JSON.stringify(user)))])).toThrow(broken(message));
  });

  it('warns of each field that changes nothing, and of none that means nothing for nodes', () => {
    const server = 'https://127.0.0.1:1';
    const cluster = { server, 'disable-compression': true, extensions: [], tokenfile: 'x' };
    const { warnings } = kubeConfigOfFiles([write('odd', kubeconfig('{"token":"t","tokenfile":"x"}', cluster))]);
    expect(warnings).toEqual([
      "the cluster of the kubeconfig has 'disable-compression', which is ignored",
      "the cluster of the kubeconfig has 'tokenfile', which is ignored",
      "the user of the kubeconfig has 'tokenfile', which is ignored",
    ]);
  });

  it('takes each field that docs/access.md lists, without a warning', () => {
    const page = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');
    const listed = (kind: string) =>
      [...(new RegExp(`^\\| ${kind}: ([^|]*)`, 'm').exec(page)?.[1] ?? '').matchAll(/`([\w-]+)`/g)].map(
        ([, name = '']) => name,
      );
    const counts = (['cluster', 'user'] as const).map((kind) => {
      expect(ignoredFields(kind, Object.fromEntries(listed(kind).map((each) => [each, 'x'])))).toEqual([]);
      return listed(kind).length;
    });
    expect(counts).toEqual([6, 14]);
  });

  it('names contexts of the file on one printable line, and not without end', () => {
    const contexts = Array.from({ length: 50 }, (_, index) => ({
      name: `c${index}\u001b[2J\n${'x'.repeat(1_000)}`,
      context: { cluster: 'c', user: 'u' },
    }));
    const file = write('many', JSON.stringify({ ...JSON.parse(kubeconfig('{}')), contexts }));
    const said = () => kubeConfigOfFiles([file], `there\u202e${'y'.repeat(1_000)}`);
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

describe('kubeConfigOfFiles of several', () => {
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

// Rows of golang.org/x/net/http/httpproxy `proxy_test.go` and of its documentation.
describe('the proxy of the environment', () => {
  it.each<[server: string, noProxy: string, isProxied: boolean]>([
    ['https://api.example.com', '', true],
    ['https://api.example.com', '*', false],
    ['https://api.example.com', 'example.com', false],
    ['https://example.com', 'example.com', false],
    ['https://notexample.com', 'example.com', true],
    ['https://example.com', '.example.com', true],
    ['https://api.example.com', '.example.com', false],
    ['https://api.example.com', '*.example.com', false],
    ['https://api.example.com:6443', 'api.example.com:6443', false],
    ['https://api.example.com', 'api.example.com:6443', true],
    ['https://API.Example.com', ' other , EXAMPLE.com ', false],
    ['https://10.0.0.7', '10.0.0.0/8', false],
    ['https://11.0.0.7', '10.0.0.0/8', true],
    ['https://10.0.0.7', '10.0.0.7', false],
    ['https://[fd00::1]', 'fd00::/16', false],
    ['https://[fd00::1]:443', '[fd00::1]:443', false],
    ['https://[fd01::1]', 'fd00::1', true],
    ['https://api.example.com', '10.0.0.0/8,,/,a:b:c', true],
    ['https://localhost', '', false],
    ['https://127.8.9.1', '', false],
    ['https://[::1]', '', false],
  ])('of %s with NO_PROXY %j', (server, NO_PROXY, isProxied) => {
    const proxy = environmentProxy(server, { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY });
    expect(proxy).toBe(isProxied ? 'http://proxy:3128' : undefined);
  });

  it('is that of the scheme, in upper or lower case, with or without a scheme of its own', () => {
    const at = (environment: Record<string, string>, server = 'https://a.example') =>
      environmentProxy(server, environment);
    expect(at({ HTTP_PROXY: 'p:1' })).toBeUndefined();
    expect(at({ HTTP_PROXY: 'p:1' }, 'http://a.example')).toBe('http://p:1');
    expect(at({ https_proxy: 'p:1' })).toBe('http://p:1');
    expect(at({ HTTPS_PROXY: 'socks5://p:1' })).toBe('socks5://p:1');
    expect(at({})).toBeUndefined();
  });
});
