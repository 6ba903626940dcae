import { LabError } from './service.ts';

interface PageOptions {
  /** How many the caller wants, and the token of the page before. */
  readonly size: unknown;
  readonly token: unknown;
  /** How many without a size; the model of a service has its bounds, unless they are given here. */
  readonly usual: number;
  readonly bounds?: readonly [least: number, most: number];
  /** What is listed: the token of another question is refused. */
  readonly question?: string;
  /** What the service calls a size out of bounds, and a token that it did not give. */
  readonly badSize?: string;
  readonly badToken: string;
}

/** One page of a list, and under `nextName` the token of the next one, if there is one. */
export function pageOf<T>(
  all: readonly T[],
  nextName: string,
  { size, token, usual, bounds = [0, Number.POSITIVE_INFINITY], question = '', badSize, badToken }: PageOptions,
): { readonly page: readonly T[]; readonly next: Readonly<Record<string, string>> } {
  const count = Number(size ?? usual);
  const [least, most] = bounds;
  if (!(count >= least && count <= most))
    throw new LabError(badSize ?? badToken, `the size of a page must be between ${least} and ${most}`);

  const [, asked, from = '0'] =
    token === undefined ? ['', question] : (/^(.*) (\d+)$/s.exec(decoded(String(token))) ?? []);
  if (asked !== question) throw new LabError(badToken, 'the token is not one of this list');
  const end = Number(from) + count;
  return {
    page: all.slice(Number(from), end),
    next: end < all.length ? { [nextName]: Buffer.from(`${question} ${end}`).toString('base64url') } : {},
  };
}

const decoded = (token: string): string => Buffer.from(token, 'base64url').toString('utf8');
