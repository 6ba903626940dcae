import { expect, it } from 'vitest';
import { networkFailure, noAnswerInTime } from '../../../../../lambda/core/read/kubelet/configz/api-status.ts';

const untrusted = 'its certificate does not verify against the CA of the cluster';
it.each([
  ['ECONNREFUSED', 'it refused the connection', 'check the endpoint and its port'],
  ['ENOTFOUND EAI_AGAIN', 'its name does not resolve', 'check the endpoint, and the DNS of this network'],
  ['EHOSTUNREACH ENETUNREACH', 'there is no route to it', 'run the audit inside the VPC, or open its public access'],
  ['ECONNRESET EPIPE', 'it closed the connection', 'check proxies and firewalls on the way, then audit again'],
  [
    'ETIMEDOUT CONNECT_TIMEOUT UND_ERR_CONNECT_TIMEOUT',
    'it does not answer in time',
    'check its public access CIDRs, or run the audit inside the VPC',
  ],
  [
    'SELF_SIGNED_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE ERR_TLS_X ERR_SSL_WRONG_VERSION_NUMBER CERT_HAS_EXPIRED',
    untrusted,
    'check for a proxy that opens TLS, and that endpoint and CA belong together',
  ],
  [
    'EODD XECONNREFUSED ECONNREFUSEDX XENOTFOUND ENOTFOUNDX XEHOSTUNREACH EHOSTUNREACHX XEPIPE EPIPEX MY_ERR_TLS',
    'raw words',
    'check the endpoint and the way to it',
  ],
])('blames the endpoint and no node for %s', (codes, meaning, remedy) => {
  for (const code of codes.split(' ')) {
    const message = `the API server gave no answer: ${meaning} (${code})`;
    const problem = { code: 'api-unreachable', message, remedy };
    expect(networkFailure(code, 'raw words')).toEqual({ via: 'configz', kind: 'cluster', because: message, problem });
  }
});

it.each([
  ['ABORTED', 'the time for it was up', 'out-of-time'],
  ['INTERRUPTED', 'the audit was interrupted', 'interrupted'],
])('blames no endpoint that it did not wait for: %s', (given, words, code) => {
  const message = `the API server had not answered when ${words}`;
  expect(networkFailure(given, words).problem).toEqual({ code, message, remedy: 'audit again' });
});

it('distinguishes an API server that is too slow from one that is out of reach', () => {
  expect(networkFailure('TIMEOUT', 'nothing came for 30 s').problem).toEqual({
    code: 'api-too-slow',
    message: 'the API server is too slow: nothing came for 30 s',
    remedy: 'see whether it is overloaded, or something on the way holds its answers back; then audit again',
  });
});

it('shows the words of an error that it does not know, bounded and printable', () => {
  const { problem } = networkFailure('E'.repeat(50), `odd\u0007 ${'x'.repeat(5000)}`);
  expect(problem.message).toBe(`the API server gave no answer: odd ${'x'.repeat(155)}… (${'E'.repeat(39)}…)`);
});

it('distinguishes missing credentials from an unreachable endpoint', () => {
  expect(networkFailure('CREDENTIALS', 'the profile is not there').problem).toEqual({
    code: 'credentials-unavailable',
    message: 'there are no credentials for the API server: the profile is not there',
    remedy: 'fix the credentials that the message names, then audit again',
  });
  expect(networkFailure('CREDENTIALS', '').problem.message).toMatch(/: no reason given$/);
});

it('takes our own deadline for a node as that node’s silence', () => {
  const because = 'no answer from the kubelet through the API server within 10 s';
  expect(noAnswerInTime(10_000)).toEqual({ via: 'configz', kind: 'unreadable', because, timedOut: true });
});
