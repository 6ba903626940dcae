import { productName } from '../../../contract/names.ts';
import { findingText } from '../finding-text.ts';

/** What a finding is about, as its own fields name it: `node group workers (managed)`, `node ip-10-0-0-1`, `all nodes`. */
export function subjectOfFinding(productFields: Readonly<Record<string, string>>): string {
  const field = (name: string): string => findingText(productFields[`${productName}/${name}`] ?? '', 150);

  switch (productFields[`${productName}/scope`]) {
    case 'node':
      return `node ${field('node')}`;
    case 'node-group':
      return `node group ${field('node-group')} (${field('node-group-kind')})`;
    default:
      return 'all nodes';
  }
}
