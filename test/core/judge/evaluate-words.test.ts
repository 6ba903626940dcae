import { describe, expect, it } from 'vitest';
import type { Control, JudgeOptions } from '../../../lambda/core/judge/control.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { kubeconfigMode } from '../../../lambda/core/judge/controls/file-controls.ts';
import {
  anonymousAuth,
  authorizationMode,
  readOnlyPort,
} from '../../../lambda/core/judge/controls/setting-controls.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { Cluster, KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import { warned } from '../findings/compliant-audit.ts';
import { clusterWith, nodeWith as node } from './controls/facts-with.ts';
import { inWords } from './controls/in-words.ts';
import { subject } from './controls/subject.ts';

const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const unreadable: ReadFailure = { via: 'ssm', kind: 'unreadable', because: 'the agent is not online' };

const judgedBecause = (...of: Parameters<typeof evaluate>) => inWords(evaluate(...of));

describe('the reason of a verdict', () => {
  it('is that a node cannot be trusted, then what was tried, whatever was read', () => {
    const reading = { facts: subject('configz'), failures: [unreadable], node: node({ distrust: 'it lies' }) };
    const lies = 'unknown: this node cannot be trusted: it lies; ssm: the agent is not online';
    expect(judgedBecause(clientCaFile, reading)).toBe(lies);
    const long = node({ distrust: `\u001b[31m${'x'.repeat(400)}` });
    const bounded = `unknown: this node cannot be trusted: ${'x'.repeat(299)}…`;
    expect(judgedBecause(clientCaFile, { failures: [], node: long })).toBe(bounded);
  });

  const products = { fargate: 'Fargate', 'auto-mode': 'EKS Auto Mode' };
  it.each(['fargate', 'auto-mode'] as const)('is of %s that AWS runs it', (kind) => {
    const ofAws = `not-applicable: AWS runs this kubelet (${products[kind]}), and`;
    const given = { failures: [], node: node({ kind }) };
    const unread = judgedBecause(clientCaFile, { ...given, failures: [unreadable] });
    expect(unread).toBe(`${ofAws} it could not be read`);
    const byHandshake = { ...given, facts: subject('tls') };
    expect(judgedBecause(readOnlyPort, byHandshake)).toBe(`${ofAws} it could not be read`);
    const byConfigz = { ...given, facts: subject('configz') };
    expect(judgedBecause(kubeconfigMode, byConfigz)).toBe(`${ofAws} nobody else sees its machine`);
    expect(evaluate(readOnlyPort, byConfigz).status).toBe('pass');
    const answered = judgedBecause(readOnlyPort, { ...given, failures: [refused] });
    expect(answered).toBe('unknown: configz: the kubelet answered 401');
  });

  it('is of Windows that no POSIX shell could look', () => {
    const windows = { facts: subject('configz'), failures: [], node: node({ kind: 'windows' }) };
    const unseen = 'only a look at the machine shows it, and what looks is a POSIX shell, which Windows has not';
    expect(judgedBecause(kubeconfigMode, windows)).toBe(`not-applicable: ${unseen}`);
    expect(evaluate(kubeconfigMode, { ...windows, node: node() }).status).toBe('unknown');
    expect(evaluate(readOnlyPort, windows).status).toBe('pass');
  });

  it('is of bounded length, each failure and all of them', () => {
    const failure = { ...unreadable, because: 'x'.repeat(400) };
    const shown = `ssm: ${'x'.repeat(299)}…`;
    expect(evaluate(clientCaFile, { failures: [failure] })).toEqual({ status: 'unknown', because: shown });
    const all = Array(4).fill(shown).join('; ').slice(0, 999);
    expect(judgedBecause(clientCaFile, { failures: Array(4).fill(failure) })).toBe(`unknown: ${all}…`);
  });
});

