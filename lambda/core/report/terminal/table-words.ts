import type { Language } from '../../model/access-states.ts';
import { howMany } from '../../model/text/words.ts';

/** The words of a table in each language; states, causes and fixes have theirs in `statement-words.ts`. */
export const tableWords = {
  en: {
    state: 'STATE',
    node: 'NODE',
    group: 'NODE GROUP',
    cause: 'CAUSE',
    nodes: (count: number) => howMany(count, 'node'),
    otherControls: ', other controls fail',
  },
  ja: {
    state: '状態',
    node: 'ノード',
    group: 'ノードグループ',
    cause: '原因',
    nodes: (count: number) => `${count} ノード`,
    otherControls: ' (ほかのコントロールが fail)',
  },
} as const satisfies Readonly<Record<Language, unknown>>;
