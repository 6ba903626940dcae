import { describe, expect, it } from 'vitest';
import type { JudgeOptions } from '../../../lambda/core/judge/control.ts';
import { anonymousAuth } from '../../../lambda/core/judge/controls/anonymous-auth.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { kubeconfigMode } from '../../../lambda/core/judge/controls/kubeconfig-mode.ts';
import { readOnlyPort } from '../../../lambda/core/judge/controls/read-only-port.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import { warned } from '../findings/compliant-audit.ts';
import { subject } from './controls/subject.ts';

const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const unreadable: ReadFailure = { via: 'ssm', kind: 'unreadable', because: 'the agent is not online' };
const node = (change: Partial<ClusterNode> = {}): ClusterNode => ({
  key: 'i-1',
  machine: { status: 'confirmed', instanceId: 'i-1' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'workers' },
  ...change,
});

describe('the reason of a verdict', () => {
  it('is that a node cannot be trusted, then what was tried, whatever was read', () => {
    expect(
      evaluate(clientCaFile, {
        facts: subject('configz'),
        failures: [unreadable],
        node: node({ distrust: 'it lies' }),
      }),
    ).toEqual({
      status: 'unknown',
      because: 'this node cannot be trusted: it lies; ssm: the agent is not online',
    });
    const long = node({ distrust: `\u001b[31m${'x'.repeat(400)}` });
    expect(evaluate(clientCaFile, { failures: [], node: long })).toEqual({
      status: 'unknown',
      because: `this node cannot be trusted: ${'x'.repeat(299)}…`,
    });
  });

  it.each([
    ['fargate', 'Fargate'],
    ['auto-mode', 'EKS Auto Mode'],
  ] as const)('is of %s that AWS runs it', (kind, product) => {
    expect(evaluate(clientCaFile, { failures: [unreadable], node: node({ kind }) })).toEqual({
      status: 'not-applicable',
      because: `AWS runs this kubelet (${product}), and it could not be read`,
    });
    const byHandshake = { facts: subject('tls'), failures: [], node: node({ kind }) };
    expect(evaluate(readOnlyPort, byHandshake)).toEqual({
      status: 'not-applicable',
      because: `AWS runs this kubelet (${product}), and it could not be read`,
    });
    expect(evaluate(kubeconfigMode, { ...byHandshake, facts: subject('configz') })).toEqual({
      status: 'not-applicable',
      because: `AWS runs this kubelet (${product}), and nobody else sees its machine`,
    });
    expect(evaluate(readOnlyPort, { ...byHandshake, facts: subject('configz') }).status).toBe('pass');
    expect(evaluate(readOnlyPort, { failures: [refused], node: node({ kind }) })).toEqual({
      status: 'unknown',
      because: 'configz: the kubelet answered 401',
    });
  });

  it('is of Windows that no POSIX shell could look', () => {
    const windows = { facts: subject('configz'), failures: [], node: node({ kind: 'windows' }) };
    expect(evaluate(kubeconfigMode, windows)).toEqual({
      status: 'not-applicable',
      because: 'only a look at the machine shows it, and what looks is a POSIX shell, which Windows has not',
    });
    expect(evaluate(kubeconfigMode, { ...windows, node: node() }).status).toBe('unknown');
    expect(evaluate(readOnlyPort, windows).status).toBe('pass');
  });

  it('is of bounded length, each failure and all of them', () => {
    const failure = { ...unreadable, because: 'x'.repeat(400) };
    const shown = `ssm: ${'x'.repeat(299)}…`;
    expect(evaluate(clientCaFile, { failures: [failure] })).toEqual({ status: 'unknown', because: shown });
    expect(evaluate(clientCaFile, { failures: Array(4).fill(failure) })).toEqual({
      status: 'unknown',
      because: `${Array(4).fill(shown).join('; ').slice(0, 999)}…`,
    });
  });
});

