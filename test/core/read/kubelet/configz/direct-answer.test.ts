import { describe, expect, it } from 'vitest';
import { classifyDirectAnswer } from '../../../../../lambda/core/read/kubelet/configz/configz-answer.ts';
import { recordedAnswer } from '../recorded.ts';

const means = (recording: string) => classifyDirectAnswer(recordedAnswer(`direct/${recording}.http`));
const answer = (status: number, body = '', type = 'text/plain') =>
  classifyDirectAnswer({ status, body, headers: { 'content-type': type } });

const unreadable = (because: string) => ({ kind: 'failure', failure: { via: 'direct', kind: 'unreadable', because } });

describe('what a kubelet answers on its own port, as recorded', () => {
  it.each([
    ['200-ca-by-file', '/etc/kubernetes/pki/ca.crt'],
    ['200-no-client-ca', ''],
    ['200-no-client-ca-anonymous-on', ''],
  ])('%s is the running configuration', (recording, value) => {
    const settings = { 'authentication.x509.clientCAFile': { state: 'known', value } };
    expect(means(recording)).toMatchObject({ kind: 'facts', facts: { via: 'direct', settings } });
  });

  const noToken =
    'the kubelet answered 401 Unauthorized to our token: it checks no tokens (authentication.webhook.enabled is false), or the API server does not accept this one from it; through the API server it may answer';
  it.each([
    ['401-webhook-off', noToken],
    ['401-garbage-token', noToken],
    ['403-no-token-anonymous-on', 'the kubelet took no notice of our token and answered 403 to system:anonymous'],
    ['404-handlers-off', 'the kubelet answered 404: its debugging handlers are off, so it serves no configz'],
  ])('%s is unreadable, with the reason', (recording, because) => {
    expect(means(recording)).toEqual(unreadable(because));
  });

  it('403-no-right names the right that is missing, once for the cluster', () => {
    const message = 'the user of this audit may not get nodes/configz, which reading a kubelet on its own port needs';
    const remedy =
      'give it the narrow ClusterRole (eks-kubelet-audit grant CLUSTER --sources direct), or leave direct out of --sources';
    const problem = { code: 'nodes-configz-forbidden', message, remedy };
    const failure = { via: 'direct', kind: 'cluster', because: message, problem };
    expect(means('403-no-right')).toEqual({ kind: 'failure', failure });
  });
});

describe('what was not recorded', () => {
  const redirect = 'a redirect: it is not followed, since our token would go along';
  const other = '(text/plain), not its configuration';
  it.each([
    [299, `299 ${other}`],
    [300, `300, ${redirect}`],
    [399, `399, ${redirect}`],
    [400, `400 ${other}`],
    [500, `500 ${other}`],
  ])('%i is no configuration', (status, words) => {
    expect(answer(status, 'oops: Authorization error')).toEqual(unreadable(`the kubelet answered ${words}`));
  });

  it('500 without a decision is asked once more', () => {
    const because = 'the kubelet could not ask the API server for a decision (500 Authorization error)';
    const undecided = 'Authorization error (user=x, verb=get)';
    expect(answer(500, undecided)).toEqual({ ...unreadable(because), kind: 'retry', after: 1000, times: 1 });
    expect(answer(503, undecided).kind).toBe('failure');
  });

  it.each([
    ['a type that is none', 'text/\u0007', 'text/'],
    ['a type that is long', 'x'.repeat(99), `${'x'.repeat(59)}…`],
    ['no type', undefined, 'no content type'],
  ])('%s is named as it may be', (_, type, named) => {
    const read = classifyDirectAnswer({ status: 418, body: 'x\u001b[31m', headers: { 'content-type': type } });
    expect(read).toEqual(unreadable(`the kubelet answered 418 (${named}), not its configuration`));
  });

  const withoutSettings = 'without its authentication settings, which a kubelet never leaves out';
  it.each([
    ['{"kubeletconfig":{}}', `the kubelet answered configz ${withoutSettings}`],
    ['<html>', "the kubelet's configz is not readable JSON: line 1, column 1: a value is expected"],
  ])('a 200 with %s is unreadable, as an answer of this source', (body, because) => {
    expect(answer(200, body)).toEqual(unreadable(because));
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
