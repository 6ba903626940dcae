/** By code units, not by a locale: the same order on every machine. */
export const byText =
  <T>(text: (each: T) => string) =>
  (one: T, other: T): number =>
    text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0;
