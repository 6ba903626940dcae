import { printable } from '../../../model/text/printable.ts';
import type { Control } from '../../control.ts';

/**
 * The title of a control's findings: stable, and about the control only, without its number, which depends on the benchmark. Automated Security Response looks up the runbook of a custom finding under
 * the SSM parameter `/Solutions/SO0111/<cleaned Title>`, so only characters are left that any cleaning agrees on. At most 200 characters.
 */
export const findingTitle = ({ slug, title }: Pick<Control, 'slug' | 'title'>): string => {
  const words = title.replace(/[^A-Za-z0-9 ._-]+/g, ' ').trim();

  return words === '' ? slug : printable(words, 200).replace('…', '');
};