describe('a kubelet that refused the API server', () => {
  const certificate = { subject: 'CN=kubernetes', sha256: 'b'.repeat(64), notAfter: '2036-01-01T00:00:00.000Z' };
  const cluster = clusterWith(['a'.repeat(64)]);
  const judged = (facts: KubeletFacts, surroundings: { readonly cluster?: Cluster } = { cluster }) =>
    evaluate(clientCaFile, { facts, failures: [refused] }, surroundings);
  const evidenceOf = (facts: KubeletFacts) => {
    const verdict = evaluate(clientCaFile, { facts, failures: [] });
    return verdict.status === 'pass' ? verdict.evidence : expect.unreachable();
  };
  const unexplained =
    'its kubelet refused the API server, and its command line and files, which set a client CA, do not explain that: it may run with others than it would start with now';
  const suspected = { status: 'warn', because: unexplained };
  const noted = (facts: KubeletFacts, note: string) => {
    const evidence = evidenceOf(facts);
    return { status: 'pass', evidence: { ...evidence, notes: [...evidence.notes, note] } };
  };

  it.each(['configz', 'direct', 'tls'] as const)('has a note beside what runs, by %s', (via) => {
    const note = 'its kubelet refused the API server although it runs with a client CA: not the cluster’s';
    expect(judged(subject(via))).toEqual(noted(subject(via), note));
  });

  it.each(['ssm', 'files'] as const)('has one beside its files, by %s, or is suspected', (via) => {
    const clientCa = { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates: [certificate] } as const;
    const evidence = evidenceOf(subject(via));
    const note = 'its kubelet refused the API server, since the client CA file holds another CA than the cluster’s';
    expect(judged({ ...subject(via), clientCa })).toEqual(noted(subject(via), note));
    expect(judged(subject(via))).toEqual({ ...suspected, evidence });
    expect(judged({ ...subject(via), clientCa }, {})).toEqual({ ...suspected, evidence });
    const { endpoint: _, ...unreached } = cluster;
    expect(judged({ ...subject(via), clientCa }, { cluster: unreached })).toEqual({ ...suspected, evidence });
  });
});

describe('a kubelet that called the API server system:anonymous', () => {
  const anonymous: ReadFailure = { ...refused, anonymousIsOn: true };

  it('is judged by that answer, with a note, and shows nothing else', () => {
    expect(evaluate(clientCaFile, { failures: [anonymous] }).status).toBe('warn');
    expect(evaluate(readOnlyPort, { failures: [anonymous] }).status).toBe('unknown');

    const verdict = evaluate(anonymousAuth, { failures: [unreadable, anonymous] });
    const notes = [
      'it called the API server system:anonymous and refused it, as only a kubelet does that lets anonymous clients in and authorizes them',
    ];
    const evidence = { value: 'true', origin: { from: 'answer' }, via: 'configz', notes };
    expect(verdict).toMatchObject({ status: 'fail', evidence });
    const mode = evaluate(authorizationMode, { failures: [unreadable, anonymous] });
    expect(mode).toMatchObject({ status: 'pass', evidence: { ...evidence, value: 'Webhook' } });
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
  /** By what each of them gives as its reason, in the order in which they were read. */
  const judgedBy = (of: Control, ...sources: readonly (readonly [KubeletFacts, string])[]) => {
    const reasons = new Map(sources);
    const [facts, ...otherFacts] = reasons.keys();
    const asked: string[] = [];
    const judge = (each: KubeletFacts, { otherFacts: others = [] }: JudgeOptions = {}) => {
      asked.push([each, ...others].map(({ via }) => via).join(' '));
      const because = reasons.get(each) ?? '';
      return because === 'warn' ? warned : ({ status: 'unknown', because } as const);
    };
    return { verdict: evaluate({ ...of, judge }, { ...(facts && { facts }), otherFacts, failures: [] }), asked };
  };
  const [configz, direct, ssm, tls] = [subject('configz'), subject('direct'), subject('ssm'), subject('tls')];

  it('are asked in their order, files last, each beside the others, until one can tell', () => {
    const { asked, verdict } = judgedBy(clientCaFile, [ssm, 'c'], [configz, 'a'], [tls, 'warn'], [direct, 'b']);
    expect(asked).toEqual(['configz tls direct ssm', 'tls configz direct ssm']);
    expect(verdict).toBe(warned);
  });

  it('give the first one’s reason where none can tell', () => {
    const { asked, verdict } = judgedBy(clientCaFile, [configz, 'a'], [direct, 'b'], [ssm, 'c']);
    expect(asked.map((vias) => vias.split(' ')[0])).toEqual(['configz', 'direct', 'ssm']);
    expect(inWords(verdict)).toBe('unknown: a');
  });

  it('give SSM’s reason for what only the machine shows, and no other’s', () => {
    const reasonOf = (...sources: readonly (readonly [KubeletFacts, string])[]) =>
      inWords(judgedBy(kubeconfigMode, ...sources).verdict);
    expect(reasonOf([configz, 'a'], [direct, 'b'])).toBe('unknown: a');
    expect(reasonOf([configz, 'a'], [ssm, 'c'])).toBe('unknown: c');
  });
});
