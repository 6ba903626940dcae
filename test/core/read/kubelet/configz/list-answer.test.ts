import { expect, it } from 'vitest';
import {
  classifyListAnswer,
  credentialsRefused,
  rightsMissing,
} from '../../../../../lambda/core/read/kubelet/configz/api-status.ts';
import { recordedAnswer } from '../recorded.ts';

const recorded = (file: string) => classifyListAnswer(recordedAnswer(`api-server-answers/${file}.http`), 'nodes');
const listed = (status: number, body = '') => classifyListAnswer({ status, headers: {}, body }, 'pods');
const status = (message: string) => JSON.stringify({ kind: 'Status', message });
const notListed = (plural: string, message: string) => ({
  code: `${plural}-not-listed`,
  message,
  remedy: 'check that the endpoint is the API server of this cluster and that it is healthy, then audit again',
});

it('names the right that is missing to list nodes, and for which user', () => {
  const problem = { code: 'nodes-list-forbidden', message: 'user nobody may not list nodes' };
  expect(recorded('rbac-missing-list')).toMatchObject({ kind: 'problem', problem });
});

it('reports refused credentials as such', () => {
  expect(recorded('apiserver-invalid-token')).toEqual({ kind: 'problem', problem: credentialsRefused });
});

it('retries when the API server is busy, for as long as it asks', () => {
  const problem = notListed('nodes', 'the API server is too busy to list nodes (429)');
  expect(recorded('apf-429-list-nodes')).toEqual({ kind: 'retry', after: 1000, problem });
});

it('leaves the body of a 200 to the caller', () => {
  expect(listed(200, '{}')).toEqual({ kind: 'list' });
});

it.each([
  [401, 'problem', {}],
  [403, 'problem', {}],
  [404, 'problem', {}],
  [499, 'problem', {}],
  [500, 'retry', { after: 1000 }],
  [503, 'retry', { after: 1000 }],
])('takes a %i without words of the API server as a %s', (code, kind, more) => {
  const problem = notListed('pods', `the API server answered ${code} to the list of pods`);
  expect(listed(code, '<html>')).toEqual({ kind, problem, ...more });
});

it('repeats the words of the API server, bounded', () => {
  const message = (code: number, words: string) => `the API server answered ${code} to the list of pods: ${words}`;
  expect(listed(404, status('gone'))).toMatchObject({ problem: { message: message(404, 'gone') } });
  const bounded = message(500, `${'x'.repeat(159)}…`);
  expect(listed(500, status('x'.repeat(200)))).toMatchObject({ problem: { message: bounded } });
});

it('believes a refusal in the words of the API server only', () => {
  const words = 'User "eve" cannot list resource "pods"';
  expect(listed(401, status(words))).toEqual({ kind: 'problem', problem: credentialsRefused });
  const problem = rightsMissing({ message: words, name: undefined });
  expect(listed(403, status(words))).toEqual({ kind: 'problem', problem });
});
