import { expect, it } from 'vitest';
import { networkFailure, noAnswerInTime } from '../../../../lambda/core/kubelet/configz/network-failure.ts';

it.each([
  ['ECONNREFUSED', /refused the connection \(ECONNREFUSED\)/],
  ['ENOTFOUND', /name does not resolve/],
  ['ETIMEDOUT', /in time/],
  ['EHOSTUNREACH', /no route/],
  ['ECONNRESET', /closed the connection/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /certificate does not verify/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /certificate does not verify/],
])('blames the endpoint and no node for %s', (code, message) => {
  const failure = networkFailure(code, 'raw words');
  expect(failure).toMatchObject({
    via: 'configz',
    kind: 'cluster',
    problem: { code: 'api-unreachable', message: expect.stringMatching(message) },
  });
});

it('sends nobody to look for a fault of the endpoint when it was not waited for', () => {
  expect(networkFailure('ABORTED', 'the time for it was up').problem).toEqual({
    code: 'out-of-time',
    message: 'the API server had not answered when the time for it was up',
    remedy: 'audit again',
  });
  expect(networkFailure('INTERRUPTED', 'the audit was interrupted').problem).toEqual({
    code: 'interrupted',
    message: 'the API server had not answered when the audit was interrupted',
    remedy: 'audit again',
  });
});

it('tells an API server that is too slow from one that is out of reach', () => {
  expect(networkFailure('TIMEOUT', 'nothing came for 30 s').problem).toMatchObject({
    code: 'api-too-slow',
    message: 'the API server is too slow: nothing came for 30 s',
  });
});

it('shows the words of an error that it does not know, bounded and printable', () => {
  const { problem } = networkFailure('EODD', `odd\u0007 ${'x'.repeat(5000)}`);
  expect(problem.message).toMatch(/odd x+…/);
  expect(problem.message.length).toBeLessThan(300);
});

it('tells missing credentials from an unreachable endpoint', () => {
  expect(networkFailure('CREDENTIALS', 'the profile is not there').problem).toMatchObject({
    code: 'credentials-unavailable',
    message: expect.stringContaining('the profile is not there'),
  });
});

it('takes our own deadline for a node as that node’s silence', () => {
  expect(noAnswerInTime(10_000)).toEqual({
    via: 'configz',
    kind: 'unreadable',
    because: 'no answer from the kubelet through the API server within 10 s',
    timedOut: true,
  });
});
