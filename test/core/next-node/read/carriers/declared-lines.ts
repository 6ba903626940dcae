import { writtenPlace } from '../../../../../lambda/core/next-node/judge/judge-next-node.ts';
import type { NextNodeGroup } from '../../../../../lambda/core/next-node/read/carriers/carrier.ts';
import type { fileKinds } from '../../../../../lambda/core/next-node/read/carriers/file-kinds.ts';
import { lineAt } from '../../../../../lambda/core/next-node/read/carriers/mapped-text.ts';
import { declaredBy } from '../../../../../lambda/core/next-node/read/carriers/recognize.ts';
import { nextNode } from '../../../../../lambda/core/next-node/read/next-node.ts';
import { valueIn } from '../node-of-user-data.ts';

/** What a file declares, in lines: of each group what it is, which settings it decides, where the file has them, and what is said of it. */
export function declaredLines(text: string, as?: (typeof fileKinds)[number]): readonly string[] {
  const declared = declaredBy({ name: 'file', bytes: Buffer.from(text), ...(as && { as }) });
  if (!declared.ok) return [declared.error];
  const { groups, nodePools, leftOut } = declared.value;
  return [
    ...groups.map((group) => groupLine(text, group)),
    ...nodePools.map(({ name, nodeClass, declaredAt }) => `${lineAt(text, declaredAt)} ${name} of ${nodeClass}`),
    ...leftOut.map((name) => `left out: ${name}`),
  ];
}

export function groupLine(text: string, declared: NextNodeGroup): string {
  const { name, group, kind, ami, cluster, kubeletVersion, content, notes, refused } = declared;
  const what = [lineAt(text, declared.declaredAt), name, group, kind, ami, cluster, kubeletVersion];
  const said = content.status === 'known' ? decided(text, { ...declared, content }) : [content.because];
  return [what.filter((each) => each !== undefined).join(' '), ...said, ...notes, refused]
    .filter((each) => each !== undefined)
    .join('; ');
}

type Known = NextNodeGroup & { readonly content: { readonly status: 'known' } };

function decided(text: string, { kind, ami, cluster, content }: Known): readonly string[] {
  const { pieces } = content;
  const node = nextNode({ kind, kubeletMinor: 34, ami, cluster, pieces: pieces.map(({ piece }) => piece) });
  const settings = [...node.places].map(([setting, place]) => {
    const { at, value, entry, behind } = writtenPlace(pieces, place) ?? {};
    const shown = [value, entry].flatMap((range) => (range ? [text.slice(range.start, range.end)] : []));
    const where = at === undefined ? 'nowhere' : `line ${lineAt(text, at)}`;
    return [`${setting}=${valueIn(node, setting)} ${where}`, ...shown, ...(behind ? [behind] : [])].join(' | ');
  });
  const { status } = node.joins;
  const said = node.reading.ok ? (node.mayChange?.text ?? []) : node.reading.error.because;
  return [said, settings, status === 'yes' ? [] : status].flat();
}
