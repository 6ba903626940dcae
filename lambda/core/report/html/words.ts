import type { VNode } from 'preact';
import { howMany } from '../../model/text/how-many.ts';
import { shortHash } from '../../model/text/short-hash.ts';
import type { Standing } from '../posture.ts';
import { standingWords } from '../standing-words.ts';
import { html } from './html.ts';

export const nodes = (count: number): string => howMany(count, 'node');

export const tag = (standing: Standing): VNode =>
  html`<span class=${`tag ${standing}`}>${standingWords[standing]}</span>`;

/** A claim, in quotation marks. */
export const ownerWords = (owner: string | undefined): string => (owner ? `“${owner}”` : 'no owner');

/** Far more than any page has; an attribute has at most 100,000 characters. */
const mostTokens = 2_500;

/** A name in the page's filter: names themselves can contain anything. */
export const filterToken = (name: string): string => (name === '' ? 'none' : shortHash(name));

/** By what the script filters a row. */
export const filtered = (groups: readonly string[], owners: readonly (string | undefined)[]) => ({
  'data-groups': tokens(groups),
  ...(owners.some(Boolean) && { 'data-owners': tokens(owners.map((each) => each ?? '')) }),
});

const tokens = (names: readonly string[]): string =>
  [...new Set(names)].slice(0, mostTokens).map(filterToken).join(' ');
