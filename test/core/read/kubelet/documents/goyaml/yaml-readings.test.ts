import { it } from 'vitest';
import type { YamlNode } from '../../../../../../lambda/core/read/kubelet/documents/goyaml/nodes.ts';
import { yamlDocument } from '../../../../../../lambda/core/read/kubelet/documents/goyaml/yaml-document.ts';
import { fromTree } from '../../../../model/plain-json.ts';
import { expectReviewed } from '../../reviewed-rows.ts';

/** Each part with the characters that it has: `0-4 {0-1 a: 3-4 b}`. */
function partsOf(node: YamlNode): string {
  const place = `${node.start}-${node.end} `;
  if (node.kind === 'alias') return `${place}*`;
  const marks = `${place}${node.anchored ? '&' : ''}`;
  if (node.kind === 'scalar')
    return `${marks}${node.tag && `${node.tag} `}${node.style === 'plain' ? '' : `${node.style} `}${node.value}`;
  if (node.kind === 'sequence') return `${marks}[${node.items.map(partsOf).join(', ')}]`;
  return `${marks}{${node.pairs.map(({ key, value }) => `${partsOf(key)}: ${partsOf(value)}`).join(', ')}}`;
}

function said(text: string): string {
  const read = yamlDocument(new TextEncoder().encode(text), 1000);
  if (!read.ok) return `${read.error.kind}: ${read.error.because}`;
  const { tree, root, repeatedKeys } = read.value;
  const twice = repeatedKeys.map(({ path, place }) => `; ${path.join(' ')} is there twice, ${place}`).join('');
  return `${JSON.stringify(fromTree(tree))}${twice} of ${JSON.stringify(partsOf(root))}`;
}

// What goyaml makes of whole files is measured by test/conformance.
it('reads each text as it was reviewed, and knows where each part of it is', async () => {
  await expectReviewed(new URL('yaml-readings.txt', import.meta.url), said);
});
