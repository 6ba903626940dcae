import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRemedyAnswer } from '../../../../../lambda/core/fix/remediation/run/remedy-answer.ts';

const marker = 'eks-kubelet-audit-remediate/1';

/** As the document ends: the number of the lines before. */
const answer = (...lines: readonly string[]): string => `${[...lines, `end=${lines.length}`].join('\n')}\n`;
const [file, name] = ['/etc/kubernetes/kubelet/config.json', 'readOnlyPort'];
const words = 'the kubelet runs with what is wanted';
const change = `change=setting\t${file}\t${name}\t10255\t0`;
const good = [marker, 'outcome=changed', 'reason=fixed', `words=${words}`, change] as const;

describe('the answer of the remedy', () => {
  it('says how it ended, why, and what was changed', () => {
    const changes = [{ kind: 'setting', file, name, before: '10255', after: '0' }];
    const value = { outcome: 'changed', code: 'fixed', words, changes };
    expect(parseRemedyAnswer(answer(...good), marker)).toEqual({ ok: true, value });
  });

  it.each(['changed', 'already', 'refused', 'restored', 'failed', 'dry-run'])('knows the outcome %s', (outcome) => {
    const parsed = parseRemedyAnswer(answer(marker, `outcome=${outcome}`, 'reason=some-reason', 'words='), marker);
    expect(parsed).toMatchObject({ ok: true, value: { outcome, code: 'some-reason', words: '' } });
  });

  const [notOurs, cut, noEnd, noLine] = [
    'it is not the answer of our document',
    'the answer was cut',
    'the answer does not say how it ended',
    'a line of the answer is not in the document’s format',
  ];
  const ofVersion = (version: string) => `eks-kubelet-audit-remediate/${version}`;
  const other = 'the document answers eks-kubelet-audit-remediate/2, and eks-kubelet-audit-remediate/1 is read here';
  const tooMany = answer(marker, ...Array(199).fill('change=x'));
  const failed = (...lines: readonly string[]) => answer(marker, 'outcome=failed', ...lines);
  it.each<[string, string, string]>([
    ['too long', ' '.repeat(24_001), 'the answer is too long to be one of ours'],
    ['of no marker', 'motd', notOurs],
    ['of another version', ofVersion('2'), `${other}: deploy the remediation stack of this version`],
    ['of another product', 'eks-kubelet-audit-remediate2/1', notOurs],
    ['of a version that is no word', ofVersion(' 2'), notOurs],
    ['of a version that is too long', ofVersion('2'.repeat(33)), notOurs],
    ['of too many lines', tooMany, 'the answer has too many lines to be one of ours'],
    ['of nothing', '', notOurs],
    ['with words before the marker', answer('motd', ...good), notOurs],
    ['of one line', marker, cut],
    ['without its end', `${good.join('\n')}\n`, cut],
    ['from which a line was lost', `${good.slice(0, 4).join('\n')}\nend=5\n`, cut],
    ['that SSM cut', `${good.join('\n')}\n--output truncated--`, cut],
    ['of an unknown outcome', answer(marker, 'outcome=great', 'reason=x'), noEnd],
    ['of two outcomes', answer(...good, 'outcome=failed'), noEnd],
    ['of no outcome', answer(marker, 'reason=x'), noEnd],
    ['that holds a command', answer(...good, 'rm -rf /'), noLine],
    ['of a number that is not the last line', `${marker}\nend=1\nwords=x\n`, cut],
    ['of a line of another form', answer(marker, 'Words=x', 'outcome=failed', 'reason=x'), noLine],
    ['of a name that is too long', answer(marker, `${'x'.repeat(21)}=`), noLine],
    ['without a reason', failed(), noEnd],
    ['of a reason in capitals', failed('reason=X'), noEnd],
    ['of a reason behind a word', failed('reason=1x'), noEnd],
    ['of a reason that is too long', failed(`reason=${'x'.repeat(41)}`), noEnd],
  ])('says why it takes none %s', (_, output, error) => {
    expect(parseRemedyAnswer(output, marker)).toEqual({ ok: false, error });
  });

  it('takes the longest one, of the most lines, with the longest words', () => {
    const code = `x${'-'.repeat(39)}`;
    const changes = Array<string>(194).fill('change=x');
    const lines = [marker, 'outcome=already', `reason=${code}`, ...changes, `${'x'.repeat(20)}=`];
    const short = answer(...lines, 'words=');
    const output = answer(...lines, `words=${'w'.repeat(24_000 - short.length)}`);

    expect(output).toHaveLength(24_000);
    expect(output.trimEnd().split('\n')).toHaveLength(200);
    const value = { code, words: `${'w'.repeat(499)}…` };
    expect(parseRemedyAnswer(output, marker)).toMatchObject({ ok: true, value });
  });

  it('takes an answer with the carriage return of a terminal at its end, and the first of two words', () => {
    const lines = [marker, 'outcome=failed', 'reason=x', 'words=one', 'words=two', 'end=5'];

    const value = { outcome: 'failed', code: 'x', words: 'one', changes: [] };
    expect(parseRemedyAnswer(`${lines.join('\n')}\r\n`, marker)).toEqual({ ok: true, value });
  });

  it('takes a change that says less than it may, and no word of it without an end', () => {
    const mode = `change=mode\t${'/'.repeat(400)}\ta\tb\tc\td`;
    const parsed = parseRemedyAnswer(answer(marker, 'outcome=changed', 'reason=x', 'change=', mode), marker);
    const nothing = { kind: '', file: '', name: '', before: '', after: '' };
    const cut = { kind: 'mode', file: `${'/'.repeat(299)}…`, name: 'a', before: 'b', after: 'c' };
    const value = { outcome: 'changed', code: 'x', words: '', changes: [nothing, cut] };
    expect(parsed).toEqual({ ok: true, value });
  });

  it('lets nothing through that moves a terminal, and no text without an end', () => {
    const hostile = [`words=\u001b[2J\u202e${'a'.repeat(2_000)}`, `change=\u001b]0;x\u0007\tf`];
    const parsed = parseRemedyAnswer(answer(marker, 'outcome=failed', 'reason=x', ...hostile), marker);
    expect(parsed.ok && parsed.value.words).toMatch(/^a{499}…$/);
    expect(JSON.stringify(parsed)).not.toMatch(/\\u001b|\u202e/);
  });

  it('never throws, whatever a node says', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(...good, 'end=5')));
    fc.assert(fc.property(lines, (each) => typeof parseRemedyAnswer(each.join('\n'), marker).ok === 'boolean'));
  });
});
