import type { VNode } from 'preact';
import { howMany } from '../../model/text/how-many.ts';
import type { Standing } from '../posture.ts';
import { standingWords } from '../standing-words.ts';
import { html } from './html.ts';

export const nodes = (count: number): string => howMany(count, 'node');

export const tag = (standing: Standing): VNode =>
  html`<span class=${`tag ${standing}`}>${standingWords[standing]}</span>`;

/** A table that scrolls on its own where it is wider than the page, and can then be reached by keyboard. */
export const scrolling = (label: string, table: VNode): VNode =>
  html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${table}</div>`;

/** A row that says how many are left out. */
export const moreRow = (columns: number, left: number, what: string): VNode | undefined =>
  left > 0
    ? html`<tr><td colspan=${columns} class="quiet">… and ${left} more ${what}: see the JSON result</td></tr>`
    : undefined;
