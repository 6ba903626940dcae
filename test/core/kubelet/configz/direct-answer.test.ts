import { describe, expect, it } from 'vitest';
import { classifyDirectAnswer } from '../../../../lambda/core/kubelet/configz/direct-answer.ts';
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

  it.each([
    ['401-webhook-off', 'checks no tokens'],
    ['401-garbage-token', 'does not accept'],
    ['403-no-token-anonymous-on', 'system:anonymous'],
    ['404-handlers-off', 'debugging handlers are off'],
  ])('%s is unreadable, with the reason', (recording, reason) => {
    expect(means(recording)).toEqual({
      kind: 'failure',
      failure: { via: 'direct', kind: 'unreadable', because: expect.stringContaining(reason) },
    });
  });

  it('403-no-right names the right that is missing, once for the cluster', () => {
    expect(means('403-no-right')).toMatchObject({
      kind: 'failure',
      failure: { kind: 'cluster', problem: { code: 'nodes-configz-forbidden' } },
    });
  });
});

describe('what was not recorded', () => {
  it.each([301, 302, 307])('%s is not followed', (status) => {
    expect(answer(status)).toMatchObject({
      failure: { kind: 'unreadable', because: expect.stringContaining('not followed') },
    });
  });

  it.each([
    ['500 without a decision', answer(500, 'Authorization error (user=x, verb=get)'), 'retry'],
    ['another 500', answer(500, 'oops'), 'failure'],
    ['a 418 of its root', answer(418, 'x\u001b[31m', 'text/\u0007'), 'failure'],
    ['a 200 without authentication settings', answer(200, '{"kubeletconfig":{}}', 'application/json'), 'failure'],
    ['a 200 that is no JSON', answer(200, '<html>', 'text/html'), 'failure'],
  ] as const)('%s is no configuration', (_what, { kind, ...rest }, expected) => {
    expect(kind).toBe(expected);
    expect(rest).toMatchObject({ failure: { via: 'direct', kind: 'unreadable' } });
    expect(JSON.stringify(rest)).not.toMatch(/[\u0000-\u001f]/);
  });
});
