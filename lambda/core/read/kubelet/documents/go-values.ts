import { trimmedEnd } from '../../../model/text/words.ts';

/** More digits than any number of a kubelet has. Longer ones are refused at once, so they cost nothing. */
const mostDigits = 100;

/**
 * Go's `strconv.ParseInt` with base 0: `0x10`, `010`, `0o7`, `0b1`, `1_000`, `+5`; `undefined` for anything else. Whether it fits into the type of a
 * setting is for the reader of that setting to say.
 */
export function goInteger(text: string): number | undefined {
  if (text.length > mostDigits) return undefined;
  const [, sign, hex, binary, octal, decimal] =
    /^([-+]?)(?:0[xX]((?:_?[\da-fA-F])+)|0[bB]((?:_?[01])+)|0[oO]?((?:_?[0-7])+)|(0|[1-9](?:_?\d)*))$/.exec(text) ?? [];
  const spelled = [
    { digits: hex, base: 16 },
    { digits: binary, base: 2 },
    { digits: octal, base: 8 },
    { digits: decimal, base: 10 },
  ];
  const { digits, base } = spelled.find((each) => each.digits !== undefined) ?? {};
  if (digits === undefined) return undefined;

  const value = Number.parseInt(digits.replaceAll('_', ''), base);
  return sign === '-' && value !== 0 ? -value : value;
}

const blanks = `\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000`;
const blanksBefore = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Go `strings.TrimSpace`: U+0085 counts as a blank there, U+FEFF doesn't. */
export const goTrimmed = (text: string): string => trimmedEnd(text.replace(blanksBefore, ''), blanks);

const nanosecondsPer: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const most = 2n ** 63n;

/**
 * Nanoseconds of a Go duration (`4h0m0s`, `1.5h`, `0`), or `undefined` where Go's `time.ParseDuration` refuses. A fraction is computed in floating point,
 * as there: `0.3333333333333333333h` is 20 minutes. Source: Go `time/format.go`.
 */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > 4096) return undefined;

  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const unsigned = text.slice(sign.length);
  if (unsigned === '0') return 0n;

  // Part by part, so that no text makes the expression try again from its beginning.
  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0n;
  if (unsigned === '') return undefined;
  while (part.lastIndex < unsigned.length) {
    const [, whole = '', fraction = '', unit = ''] = part.exec(unsigned) ?? [];
    if (whole === '' && fraction === '') return undefined;
    const scale = nanosecondsPer[unit] ?? 0n;
    const { digits, power } = leadingFraction(fraction);
    // A whole part that is too large is refused before its fraction is added.
    if (BigInt(whole || '0') * scale > most) return undefined;
    total += BigInt(whole || '0') * scale + BigInt(Math.trunc(Number(digits) * (Number(scale) / power)));
    if (total > most) return undefined;
  }

  if (sign === '-') return -total;
  return total === most ? undefined : total;
}

/** Digits beyond what 63 bits hold are dropped, as Go drops them. */
function leadingFraction(fraction: string): { readonly digits: bigint; readonly power: number } {
  let digits = 0n;
  let power = 1;
  for (const digit of fraction) {
    const next = digits * 10n + BigInt(digit);
    if (digits > (most - 1n) / 10n || next > most) break;
    digits = next;
    power *= 10;
  }
  return { digits, power };
}

/** As Go prints it and configz shows it: `4h0m0s`, `1m30s`, `1.5s`, `100ms`, `0s`. Source: Go `time.Duration.String`. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 0n) return `-${formatGoDuration(-nanoseconds)}`;

  for (const [unit, scale] of [
    ['ns', 1n],
    ['µs', 1_000n],
    ['ms', 1_000_000n],
  ] as const) {
    if (nanoseconds < scale * 1000n) return `${decimal(nanoseconds, scale)}${unit}`;
  }

  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, scale: bigint): string {
  const digits = scale.toString().length - 1;
  const fraction = trimmedEnd((value % scale).toString().padStart(digits, '0').slice(0, digits), '0');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}
