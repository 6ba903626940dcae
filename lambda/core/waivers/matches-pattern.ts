/**
 * Whether a name fits a pattern in which `*` stands for any number of characters and everything else for itself. No regular expression is made of
 * it: the time is at most the product of the two lengths, whatever they hold.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let retry = 0;

  while (at < name.length) {
    if (pattern[of] === '*') {
      star = of;
      retry = at;
      of += 1;
    } else if (pattern[of] === name[at]) {
      at += 1;
      of += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      retry += 1;
      at = retry;
      of = star + 1;
    } else return false;
  }

  while (pattern[of] === '*') of += 1;
  return of === pattern.length;
}
