// Terminal sequences whole (CSI, OSC, two-character), then every control, format, private-use, unpaired or
// noncharacter (XML takes none of those) that is left.
const terminalSequence =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~])|\u009b[0-?]*[ -/]*[@-~]/gu;
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]+/gu;

/**
 * A node's text, safe to quote in a message: one line without terminal sequences or characters that hide or reorder text. It has at most `limit`
 * characters and ends in `…` when it was cut.
 */
export function printable(text: string, limit = 200): string {
  // Cut before the expressions run, so that a megabyte costs no more than a line.
  const head = text.slice(0, limit * 4);
  const clean = head.replace(terminalSequence, ' ').replace(unprintable, ' ').replace(/\s+/g, ' ').trim();

  const cut = clean.length > limit || text.length > head.length;
  return cut ? `${clean.slice(0, limit - 1).replace(/[\ud800-\udbff]$/u, '')}…` : clean;
}
