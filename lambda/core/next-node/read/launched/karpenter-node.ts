import type { NodeGroup } from '../../../model/model.ts';
import type { NextNodeGroup } from '../carriers/carrier.ts';
import { readKarpenter } from '../carriers/karpenter.ts';
import { type Located, mapOf, textAt } from '../carriers/located.ts';
import { wholeText } from '../carriers/mapped-text.ts';
import { readJson } from '../carriers/read-json.ts';

/**
 * The next node of a node pool by its EC2NodeClass, as the API server has it. Lines are counted in the user data, since a person has the class in YAML.
 * @param name of the class in origins
 */
export function karpenterNode(
  { kind, name: pool }: NodeGroup,
  name: string,
  nodeClass: string,
): { readonly declared: NextNodeGroup; readonly text: string } {
  const document = readJson(nodeClass);
  const text = document.ok ? (textAt(document.value, 'spec', 'userData')?.text ?? '') : '';
  const [declared] = document.ok ? readKarpenter(withOwnLines(document.value)).groups : [];
  return {
    declared: {
      ...(declared ? named(declared, name) : unread),
      name: pool,
      group: kind,
      declaredAt: 0,
    },
    text,
  };
}

const unread = {
  kind: 'linux',
  ami: 'custom',
  cluster: 'whole',
  content: { status: 'unknown', because: 'the API server sent no EC2NodeClass that can be read' },
  notes: [],
} as const satisfies Partial<NextNodeGroup>;

/** User data whose places are its own, not those of the JSON around it. */
function withOwnLines(document: Located): Located {
  const text = textAt(document, 'spec', 'userData')?.text;
  if (text === undefined) return document;
  return changed(document, 'spec', (spec) =>
    changed(spec, 'userData', (data) =>
      data.kind === 'scalar' ? { ...data, text: wholeText(text, { start: 0, end: text.length }) } : data,
    ),
  );
}

function changed(node: Located, key: string, change: (value: Located) => Located): Located {
  const map = mapOf(node);
  const entry = map?.entries.get(key);
  if (!map || !entry) return node;
  return { ...map, entries: new Map([...map.entries, [key, { ...entry, value: change(entry.value) }]]) };
}

/** What Karpenter renders of `spec.kubelet` has no line in the user data: only the name of its class and its keys. */
const named = ({ content, ...group }: NextNodeGroup, name: string): NextNodeGroup => ({
  ...group,
  content:
    content.status === 'unknown'
      ? content
      : {
          ...content,
          pieces: content.pieces.map((each) =>
            each.piece.from === 'kubelet' ? { piece: { ...each.piece, name } } : each,
          ),
        },
});
