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
  const [digits, base] =
    hex !== undefined
      ? [hex, 16]
      : binary !== undefined
        ? [binary, 2]
        : octal !== undefined
          ? [octal, 8]
          : [decimal, 10];
  if (digits === undefined) return undefined;

  const value = Number.parseInt(digits.replaceAll('_', ''), base);
  return sign === '-' && value !== 0 ? -value : value;
}
