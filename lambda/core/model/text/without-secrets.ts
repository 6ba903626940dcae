import { errorText, printable } from './words.ts';

const gone = '[redacted]';

/** What looks like a secret, and what replaces it. */
const secrets: readonly (readonly [RegExp, string])[] = [
  // A cluster token is a presigned URL: its reader can act as the audit's role for 15 minutes.
  [/k8s-aws-v1\.[\w-]+/g, `k8s-aws-v1.${gone}`],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"]+/gi, `$1${gone}`],
  [/\b((?:bearer|basic)\s+)[\w.~+/-]{8,}=*/gi, `$1${gone}`],
  // A JSON Web Token, whole or cut.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, gone],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, gone],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, gone],
  // The password in an address, as of a proxy.
  [/(:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,200}(?=@)/g, `$1${gone}`],
  // The value of a field or flag that is named so; words about it, such as "token has expired", stay.
  [
    /((?:pass(?:word|wd|phrase)|secret(?:[_-]?(?:access)?[_-]?key)?|(?:access|refresh|id|session|client)?[_-]?token|api[_-]?key|client[_-]?secret|(?:client-)?key-data)["']?\s*[:=]\s*["']?)[^\s"',;}]+/gi,
    `$1${gone}`,
  ],
];

/** A long word of all kinds of characters, as keys and tokens are: no ARN, path or address, which colons and dots part. */
const longWord = /(?<![\w+/=:.@-])[A-Za-z0-9][\w+/=-]{39,}(?![:.@])/g;

/** Whether the text has letters of both cases and a digit before its first blank. */
const isMixed = (text: string): boolean => {
  const [word = ''] = text.split(/\s/, 1);
  return /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word);
};

/** The text without what looks like a secret. The time grows with the length of the text, so cut long texts first. */
export const withoutSecrets = (text: string): string =>
  secrets
    .reduce((left, [secret, instead]) => left.replace(secret, instead), text)
    .replace(longWord, (word, at: number, whole: string) => (isMixed(whole.slice(at, at + 81)) ? gone : word));

/** Read of a text from elsewhere: what is behind is not worth looking at. */
const longestText = 8_000;

/** Words of another program or file, fit to stand in a message: one printable line of at most `limit` characters, without what looks like a secret. */
export const foreignWords = (words: unknown, limit = 300): string =>
  printable(withoutSecrets(errorText(words).slice(0, longestText)), limit);
