import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anonymousAuth } from '../../lambda/core/controls/anonymous-auth.ts';
import { clientCaFile } from '../../lambda/core/controls/client-ca-file.ts';
import { kubeconfigMode } from '../../lambda/core/controls/kubeconfig-mode.ts';
import { rotateCertificates } from '../../lambda/core/controls/rotate-certificates.ts';
import { evaluate } from '../../lambda/core/evaluate.ts';
import type { ClusterNode, KubeletFacts, ReadFailure } from '../../lambda/core/model.ts';
import { factsWith } from './controls/facts-with.ts';
import { subject } from './controls/subject.ts';

const ca = 'authentication.x509.clientCAFile';
const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const unreadable: ReadFailure = { via: 'ssm', kind: 'unreadable', because: 'the agent is not online' };
const unclear: KubeletFacts = {
  ...factsWith({}),
  settings: { ...factsWith({}).settings, [ca]: { state: 'unknown', because: 'two spellings' } },
};
const nodeOf = (changes: Partial<ClusterNode>): ClusterNode => ({
  key: 'i-1',
  name: 'node-a',
  machine: { status: 'confirmed', instanceId: 'i-1' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'ng-1' },
  ...changes,
});
const unsuspicious = { ...clientCaFile, suspectWhenRefused: false };

