import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../../lambda/core/judge/controls/client-ca-file.ts';
import { classifyConfigzAnswer } from '../../../../../lambda/core/read/kubelet/configz/configz-answer.ts';
import { recordedAnswer, recordedNames } from '../recorded.ts';

const classify = (file: string, node = 'node-a') =>
  classifyConfigzAnswer(recordedAnswer(`api-server-answers/${file}.http`), node);

const rejected =
  'the kubelet answered 401 Unauthorized to the API server: it has no client CA, or not the one that signed the API server’s certificate';
const handlersOff = 'the kubelet answered 404: its debugging handlers are off, so it serves no configz';
const notReached = (code: number, reason: string) => `the API server could not reach the kubelet (${code}): ${reason}`;
const notListening = notReached(503, 'connection refused; no kubelet listens there');
const noProxy = (user: string) => `user ${user} may not get nodes/proxy, which reading a kubelet's configz needs`;

const badCertificate = 'its serving certificate does not verify (self-signed, or for another address)';
const timeout = 'timeout; packets are dropped (security group, network ACL, dead node)';
const failure = (because: string, kind = 'unreadable', more = {}) => ({
  kind: 'failure',
  failure: { via: 'configz', kind, because, ...more },
});

/** What each recorded answer says: its kind, and its reason. */
const recorded: readonly (readonly [file: string, kind: string, because: string])[] = [
  ['kubelet-rejects-apiserver-cert', 'kubelet-refused', rejected],
  ['apiserver-has-no-client-cert', 'kubelet-refused', rejected],
  ['debugging-handlers-off', 'unreadable', handlersOff],
  ['flagz-not-enabled', 'unreadable', handlersOff],
  ['kubelet-down', 'unreadable', notListening],
  ['readonly-port-closed', 'unreadable', notListening],
  ['healthz-port-through-proxy', 'unreadable', notListening],
  ['kubelet-hung', 'unreadable', notReached(503, 'TLS handshake timeout; the kubelet hangs')],
  ['kubelet-hung-pooled-connection', 'unreadable', notReached(503, 'connection lost; the kubelet hangs')],
  ['blackhole', 'unreadable', notReached(503, timeout)],
  ['loopback-address', 'unreadable', notReached(400, 'the address of its Node object is not allowed')],
  ['no-address', 'unreadable', notReached(500, 'its Node object has no address yet')],
  ['selfsigned-kubelet-cert-verified', 'unreadable', notReached(503, badCertificate)],
  ['rbac-missing-proxy', 'cluster', noProxy('nodeslist')],
  ['rbac-missing-all', 'cluster', noProxy('nobody')],
  ['configz-only-permission-through-proxy', 'cluster', noProxy('system:serviceaccount:default:configzonly')],
  [
    'subresource-configz-does-not-exist',
    'cluster',
    'the API server forbids the request (403): nodes "node-a" is forbidden: User "auditor" cannot get resource "nodes/configz" in API group "" at the cluster scope',
  ],
  ['rbac-missing-list', 'cluster', 'user nobody may not list nodes'],
  ['apiserver-invalid-token', 'cluster', 'the API server does not accept the credentials of this audit (401)'],
  ['apiserver-no-token', 'cluster', 'the request reached the API server without credentials (User "system:anonymous")'],
];
/** The API server waited for these, as long as another source could have needed. */
const ranIntoTime = ['kubelet-hung', 'kubelet-hung-pooled-connection', 'blackhole'];
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
    expect(classify(file)).toEqual({
      kind: kind === 'cluster' ? 'cluster' : 'failure',
      failure: {
        via: 'configz',
        kind,
        because,
        ...(kind === 'cluster' && { problem: expect.objectContaining({ message: because }) }),
        ...(ranIntoTime.includes(file) && { timedOut: true }),
      },
    });
  });

  it.each(facts)('reads the configuration of %s: %s', (file, verdict) => {
    const answer = classify(file);
    expect(answer.kind === 'facts' && clientCaFile.judge(answer.facts).status).toBe(verdict);
  });

  it('drops a node that the API server no longer knows, and only when the answer is about this very node', () => {
    const gone = failure('the API server no longer knows node no-such-node (404)', 'node-gone');
    expect(classify('node-not-found', 'no-such-node')).toEqual(gone);
    const because = notReached(404, 'nodes "no-such-node" not found');
    expect(classify('node-not-found', 'node-a')).toEqual(failure(because));
  });

  it('waits as long as a busy API server asks', () => {
    const busy = failure('the API server is too busy (429)');
    expect(classify('apf-429-list-nodes')).toEqual({ ...busy, kind: 'retry', after: 1000, times: 5 });
  });
});