describe('a kubelet that refused the API server', () => {
  const certificate = { subject: 'CN=kubernetes', sha256: 'b'.repeat(64), notAfter: '2036-01-01T00:00:00.000Z' };
  const cluster: Cluster = {
    name: 'prod',
    compute: { autoMode: false, fargate: false, hybrid: false },
    endpoint: {
      url: 'https://prod',
      caPem: '',
      caFingerprints: ['a'.repeat(64)],
      publicAccess: true,
      privateAccess: false,
      publicAccessCidrs: [],
    },
  };
  const judged = (facts: KubeletFacts, surroundings: { readonly cluster?: Cluster } = { cluster }) =>
    evaluate(clientCaFile, { facts, failures: [refused] }, surroundings);
  const evidenceOf = (facts: KubeletFacts) => {
    const verdict = evaluate(clientCaFile, { facts, failures: [] });
    return verdict.status === 'pass' ? verdict.evidence : expect.unreachable();
  };
  const suspected = {
    status: 'warn',
    because:
      'its kubelet refused the API server, and its command line and files, which set a client CA, do not explain that: it may run with others than it would start with now',
  };

  it.each(['configz', 'direct', 'tls'] as const)('has a note beside what runs, by %s', (via) => {
    const evidence = evidenceOf(subject(via));
    const note = 'its kubelet refused the API server although it runs with a client CA: not the cluster’s';
    expect(judged(subject(via))).toEqual({
      status: 'pass',
      evidence: { ...evidence, notes: [...evidence.notes, note] },
    });
  });

  it.each(['ssm', 'files'] as const)('has one beside its files, by %s, or is suspected', (via) => {
    const clientCa = { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates: [certificate] } as const;
    const evidence = evidenceOf(subject(via));
    const note = 'its kubelet refused the API server, since the client CA file holds another CA than the cluster’s';
    expect(judged({ ...subject(via), clientCa })).toEqual({
      status: 'pass',
      evidence: { ...evidence, notes: [...evidence.notes, note] },
    });
    expect(judged(subject(via))).toEqual({ ...suspected, evidence });
    expect(judged({ ...subject(via), clientCa }, {})).toEqual({ ...suspected, evidence });
    const { endpoint: _, ...unreached } = cluster;
    expect(judged({ ...subject(via), clientCa }, { cluster: unreached })).toEqual({ ...suspected, evidence });
  });
});

describe('a kubelet that called the API server system:anonymous', () => {
  const anonymous: ReadFailure = { ...refused, anonymousIsOn: true };

  it('is judged by that answer, with a note', () => {
    const verdict = evaluate(anonymousAuth, { failures: [unreadable, anonymous] });
    expect(verdict).toMatchObject({
      status: 'fail',
      evidence: {
        value: 'true',
        origin: { from: 'answer' },
        via: 'configz',
        notes: ['it called the API server system:anonymous, as only a kubelet that lets anonymous clients in does'],
      },
    });
  });

  it('is judged by what runs before it, and by its files after it', () => {
    const [runs, files] = [subject('configz'), subject('ssm')];
    const viaOf = (facts: KubeletFacts, ...otherFacts: readonly KubeletFacts[]) => {
      const verdict = evaluate(anonymousAuth, { facts, otherFacts, failures: [anonymous] });
      return 'evidence' in verdict && `${verdict.status} by ${verdict.evidence?.origin.from}`;
    };
    expect(viaOf(files)).toBe('fail by answer');
    expect(viaOf(files, runs)).toBe('pass by running');
    expect(viaOf(runs, files)).toBe('pass by running');
  });
});

describe('several sources', () => {
  const readingsOf = (verdicts: ReadonlyMap<KubeletFacts, string>, of = clientCaFile) => {
    const [facts, ...otherFacts] = verdicts.keys();
    const asked: (readonly [string, readonly string[]])[] = [];
    const control = {
      ...of,
      judge: (each: KubeletFacts, { otherFacts: others = [] }: JudgeOptions = {}) => {
        asked.push([each.via, others.map(({ via }) => via)]);
        const because = verdicts.get(each) ?? '';
        return because === 'warn' ? warned : ({ status: 'unknown', because } as const);
      },
    };
    const verdict = evaluate(control, {
      ...(facts && { facts }),
      otherFacts,
      failures: [],
      node: node({ kubeletVersion: 'v1' }),
    });
    return { verdict, asked };
  };
  const [configz, direct, ssm, tls] = [subject('configz'), subject('direct'), subject('ssm'), subject('tls')];

  it('are asked in their order, files last, each beside the others, until one can tell', () => {
    const told = readingsOf(
      new Map([
        [ssm, 'c'],
        [configz, 'a'],
        [tls, 'warn'],
        [direct, 'b'],
      ]),
    );
    expect(told.asked).toEqual([
      ['configz', ['tls', 'direct', 'ssm']],
      ['tls', ['configz', 'direct', 'ssm']],
    ]);
    expect(told.verdict).toBe(warned);
  });

  it('give the first one’s reason where none can tell', () => {
    const told = readingsOf(
      new Map([
        [configz, 'a'],
        [direct, 'b'],
        [ssm, 'c'],
      ]),
    );
    expect(told.asked.map(([via]) => via)).toEqual(['configz', 'direct', 'ssm']);
    expect(told.verdict).toEqual({ status: 'unknown', because: 'a' });
  });

  it('give SSM’s reason for what only the machine shows, and no other’s', () => {
    const reasonOf = (...sources: readonly (readonly [KubeletFacts, string])[]) =>
      readingsOf(new Map(sources), kubeconfigMode).verdict;
    expect(reasonOf([configz, 'a'], [direct, 'b'])).toEqual({ status: 'unknown', because: 'a' });
    expect(reasonOf([configz, 'a'], [ssm, 'c'])).toEqual({ status: 'unknown', because: 'c' });
  });
});
