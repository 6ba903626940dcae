import { expect, it } from 'vitest';
import { credentialsRefused, rightsMissing } from '../../../../../lambda/core/read/kubelet/configz/cluster-problem.ts';
import { classifyListAnswer } from '../../../../../lambda/core/read/kubelet/configz/list-answer.ts';
import { recordedAnswer } from '../recorded.ts';

const recorded = (file: string) => classifyListAnswer(recordedAnswer(`api-server-answers/${file}.http`), 'nodes');
const listed = (status: number, body = '') => classifyListAnswer({ status, headers: {}, body }, 'pods');
const status = (message: string) => JSON.stringify({ kind: 'Status', message });
const notListed = (plural: string, message: string) => ({
  code: `${plural}-not-listed`,
  message,
  remedy: 'check that the endpoint is the API server of this cluster and that it is healthy, then audit again',
});

it('names the right that is missing to list nodes, and for whom', () => {
  expect(recorded('rbac-missing-list')).toEqual({
    kind: 'problem',
    problem: {
      code: 'nodes-list-forbidden',
      message: 'user nobody may not list nodes',
      remedy:
        'bind user nobody or the group eks-kubelet-audit to a ClusterRole with the verb list on nodes (eks-kubelet-audit grant)',
    },
  });
});

it('reports refused credentials as such', () => {
  expect(recorded('apiserver-invalid-token')).toEqual({ kind: 'problem', problem: credentialsRefused });
});

it('retries when the API server is busy, for as long as it asks', () => {
  expect(recorded('apf-429-list-nodes')).toEqual({
    kind: 'retry',
    after: 1000,
    problem: notListed('nodes', 'the API server is too busy to list nodes (429)'),
  });
});

it('leaves the body of a 200 to who has it', () => {
  expect(listed(200, '{}')).toEqual({ kind: 'list' });
});

it.each([
  [401, 'problem', 'the API server answered 401 to the list of pods', {}],
  [403, 'problem', 'the API server answered 403 to the list of pods', {}],
  [404, 'problem', 'the API server answered 404 to the list of pods', {}],
  [499, 'problem', 'the API server answered 499 to the list of pods', {}],
  [500, 'retry', 'the API server answered 500 to the list of pods', { after: 1000 }],
  [503, 'retry', 'the API server answered 503 to the list of pods', { after: 1000 }],
])('takes a %i without words of the API server as a %s', (code, kind, message, more) => {
  expect(listed(code, '<html>')).toEqual({ kind, problem: notListed('pods', message), ...more });
});

it('repeats the words of the API server, bounded', () => {
  expect(listed(404, status('gone'))).toMatchObject({
    problem: { message: 'the API server answered 404 to the list of pods: gone' },
  });
  expect(listed(500, status('x'.repeat(200)))).toMatchObject({
    problem: { message: `the API server answered 500 to the list of pods: ${'x'.repeat(159)}…` },
  });
});

it('believes a refusal in the words of the API server only', () => {
  const words = 'User "eve" cannot list resource "pods"';
  expect(listed(401, status(words))).toEqual({ kind: 'problem', problem: credentialsRefused });
  expect(listed(403, status(words))).toEqual({
    kind: 'problem',
    problem: rightsMissing({ message: words, name: undefined }),
  });
});
