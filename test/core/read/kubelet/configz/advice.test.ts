import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../../lambda/core/model/model.ts';
import { advised } from '../../../../../lambda/core/read/kubelet/configz/advice.ts';
import {
  classifyListAnswer,
  credentialsRefused,
  networkFailure,
  rightsMissing,
} from '../../../../../lambda/core/read/kubelet/configz/api-status.ts';
import { configzForbidden } from '../../../../../lambda/core/read/kubelet/configz/configz-answer.ts';

const rights = (who: string, what: string) =>
  rightsMissing({ message: `User "${who}" cannot ${what}`, name: undefined });
const listed = (status: number) => {
  const answer = classifyListAnswer({ status, headers: {}, body: '' }, 'nodes');
  if (answer.kind === 'list') throw new Error('a list');
  return answer.problem;
};

const closed = 'ECONNREFUSED ENOTFOUND CONNECT_TIMEOUT TIMEOUT ABORTED INTERRUPTED EHOSTUNREACH EPIPE';
const codes = [...closed.split(' '), 'CERT_HAS_EXPIRED', 'EODD', 'CREDENTIALS'];

const remedy = 'see the access entry';
/** Every reason that an API server, or the way to it, gives for nodes that are not read. */
const reasons: readonly Problem[] = [
  credentialsRefused,
  configzForbidden,
  rights('system:anonymous', 'list resource "nodes"'),
  rights('eve', 'get resource "nodes/proxy"'),
  rights('eve', 'list resource "nodes"'),
  rights('eve', 'watch resource "pods"'),
  ...[404, 429, 500].map(listed),
  ...codes.map((code) => networkFailure(code, 'words').problem),
  // What a look at the token itself may say, before it is shown to a node.
  ...['token-too-broad', 'no-bearer-token', 'cluster-ca-unknown'].map((code) => ({ code, message: 'words', remedy })),
];

/** What needs EKS, AWS credentials or the role of a deployed audit. */
const ofEks = /eks-kubelet-audit grant|access entry|role of this audit|public access|CIDR|VPC|by SSM/;

describe.each(['kubeconfig', 'proxy'] as const)('where a %s leads to the cluster', (reachedBy) => {
  it.each(reasons.map((each) => [each.code, each] as const))('the remedy of %s can be done there', (_code, problem) => {
    const { remedy, ...rest } = advised(problem, { reachedBy });
    expect(rest).toEqual({ code: problem.code, message: problem.message });
    expect(remedy).not.toMatch(ofEks);
    expect(remedy.length).toBeGreaterThan(10);
    if (reachedBy === 'proxy') expect(remedy).not.toMatch(/kubeconfig|--context/);
  });
});

it('is what EKS allows where EKS leads to the cluster', () => {
  for (const problem of reasons) expect(advised(problem, {})).toBe(problem);
  expect(reasons.filter(({ remedy }) => ofEks.test(remedy)).length).toBeGreaterThan(5);
});

it('names an expired token on every way', () => {
  for (const way of [{}, { reachedBy: 'kubeconfig' }, { reachedBy: 'proxy' }] as const)
    expect(advised(credentialsRefused, way).remedy).toMatch(/expired/);
});
