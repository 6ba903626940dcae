import { printable } from '../model/text/printable.ts';

/** Text that Security Hub takes: one printable line of at most `max` UTF-16 code units, never blank (`(none)` when there is nothing to show). */
export const findingText = (text: string, max: number): string => printable(text, max) || '(none)';
