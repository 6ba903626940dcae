/** Equal as Go's `encoding/json` compares keys: upper and lower case alike, and with them the long s and the Kelvin sign. Source: Go `json/fold.go`. */
export const sameKey = (left: string, right: string): boolean => folded(left) === folded(right);

const folded = (key: string): string =>
  key.replace(/[A-Z\u017f\u212a]/g, (char) => (char === '\u017f' ? 's' : char === '\u212a' ? 'k' : char.toLowerCase()));
