import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessControls, accessOf, inDoubt } from '../../../lambda/core/judge/access.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { anonymousAuth, readOnlyPort } from '../../../lambda/core/judge/controls/setting-controls.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts, ReadFailure, Verdict, WaiverMark } from '../../../lambda/core/model/model.ts';
import { notApplicable, passed, unread, warned } from '../findings/compliant-audit.ts';
import { factsWith } from './controls/facts-with.ts';
import { inWords } from './controls/in-words.ts';

const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const headline = (facts?: KubeletFacts, failures: readonly ReadFailure[] = []) =>
  accessOf((control) => evaluate(control, { failures, ...(facts && { facts }) }));

describe('the headline of a node', () => {
  it('is well when the API server and all clients are authenticated and authorized, and not without a client CA', () => {
    const because = 'the API server and all clients are authenticated and authorized';
    expect(headline(factsWith({}))).toMatchObject({ status: 'pass', because });
    const open = factsWith({ 'authentication.x509.clientCAFile': '' });
    expect(headline(open)).toMatchObject({ status: 'fail', because: clientCaFile.failure });
  });

  it('names in one line each thing that fails', () => {
    const doors = { 'authentication.anonymous.enabled': true, readOnlyPort: 10255 };
    const settings = { ...doors, 'authorization.mode': 'AlwaysAllow' };
    const open = factsWith({ 'authentication.x509.clientCAFile': '', ...settings });
    const words = 'fail: no client CA; anonymous access; read-only port open; AlwaysAllow';
    expect(inWords(headline(open))).toBe(words);
  });

  it('probably fails where the kubelet refused the API server', () => {
    expect(headline(undefined, [refused])).toMatchObject({ status: 'warn', because: inDoubt(clientCaFile) });
  });

  it('is not known where one part of it is not', () => {
    const facts = factsWith({});
    const settings = { ...facts.settings, readOnlyPort: { state: 'unknown', because: 'twice' } as const };
    expect(inWords(headline({ ...facts, settings }))).toBe('unknown: unknown: the read-only port');
    const all = 'the client CA, anonymous access, the read-only port, the authorization';
    expect(inWords(headline())).toBe(`unknown: unknown: ${all}`);
  });

  it('shows as waived when nothing else is worse', () => {
    const waived: WaiverMark = { until: '2030-01-01', by: 'ops', reason: 'a migration' };
    const facts = factsWith({ readOnlyPort: 10255 });
    const accepted = (more: KubeletFacts) =>
      accessOf((control) => {
        const verdict = evaluate(control, { facts: more, failures: [] });
        const isAccepted = verdict.status === 'fail' && control.slug === 'kubelet-read-only-port';
        return isAccepted ? { ...verdict, waived } : verdict;
      });

    const door = readOnlyPort.failure;
    expect(inWords(accepted(facts))).toBe(`waived: waived: ${door}`);
    const open = factsWith({ readOnlyPort: 10255, 'authentication.anonymous.enabled': true });
    expect(inWords(accepted(open))).toBe(`fail: ${anonymousAuth.failure}; waived: ${door}`);
  });

  it('names what is accepted behind what is in doubt or unknown, and all that is accepted', () => {
    const evidence = passed.status === 'pass' ? passed.evidence : expect.unreachable();
    const waived: Verdict = { status: 'fail', evidence, waived: { until: '2030-01-01', by: 'ops', reason: 'so' } };
    const of = (...verdicts: readonly Verdict[]) => {
      let at = 0;
      const { status, because } = accessOf(() => verdicts[at++] ?? expect.unreachable());
      return `${status}: ${because}`;
    };
    const [noCa, anonymous] = [clientCaFile.failure, anonymousAuth.failure];
    const none = notApplicable;
    const doubts = `${inDoubt(anonymousAuth)}; ${inDoubt(readOnlyPort)}`;
    expect(of(waived, warned, warned, passed)).toBe(`warn: ${doubts}; waived: ${noCa}`);
    expect(of(waived, passed, unread, none)).toBe(`unknown: unknown: the read-only port; waived: ${noCa}`);
    expect(of(waived, waived, passed, passed)).toBe(`waived: waived: ${noCa}; waived: ${anonymous}`);
    expect(of(none, none, none, none)).toBe('not-applicable: AWS runs this kubelet, and it could not be read');
    expect(of(passed, none, none, none)).toMatch(/^pass: /);
  });

  it('is made of four controls, in the order of what they come to', () => {
    const names = ['client-ca-file', 'anonymous-auth', 'read-only-port', 'authorization-mode'];
    expect(accessControls).toEqual(names.map((name) => `kubelet-${name}`));
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
