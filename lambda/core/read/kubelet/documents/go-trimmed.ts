import { trimmedEnd } from '../../../model/text/trimmed-end.ts';

const blanks = `\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000`;
const blanksBefore = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Go `strings.TrimSpace`: U+0085 counts as a blank there, U+FEFF doesn't. */
export const goTrimmed = (text: string): string => trimmedEnd(text.replace(blanksBefore, ''), blanks);
