/** The rows `name: ${value} → expected` of a table, one a line. */
export const rowsOf = <T>(strings: TemplateStringsArray, ...values: readonly T[]) =>
  values.map((value, at) => ({
    name: strings[at]?.split('\n').at(-1)?.trim(),
    value,
    expected: strings[at + 1]?.split('\n')[0]?.replace(' → ', ''),
  }));