describe('other answers to configz', () => {
  const answered = (status: number, body: string, headers: Record<string, string>) =>
    classifyConfigzAnswer({ status, body, headers }, 'node-a');
  const said = (status: number, message: string, details?: object) =>
    answered(status, JSON.stringify({ kind: 'Status', message, details }), { 'content-type': 'application/json' });
  const text = (status: number, body: string, headers = {}) =>
    answered(status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers });

  it.each([
    ['the details of another', 404, 'nodes "node-a" not found', 'node-b'],
    ['another code', 500, 'nodes "node-a" not found', 'node-a'],
    ['another object', 404, 'pods "node-a" not found', 'node-a'],
    ['more words', 404, 'nodes "node-a" not found at all', 'node-a'],
  ])('does not drop a node for %s', (_, status, message, name) => {
    expect(said(status, message, { name })).toMatchObject({ failure: { kind: 'unreadable' } });
  });

  it.each([
    ['1.34', 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[configz proxy])'],
    ['1.29', 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)'],
  ])('takes the 403 of kubelet %s for system:anonymous as a refusal', (_, body) => {
    const because =
      'the kubelet answered 403 to the API server as system:anonymous: it ignored the client certificate, as a kubelet without a client CA does';
    expect(text(403, body)).toEqual(failure(because, 'kubelet-refused', { anonymousIsOn: true }));
  });

  it('takes a 403 with a name as denied, which shows that a client CA is set', () => {
    const body = 'Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)';
    const because =
      'the kubelet knew the API server by its certificate as kube-apiserver-kubelet-client and denied it (403): a client CA is set, the rest is unknown';
    expect(text(403, body)).toEqual(failure(because, 'kubelet-denied'));
  });

  it('retries once when the kubelet could not ask for a decision', () => {
    const undecided = failure('the kubelet could not ask the API server for a decision (500 Authorization error)');
    const answer = text(500, 'Authorization error (user=system:node, verb=get)');
    expect(answer).toEqual({ ...undecided, kind: 'retry', after: 1000, times: 1 });
  });

  const isPassing = { isPassing: true };
  it.each([
    [302, '', {}],
    [403, 'Forbidden', {}],
    [403, `Forbidden (user=${'x'.repeat(301)}, verb=get`, {}],
    [403, 'It is Forbidden (user=system:anonymous, verb=get', {}],
    [405, 'not a 404', {}],
    [499, '', {}],
    [500, 'boom', isPassing],
    [500, 'no Authorization error', isPassing],
    [501, 'Authorization error', isPassing],
    [503, 'upstream connect error', isPassing],
  ])('takes a text %d that it does not know as unreadable: %j', (status, body, more) => {
    const because = `the kubelet answered ${status}, not its configuration`;
    expect(text(status, body)).toEqual({ ...failure(because), ...more });
  });

  it.each([
    [401, 'text/html', 'text/html', {}],
    [499, 'TEXT/HTML', 'TEXT/HTML', {}],
    [500, 'text/html', 'text/html', isPassing],
    [502, 'not text/plain', 'not text/plain', isPassing],
    [403, ` ${'x'.repeat(99)}`, `${'x'.repeat(59)}…`, {}],
  ])('takes a %i of type %s for the words of a gateway, not of the kubelet', (status, type, named, more) => {
    const answer = text(status, 'Forbidden (user=system:anonymous,', { 'content-type': type });
    const because = `something between this audit and the kubelet answered ${status} (${named})`;
    expect(answer).toEqual({ ...failure(because), ...more });
  });

  it.each([' Text/Plain', 'text/plain;charset=utf-8', undefined])(
    'takes a 401 of type %s for the kubelet’s',
    (type) => {
      expect(text(401, 'Unauthorized', { 'content-type': type })).toMatchObject({ failure: { because: rejected } });
    },
  );

  const unsigned = 'the kubelet has no serving certificate yet (its signing request waits for approval)';
  it.each([
    ['remote error: tls: internal error', unsigned],
    ['failed to verify certificate', badCertificate],
    ['x509: ', badCertificate],
    ['dial tcp 10.0.1.11:10250: no route to host', 'no route to the node'],
    ['dial tcp 10.0.1.11:10250: network is unreachable', 'no route to the node'],
    ['dial tcp: lookup x on 10.0.0.2:53: server misbehaving', 'its host name does not resolve'],
    ['no such host', 'its host name does not resolve'],
    ['lookup x', 'its host name does not resolve'],
    ['context deadline exceeded', timeout],
    ['i/o timeout', timeout],
  ])('knows what stopped the API server, and does not ask again at once: %s', (message, reason) => {
    const more = reason === timeout ? { timedOut: true } : {};
    expect(said(500, message)).toEqual(failure(notReached(500, reason), 'unreadable', more));
  });

  it.each([
    [499, 'odd', 'odd', {}],
    [500, 'etcdserver: leader changed', 'etcdserver: leader changed', isPassing],
    [500, '', 'no reason given', isPassing],
    [503, 'x'.repeat(200), `${'x'.repeat(159)}…`, isPassing],
  ])('repeats with %i what it does not know: %s', (code, message, reason, more) => {
    expect(said(code, message)).toEqual({ ...failure(notReached(code, reason)), ...more });
  });

  const everyEnds = ['10.0.0.5:41234->10.0.1.11:10250', '10.99.0.7:10250', '[fd00::5]:41234->[fd00::7]:10250'];
  it.each(everyEnds)('gives one reason for one fault, whatever the addresses: %s', (ends) => {
    const of = (place: string) => `error trying to reach service: read tcp ${place}: read: connection reset by peer`;
    expect(said(503, of(ends))).toMatchObject({ failure: { because: notReached(503, of('its address')) } });
  });

  it.each([401, 403, 404, 500, 503, 200])('bounds a hostile %i, and takes terminal sequences out', (status) => {
    const names = `\u001b[31mx509: certificate is valid for ${'evil.example, '.repeat(3000)}`;
    const inStatus = JSON.stringify({ kind: 'Status', message: names, details: { name: names } });
    for (const body of [names, inStatus, `Forbidden (user=${names},`]) {
      const answer = text(status, body);
      const because = answer.kind === 'facts' ? '' : answer.failure.because;
      expect(because.length).toBeLessThan(400);
      expect(because).not.toMatch(/\p{Cc}/u);
    }
  });
});
