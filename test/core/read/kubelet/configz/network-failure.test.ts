import { expect, it } from 'vitest';
import { networkFailure, noAnswerInTime } from '../../../../../lambda/core/read/kubelet/configz/network-failure.ts';

it.each([
  ['ECONNREFUSED', 'it refused the connection', 'check the endpoint and its port'],
  ['ENOTFOUND', 'its name does not resolve', 'check the endpoint, and the DNS of this network'],
  ['EAI_AGAIN', 'its name does not resolve', 'check the endpoint, and the DNS of this network'],
  ['EHOSTUNREACH', 'there is no route to it', 'run the audit inside the VPC, or open its public access'],
  ['ENETUNREACH', 'there is no route to it', 'run the audit inside the VPC, or open its public access'],
  ['ECONNRESET', 'it closed the connection', 'check proxies and firewalls on the way, then audit again'],
  ['EPIPE', 'it closed the connection', 'check proxies and firewalls on the way, then audit again'],
  ['EODD', 'raw words', 'check the endpoint and the way to it'],
  ['XECONNREFUSED', 'raw words', 'check the endpoint and the way to it'],
  ['ECONNREFUSEDX', 'raw words', 'check the endpoint and the way to it'],
  ['XENOTFOUND', 'raw words', 'check the endpoint and the way to it'],
  ['ENOTFOUNDX', 'raw words', 'check the endpoint and the way to it'],
  ['XEHOSTUNREACH', 'raw words', 'check the endpoint and the way to it'],
  ['EHOSTUNREACHX', 'raw words', 'check the endpoint and the way to it'],
  ['XEPIPE', 'raw words', 'check the endpoint and the way to it'],
  ['EPIPEX', 'raw words', 'check the endpoint and the way to it'],
  ['MY_ERR_TLS', 'raw words', 'check the endpoint and the way to it'],
])('blames the endpoint and no node for %s', (code, meaning, remedy) => {
  const message = `the API server gave no answer: ${meaning} (${code})`;
  expect(networkFailure(code, 'raw words')).toEqual({
    via: 'configz',
    kind: 'cluster',
    because: message,
    problem: { code: 'api-unreachable', message, remedy },
  });
});

it.each(['ETIMEDOUT', 'CONNECT_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'])('takes %s for silence', (code) => {
  expect(networkFailure(code, 'raw words').problem).toEqual({
    code: 'api-unreachable',
    message: `the API server gave no answer: it does not answer in time (${code})`,
    remedy: 'check its public access CIDRs, or run the audit inside the VPC',
  });
});

it.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_HANDSHAKE',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
])('takes %s for a certificate of somebody else', (code) => {
  expect(networkFailure(code, 'raw words').problem).toEqual({
    code: 'api-unreachable',
    message: `the API server gave no answer: its certificate does not verify against the CA of the cluster (${code})`,
    remedy: 'check for a proxy that opens TLS, and that endpoint and CA belong together',
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

it('tells missing credentials from an unreachable endpoint', () => {
  expect(networkFailure('CREDENTIALS', 'the profile is not there').problem).toEqual({
    code: 'credentials-unavailable',
    message: 'there are no credentials for the API server: the profile is not there',
    remedy: 'fix the credentials that the message names, then audit again',
  });
  expect(networkFailure('CREDENTIALS', '').problem.message).toMatch(/: no reason given$/);
});

it('takes our own deadline for a node as that node’s silence', () => {
  expect(noAnswerInTime(10_000)).toEqual({
    via: 'configz',
    kind: 'unreadable',
    because: 'no answer from the kubelet through the API server within 10 s',
    timedOut: true,
  });
});
