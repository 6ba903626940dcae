import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf } from '../../lambda/core/access.ts';
import { evaluate } from '../../lambda/core/evaluate.ts';
import type { KubeletFacts, ReadFailure, Verdict, WaiverMark } from '../../lambda/core/model.ts';
import { factsWith } from './controls/facts-with.ts';

const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const headline = (facts?: KubeletFacts, failures: readonly ReadFailure[] = []) =>
  accessOf((control) => evaluate(control, { failures, ...(facts && { facts }) }));

describe('the headline of a node', () => {
  it('is well when the API server and all clients are authenticated and authorized', () => {
    expect(headline(factsWith({}))).toEqual({
      status: 'pass',
      because: 'the API server and all clients are authenticated and authorized',
    });
  });

  it('fails without a client CA: nobody can tell the API server by its certificate', () => {
    expect(headline(factsWith({ 'authentication.x509.clientCAFile': '' }))).toEqual({
      status: 'fail',
      because: 'the API server cannot be authenticated by certificate',
    });
  });

  it('fails with a client CA while doors are open, and names each', () => {
    const { status, because } = headline(
      factsWith({ 'authentication.anonymous.enabled': true, 'authorization.mode': 'AlwaysAllow', readOnlyPort: 10255 }),
    );
    expect(status).toBe('fail');
    expect(because.match(/open door: /g)).toHaveLength(3);
    for (const word of ['anonymous', 'read-only port', 'AlwaysAllow']) expect(because).toContain(word);
  });

  it('is suspected to fail where the kubelet refused the API server', () => {
    expect(headline(undefined, [refused])).toMatchObject({
      status: 'warn',
      because: expect.stringContaining('perhaps'),
    });
  });

  it('is not known where one part of it is not', () => {
    const facts = factsWith({});
    const settings = { ...facts.settings, readOnlyPort: { state: 'unknown', because: 'twice' } as const };
    expect(headline({ ...facts, settings })).toEqual({ status: 'unknown', because: 'not known: the read-only port' });
    expect(headline()).toMatchObject({ status: 'unknown' });
  });

  it('shows as waived when nothing else is worse', () => {
    const waived: WaiverMark = { until: '2030-01-01', by: 'ops', reason: 'a migration' };
    const facts = factsWith({ readOnlyPort: 10255 });
    const accepted = (more: KubeletFacts) =>
      accessOf((control) => {
        const verdict = evaluate(control, { facts: more, failures: [] });
        return verdict.status === 'fail' && control.slug === 'kubelet-read-only-port'
          ? { ...verdict, waived }
          : verdict;
      });

    expect(accepted(facts)).toMatchObject({
      status: 'waived',
      because: expect.stringContaining('accepted: open door'),
    });
    const open = factsWith({ readOnlyPort: 10255, 'authentication.anonymous.enabled': true });
    expect(accepted(open)).toMatchObject({ status: 'fail', because: expect.stringMatching(/anonymous.*accepted: /) });
  });

  it('is decided by its worst part, and passes only when all four do', () => {
    const order = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...order), { minLength: 4, maxLength: 4 }), (statuses) => {
        let at = 0;
        const { status } = accessOf(() => ({ status: statuses[at++ % 4], because: 'so' }) as unknown as Verdict);
        expect(status).toBe(order.find((each) => statuses.includes(each)));
      }),
    );
  });
});
