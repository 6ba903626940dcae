import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besideOf } from '../../../lambda/core/judge/beside.ts';
import type { Origin, Verdict } from '../../../lambda/core/model/model.ts';
import { printable } from '../../../lambda/core/model/text/words.ts';
import { evidence, failed, notApplicable, passed, unread, warned } from '../findings/compliant-audit.ts';

const source = 'launch template lt-1, version 7';
const place = { from: 'user-data', file: source, part: 2, line: 9 } as const;
const image = { from: 'default', of: 'EKS-optimized AMI' } as const;
const fails = (value: string, origin: Origin = place): Verdict => ({
  status: 'fail',
  evidence: { ...evidence(value), origin },
});
const none = '(not set)';

/** Beside running nodes with these verdicts, the worst first. */
const beside = (running: readonly Verdict[], verdict: Verdict, from = source) => {
  const status = running[0]?.status;
  return besideOf({
    running: status && { status, verdicts: running },
    next: { verdict, source: from },
  });
};

describe('a node group’s nodes beside its next one', () => {
  const at = `${source}, part 2, line 9`;
  const left = `default of the EKS-optimized AMI, which ${source} leaves as it is`;
  const will = 'fixed here, but the next node will fail: authentication.x509.clientCAFile is';
  const too = 'the next node will fail, too: authentication.x509.clientCAFile is';
  const passesWithIt: Verdict = { status: 'pass', evidence: evidence(none) };

  it.each<[string, readonly Verdict[], Verdict, kind: string]>([
    [`fails here, but the next node is right: replace it (${source})`, [failed], passed, 'replace'],
    [`${will} (not set) by ${at}`, [passed], fails(none), 'next-fails'],
    [`${will} (not set) by ${left}`, [passed], fails(none, image), 'next-fails'],
    [`the root is ${at}: the next node will fail by it, too`, [fails('/x'), failed], fails(none), 'root'],
    [`the root is ${left}: the next node will fail by it, too`, [failed], fails(none, image), 'root'],
    [`${too} /x by ${at}`, [failed], fails('/x'), 'fails-too'],
    [`${too} (not set) by ${at}`, [fails('/x'), passesWithIt, unread], fails(none), 'fails-too'],
    [`${too} ${'v'.repeat(59)}… by ${at}`, [failed], fails('v'.repeat(61)), 'fails-too'],
  ])('are as is said: %s', (text, running, next, kind) => {
    expect(beside(running, next)).toEqual({ kind, text });
  });

  it('mean nothing for each other where there are none, or one side is not known', () => {
    const all = { passed, failed, warned, unread, notApplicable };
    const pairs = Object.entries(all).flatMap(([name, next]) => [
      { pair: `none ${name}`, said: beside([], next) },
      ...Object.entries(all).map(([other, running]) => ({ pair: `${other} ${name}`, said: beside([running], next) })),
    ]);
    const saying = pairs.flatMap(({ pair, said }) => (said ? [pair] : []));
    expect(saying).toEqual(['failed passed', 'passed failed', 'failed failed']);
  });

  it('are said in one bounded, printable line, however long and strange the value and the template are', () => {
    const strange = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\u001b[2J', '\u202e', '😀'), maxLength: 99 });
    fc.assert(
      fc.property(strange, strange, (value, name) => {
        const file = `${'f'.repeat(400)}${name}`;
        const next = fails(value, { ...place, file });
        const said = [beside([failed], passed, file), ...[passed, failed, next].map((one) => beside([one], next))];
        expect(said.map((each) => each?.kind)).toEqual(['replace', 'next-fails', 'fails-too', 'root']);
        for (const each of said) {
          expect(each?.text).toBe(printable(each?.text ?? '', 330));
          expect(each?.text).toHaveLength(330);
        }
      }),
    );
  });
});
