import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAnswer } from '../../../lambda/adapters/ssm/command-answers.ts';

const sum = (text: string) => createHash('sha256').update(text).digest('hex');
const answerOf = (payload: string, encoding = 'gzip') =>
  `eks-kubelet-audit-probe/4 ${encoding}\n${payload}\nend ${payload.length} ${sum(payload)}\n`;
const gzip = (body: string | Uint8Array) => gzipSync(body).toString('base64');

const body = 'none\ndone\n';
const answer = answerOf(gzip(body));
const text = (output: string) => {
  const decoded = decodeAnswer(output);
  return decoded.ok ? Buffer.from(decoded.value).toString('utf8') : decoded.error.because;
};

describe('decodeAnswer', () => {
  it('gives the body of a whole answer, packed or not, whatever SSM did to its line ends', () => {
    expect(text(answer)).toBe(body);
    expect(text(answerOf(Buffer.from(body).toString('base64'), 'plain'))).toBe(body);
    expect(text(answer.trimEnd())).toBe(body);
    expect(text(answer.replaceAll('\n', '\r\n'))).toBe(body);
  });

  it.each([
    ['something before it', `x\n${answer}`],
    ['something after it', `${answer}\n--output truncated--`],
    ['another version of the format', answer.replace('probe/4', 'probe/5')],
    ['another encoding', answer.replace('gzip', 'xz')],
    ['bits of base64 that stand for nothing', answerOf('bm9uZR==', 'plain')],
    ['a payload that is not gzip', answerOf(Buffer.from(body).toString('base64'))],
    ['a wrong length', answer.replace(/end (\d+)/, (_, length) => `end ${Number(length) + 1}`)],
  ])('refuses %s', (_, output) => {
    expect(decodeAnswer(output).ok).toBe(false);
  });

  it('refuses a small answer that unpacks to a large one', () => {
    expect(text(answerOf(gzip(new Uint8Array(30_000_000))))).toBe('it does not unpack, or to more than 512 KB');
  });

  it('never accepts an answer that was cut', () => {
    fc.assert(fc.property(fc.nat(answer.trimEnd().length - 1), (length) => !decodeAnswer(answer.slice(0, length)).ok));
  });

  it('never accepts an answer of which one bit is different', () => {
    fc.assert(
      fc.property(fc.nat(answer.trimEnd().length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(answer);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        return !decodeAnswer(changed.toString('latin1')).ok;
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((payload) => answerOf(payload)),
        ),
        (output) => {
          decodeAnswer(output);
        },
      ),
    );
  });
});