describe('evaluate', () => {
  it('judges by the facts where there are some', () => {
    expect(evaluate(clientCaFile, { facts: factsWith({}), failures: [] }).status).toBe('pass');
    expect(evaluate(clientCaFile, { facts: factsWith({ [ca]: '' }), failures: [] }).status).toBe('fail');
  });

  it('tells in the evidence which version of the kubelet it was', () => {
    const reading = { facts: factsWith({}), failures: [] };
    const node = nodeOf({ kubeletVersion: 'v1.34.9-eks-113cf36' });
    expect(evaluate(clientCaFile, { ...reading, node })).toMatchObject({
      evidence: { kubeletVersion: 'v1.34.9-eks-113cf36' },
    });
    expect(evaluate(clientCaFile, { ...reading, node: nodeOf({}) })).not.toHaveProperty('evidence.kubeletVersion');
  });

  it('lets facts from a later source decide over a refusal', () => {
    expect(evaluate(clientCaFile, { facts: factsWith({}), failures: [refused] }).status).toBe('pass');
    expect(evaluate(clientCaFile, { facts: factsWith({ [ca]: '' }), failures: [refused] }).status).toBe('fail');
  });

  it('warns when the kubelet refused and nothing else could be read, and says in order what was tried', () => {
    expect(evaluate(clientCaFile, { failures: [refused, unreadable] })).toEqual({
      status: 'warn',
      because: 'configz: the kubelet answered 401; ssm: the agent is not online',
    });
  });

  it('warns when the one setting is unknown and the kubelet refused', () => {
    expect(evaluate(clientCaFile, { facts: unclear, failures: [refused] })).toEqual({
      status: 'warn',
      because: 'two spellings; configz: the kubelet answered 401',
    });
  });

  it('does not know what nobody could read', () => {
    expect(evaluate(clientCaFile, { failures: [unreadable] })).toEqual({
      status: 'unknown',
      because: 'ssm: the agent is not online',
    });
    expect(evaluate(clientCaFile, { facts: unclear, failures: [] })).toEqual({
      status: 'unknown',
      because: 'two spellings',
    });
    expect(evaluate(clientCaFile, { failures: [] })).toEqual({ status: 'unknown', because: 'no source was tried' });
  });

  it('does not take a denial for a refusal: that kubelet has a client CA', () => {
    expect(evaluate(clientCaFile, { failures: [{ ...refused, kind: 'kubelet-denied' }] }).status).toBe('unknown');
  });

  it('does not suspect a control that says nothing about certificates', () => {
    expect(evaluate(unsuspicious, { failures: [refused] }).status).toBe('unknown');
  });

  it('does not trust the facts of a node that AWS contradicts', () => {
    const node = nodeOf({ distrust: 'two nodes claim i-1' });
    expect(evaluate(clientCaFile, { facts: factsWith({}), failures: [], node })).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('two nodes claim i-1'),
    });
    expect(evaluate(clientCaFile, { failures: [refused], node }).status).toBe('warn');
  });

  it.each(['fargate', 'auto-mode'] as const)('leaves an unread kubelet of %s to AWS, unless it refused', (kind) => {
    expect(evaluate(clientCaFile, { failures: [unreadable], node: nodeOf({ kind }) })).toMatchObject({
      status: 'not-applicable',
      because: expect.stringContaining('AWS runs this kubelet'),
    });
    expect(evaluate(clientCaFile, { failures: [refused], node: nodeOf({ kind }) }).status).toBe('warn');
    expect(evaluate(unsuspicious, { failures: [refused], node: nodeOf({ kind }) }).status).toBe('unknown');
    expect(
      evaluate(clientCaFile, { facts: factsWith({ [ca]: '' }), failures: [], node: nodeOf({ kind }) }).status,
    ).toBe('fail');
  });

  describe('with what other sources read', () => {
    const gone = subject('ssm', { files: { kubeconfig: { unknown: 'it is not there' } } });

    it('lets the next one decide where the first cannot tell', () => {
      const reading = { facts: subject('configz'), otherFacts: [subject('ssm')], failures: [] };
      expect(evaluate(kubeconfigMode, { ...reading, otherFacts: [] }).status).toBe('unknown');
      expect(evaluate(kubeconfigMode, reading)).toMatchObject({ status: 'pass', evidence: { via: 'ssm' } });
    });

    it('lets the first one decide where it can', () => {
      const open = subject('ssm', { flags: ['--anonymous-auth'] });
      const reading = { facts: subject('configz'), otherFacts: [open], failures: [] };
      expect(evaluate(anonymousAuth, reading)).toMatchObject({ status: 'pass', evidence: { via: 'configz' } });
    });

    it('gives the reason of the one that could have seen it', () => {
      const reading = { facts: subject('configz'), otherFacts: [gone], failures: [] };
      expect(evaluate(kubeconfigMode, reading)).toEqual({ status: 'unknown', because: 'it is not there' });
    });

    it('believes a file that says false where configz cannot tell false from not set', () => {
      const change = { file: { rotateCertificates: false } };
      const reading = { facts: subject('configz', change), otherFacts: [subject('ssm', change)], failures: [] };
      expect(evaluate(rotateCertificates, { ...reading, otherFacts: [] })).toMatchObject({
        status: 'pass',
        evidence: { value: 'false or not set', notes: [expect.stringContaining('cannot tell')] },
      });
      expect(evaluate(rotateCertificates, reading).status).toBe('fail');
    });
  });

  it('never passes what was not read, and bounds its words, whatever the failures', () => {
    const failure = fc.record({
      via: fc.constantFrom('configz' as const, 'ssm' as const, 'files' as const),
      kind: fc.constantFrom(
        'kubelet-refused' as const,
        'kubelet-denied' as const,
        'cluster' as const,
        'unreadable' as const,
        'not-tried' as const,
        'deadline' as const,
      ),
      because: fc.string({ unit: 'binary', maxLength: 2000 }),
    });
    fc.assert(
      fc.property(
        fc.array(failure, { maxLength: 6 }),
        fc.option(fc.constantFrom('fargate' as const, 'al2' as const), { nil: undefined }),
        (failures, kind) => {
          const verdict = evaluate(clientCaFile, { failures, ...(kind && { node: nodeOf({ kind }) }) });
          const because = 'because' in verdict ? verdict.because : '';
          expect(verdict.status).toBe(
            failures.some((each) => each.kind === 'kubelet-refused')
              ? 'warn'
              : kind === 'fargate'
                ? 'not-applicable'
                : 'unknown',
          );
          expect(because.length).toBeLessThanOrEqual(1000);
          expect(because).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
