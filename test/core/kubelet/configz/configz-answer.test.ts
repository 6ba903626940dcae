import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/controls/client-ca-file.ts';
import { classifyConfigzAnswer } from '../../../../lambda/core/kubelet/configz/configz-answer.ts';
import { classifyListAnswer } from '../../../../lambda/core/kubelet/configz/list-answer.ts';
import { recordedAnswer, recordedNames } from '../recorded.ts';

const classify = (file: string, node = 'node-a') =>
  classifyConfigzAnswer(recordedAnswer(`api-server-answers/${file}.http`), node);

/** What each recorded answer says: its kind, and words of its reason. */
const recorded: readonly (readonly [file: string, kind: string, because: RegExp])[] = [
  ['kubelet-rejects-apiserver-cert', 'kubelet-refused', /401 Unauthorized/],
  ['apiserver-has-no-client-cert', 'kubelet-refused', /401 Unauthorized/],
  ['debugging-handlers-off', 'unreadable', /debugging handlers are off/],
  ['flagz-not-enabled', 'unreadable', /404/],
  ['kubelet-down', 'unreadable', /connection refused/],
  ['readonly-port-closed', 'unreadable', /connection refused/],
  ['healthz-port-through-proxy', 'unreadable', /connection refused/],
  ['kubelet-hung', 'unreadable', /TLS handshake timeout/],
  ['kubelet-hung-pooled-connection', 'unreadable', /connection lost/],
  ['blackhole', 'unreadable', /packets are dropped/],
  ['loopback-address', 'unreadable', /not allowed/],
  ['no-address', 'unreadable', /no address yet/],
  ['selfsigned-kubelet-cert-verified', 'unreadable', /does not verify/],
  ['rbac-missing-proxy', 'cluster', /nodeslist may not get nodes\/proxy/],
  ['rbac-missing-all', 'cluster', /nobody may not get nodes\/proxy/],
  ['configz-only-permission-through-proxy', 'cluster', /configzonly may not get nodes\/proxy/],
  ['subresource-configz-does-not-exist', 'cluster', /forbids/],
  ['rbac-missing-list', 'cluster', /may not list nodes/],
  ['apiserver-invalid-token', 'cluster', /does not accept the credentials/],
  ['apiserver-no-token', 'cluster', /without credentials/],
];
const facts = [
  ['explicit-port', 'pass'],
  ['explicit-https-port', 'pass'],
  ['apiserver-has-no-client-cert-anon-allowed', 'fail'],
  ['selfsigned-kubelet-cert-not-verified', 'fail'],
] as const;
const others = ['node-not-found', 'apf-429-list-nodes', 'apiserver-down'];

describe('the recorded answers to configz', () => {
  it('are all in a table', () => {
    const named = [...recorded.map(([file]) => file), ...facts.map(([file]) => file), ...others];
    expect(named.map((file) => `${file}.http`).toSorted()).toEqual(recordedNames('api-server-answers'));
  });

  it.each(recorded)('reads %s as %s', (file, kind, because) => {
    const answer = classify(file);
    expect(answer).toMatchObject({
      kind: kind === 'cluster' ? 'cluster' : 'failure',
      failure: { via: 'configz', kind },
    });
    expect(answer.kind !== 'facts' && answer.failure.because).toMatch(because);
  });

  it.each(facts)('reads the configuration of %s: %s', (file, verdict) => {
    const answer = classify(file);
    expect(answer.kind === 'facts' && clientCaFile.judge(answer.facts).status).toBe(verdict);
  });

  it('drops a node that the API server no longer knows, and only when the answer is about this very node', () => {
    expect(classify('node-not-found', 'no-such-node')).toMatchObject({
      kind: 'failure',
      failure: { kind: 'node-gone' },
    });
    expect(classify('node-not-found', 'node-a')).toMatchObject({ kind: 'failure', failure: { kind: 'unreadable' } });
  });

  it('waits as long as a busy API server asks', () => {
    expect(classify('apf-429-list-nodes')).toMatchObject({
      kind: 'retry',
      after: 1000,
      failure: { kind: 'unreadable' },
    });
  });

  it.each([
    ['rbac-missing-proxy', 'nodes-proxy-forbidden', /get on nodes\/proxy/],
    ['apiserver-invalid-token', 'credentials-refused', /eks-kubelet-audit/],
    ['apiserver-no-token', 'anonymous-request', /no token was sent/],
    ['subresource-configz-does-not-exist', 'kubernetes-forbidden', /get on nodes\/proxy/],
  ])('names for %s the problem %s and what to grant', (file, code, remedy) => {
    const answer = classify(file);
    expect(answer.kind === 'cluster' && answer.failure.problem).toMatchObject({
      code,
      remedy: expect.stringMatching(remedy),
    });
  });
});

