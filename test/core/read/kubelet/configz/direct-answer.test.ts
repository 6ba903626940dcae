import { describe, expect, it } from 'vitest';
import { classifyDirectAnswer } from '../../../../../lambda/core/read/kubelet/configz/direct-answer.ts';
import { recordedAnswer } from '../recorded.ts';

const means = (recording: string) => classifyDirectAnswer(recordedAnswer(`direct/${recording}.http`));
const answer = (status: number, body = '', type = 'text/plain') =>
  classifyDirectAnswer({ status, body, headers: { 'content-type': type } });

describe('what a kubelet answers on its own port, as recorded', () => {
  it.each([
    ['200-ca-by-file', '/etc/kubernetes/pki/ca.crt'],
    ['200-no-client-ca', ''],
    ['200-no-client-ca-anonymous-on', ''],
  ])('%s is the running configuration', (recording, value) => {
    expect(means(recording)).toMatchObject({
      kind: 'facts',
      facts: { via: 'direct', settings: { 'authentication.x509.clientCAFile': { state: 'known', value } } },
    });
  });

  const noToken =
    'the kubelet answered 401 Unauthorized to our token: it checks no tokens (authentication.webhook.enabled is false), or the API server does not accept this one from it; through the API server it may answer';
  it.each([
    ['401-webhook-off', noToken],
    ['401-garbage-token', noToken],
    ['403-no-token-anonymous-on', 'the kubelet took no notice of our token and answered 403 to system:anonymous'],
    ['404-handlers-off', 'the kubelet answered 404: its debugging handlers are off, so it serves no configz'],
  ])('%s is unreadable, with the reason', (recording, because) => {
    expect(means(recording)).toEqual({ kind: 'failure', failure: { via: 'direct', kind: 'unreadable', because } });
  });

  it('403-no-right names the right that is missing, once for the cluster', () => {
    const message = 'the user of this audit may not get nodes/configz, which reading a kubelet on its own port needs';
    expect(means('403-no-right')).toEqual({
      kind: 'failure',
      failure: {
        via: 'direct',
        kind: 'cluster',
        because: message,
        problem: {
          code: 'nodes-configz-forbidden',
          message,
          remedy:
            'give it the narrow ClusterRole (eks-kubelet-audit grant CLUSTER --sources direct), or leave direct out of --sources',
        },
      },
    });
  });
});

describe('what was not recorded', () => {
  it.each([
    [299, 'the kubelet answered 299 (text/plain), not its configuration'],
    [300, 'the kubelet answered 300, a redirect: it is not followed, since our token would go along'],
    [302, 'the kubelet answered 302, a redirect: it is not followed, since our token would go along'],
    [399, 'the kubelet answered 399, a redirect: it is not followed, since our token would go along'],
    [400, 'the kubelet answered 400 (text/plain), not its configuration'],
    [500, 'the kubelet answered 500 (text/plain), not its configuration'],
  ])('%i is no configuration', (status, because) => {
    expect(answer(status, 'oops: Authorization error')).toEqual({
      kind: 'failure',
      failure: { via: 'direct', kind: 'unreadable', because },
    });
  });

  it('500 without a decision is asked once more', () => {
    expect(answer(500, 'Authorization error (user=x, verb=get)')).toEqual({
      kind: 'retry',
      after: 1000,
      failure: {
        via: 'direct',
        kind: 'unreadable',
        because: 'the kubelet could not ask the API server for a decision (500 Authorization error)',
      },
    });
    expect(answer(503, 'Authorization error (user=x, verb=get)').kind).toBe('failure');
  });

  it.each([
    ['a type that is none', 'text/\u0007', 'text/'],
    ['a type that is long', 'x'.repeat(99), `${'x'.repeat(59)}…`],
    ['no type', undefined, 'no content type'],
  ])('%s is named as it may be', (_, type, named) => {
    expect(classifyDirectAnswer({ status: 418, body: 'x\u001b[31m', headers: { 'content-type': type } })).toEqual({
      kind: 'failure',
      failure: {
        via: 'direct',
        kind: 'unreadable',
        because: `the kubelet answered 418 (${named}), not its configuration`,
      },
    });
  });

  it.each([
    [
      '{"kubeletconfig":{}}',
      'the kubelet answered configz without its authentication settings, which a kubelet never leaves out',
    ],
    ['<html>', "the kubelet's configz is not readable JSON: line 1, column 1: a value is expected"],
  ])('a 200 with %s is unreadable, told as of this source', (body, because) => {
    expect(answer(200, body)).toEqual({ kind: 'failure', failure: { via: 'direct', kind: 'unreadable', because } });
  });

  it.each([
    ['Forbidden (user=eve, verb=get)', 'cluster'],
    ['Forbidden (user=system:anonymous, verb=get)', 'unreadable'],
    ['Forbidden (user=system:anonymous)', 'cluster'],
    ['It is Forbidden (user=system:anonymous, verb=get)', 'cluster'],
    [`Forbidden (user=${'x'.repeat(301)}, verb=get)`, 'cluster'],
  ])('a 403 with %s is %s', (body, kind) => {
    expect(answer(403, body)).toMatchObject({ kind: 'failure', failure: { kind } });
  });
});