describe('other answers to configz', () => {
  it('does not drop a node when the details of the 404 name another', () => {
    const body = JSON.stringify({ kind: 'Status', message: 'nodes "node-a" not found', details: { name: 'node-b' } });
    expect(classifyConfigzAnswer({ status: 404, headers: {}, body }, 'node-a')).toMatchObject({
      failure: { kind: 'unreadable' },
    });
  });

  const text = (status: number, body: string, headers = {}) =>
    classifyConfigzAnswer(
      { status, body, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } },
      'node-a',
    );

  it.each([
    ['1.34', 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[configz proxy])'],
    ['1.29', 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)'],
  ])('takes the 403 of kubelet %s for system:anonymous as a refusal', (_, body) => {
    expect(text(403, body)).toMatchObject({ kind: 'failure', failure: { kind: 'kubelet-refused' } });
  });

  it('takes a 403 with a name as denied, which shows that a client CA is set', () => {
    const answer = text(
      403,
      'Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)',
    );
    expect(answer).toMatchObject({
      failure: { kind: 'kubelet-denied', because: expect.stringContaining('kube-apiserver-kubelet-client') },
    });
  });

  it('retries once when the kubelet could not ask for a decision', () => {
    expect(text(500, 'Authorization error (user=system:node, verb=get)')).toMatchObject({
      kind: 'retry',
      times: 1,
      failure: { kind: 'unreadable' },
    });
  });

  it.each([
    [500, 'boom'],
    [403, 'Forbidden'],
    [302, ''],
    [503, 'upstream connect error'],
  ])('takes a text %i that it does not know as unreadable', (status, body) => {
    expect(text(status, body)).toMatchObject({ kind: 'failure', failure: { kind: 'unreadable' } });
  });

  it('does not take the HTML 401 of a gateway for the kubelet’s refusal', () => {
    expect(text(401, '<html>Unauthorized</html>', { 'content-type': 'text/html' })).toMatchObject({
      failure: { kind: 'unreadable' },
    });
  });

  it.each([
    'error trying to reach service: remote error: tls: internal error',
    'error trying to reach service: dial tcp: lookup x on 10.0.0.2:53: no such host',
  ])('says in one short sentence what stopped the API server: %s', (message) => {
    const body = JSON.stringify({ kind: 'Status', message });
    const answer = classifyConfigzAnswer(
      { status: 503, headers: { 'content-type': 'application/json' }, body },
      'node-a',
    );
    expect(answer.kind === 'failure' && answer.failure.because).toMatch(/serving certificate yet|does not resolve/);
  });

  it('leaves out from where the API server dialled, which is another port each night', () => {
    const because = [41_234, 55_001].map((port) => {
      const message = `error trying to reach service: read tcp 10.0.0.5:${port}->10.0.1.11:10250: read: connection reset by peer`;
      const answer = classifyConfigzAnswer(
        {
          status: 503,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ kind: 'Status', message }),
        },
        'node-a',
      );
      return answer.kind === 'failure' && answer.failure.because;
    });
    expect(because[0]).toMatch(/read tcp 10\.0\.1\.11:10250: read: connection reset by peer$/);
    expect(because[0]).toBe(because[1]);
  });

  it.each([401, 403, 404, 500, 503, 200])(
    'bounds what a hostile %i says, and takes terminal sequences out',
    (status) => {
      const names = `\u001b[31mx509: certificate is valid for ${'evil.example, '.repeat(3000)}`;
      for (const body of [
        names,
        JSON.stringify({ kind: 'Status', message: names, details: { name: names } }),
        `Forbidden (user=${names},`,
      ]) {
        const answer = text(status, body);
        const because = answer.kind === 'facts' ? '' : answer.failure.because;
        expect(because.length).toBeLessThan(400);
        expect(because).not.toMatch(/\p{Cc}/u);
      }
    },
  );

  it.each([
    ['0', 1000],
    ['7', 7000],
    ['99999', 60_000],
    ['soon', 1000],
    ['-1', 1000],
  ])('keeps a retry-after of %s within a minute', (retryAfter, after) => {
    expect(text(429, 'Too many requests', { 'retry-after': retryAfter })).toMatchObject({ kind: 'retry', after });
  });
});

describe('the answers to the list of nodes', () => {
  const list = (file: string) => classifyListAnswer(recordedAnswer(`api-server-answers/${file}.http`), 'nodes');

  it('names the right that is missing to list nodes, and for whom', () => {
    expect(list('rbac-missing-list')).toMatchObject({
      kind: 'problem',
      problem: {
        code: 'nodes-list-forbidden',
        message: 'user nobody may not list nodes',
        remedy: expect.stringContaining('list on nodes'),
      },
    });
  });

  it('reports refused credentials as such', () => {
    expect(list('apiserver-invalid-token')).toMatchObject({
      kind: 'problem',
      problem: { code: 'credentials-refused' },
    });
  });

  it('retries when the API server is busy, and when it stumbles', () => {
    expect(list('apf-429-list-nodes')).toMatchObject({ kind: 'retry', after: 1000 });
    expect(classifyListAnswer({ status: 500, headers: {}, body: '' }, 'nodes')).toMatchObject({ kind: 'retry' });
  });

  it('hands on the body of a 200', () => {
    expect(classifyListAnswer({ status: 200, headers: {}, body: '{}' }, 'nodes')).toEqual({ kind: 'list' });
  });

  it('takes anything else as a problem', () => {
    expect(classifyListAnswer({ status: 404, headers: {}, body: '<html>' }, 'nodes')).toMatchObject({
      kind: 'problem',
      problem: { code: 'nodes-not-listed' },
    });
  });
});
