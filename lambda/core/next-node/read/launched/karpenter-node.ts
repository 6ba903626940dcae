import type { NodeGroup } from '../../../model/model.ts';
import type { CarriedPiece, NextNodeGroup } from '../carriers/carrier.ts';
import { readKarpenter } from '../carriers/karpenter.ts';
import { textAt } from '../carriers/located.ts';
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
  const [declared] = document.ok ? readKarpenter(document.value).groups : [];
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

/** Places of user data are its own, not those of the JSON around it. What Karpenter renders of `spec.kubelet` has the name of its class and its keys. */
const named = ({ content, ...group }: NextNodeGroup, name: string): NextNodeGroup => ({
  ...group,
  content:
    content.status === 'unknown'
      ? content
      : {
          ...content,
          pieces: content.pieces.map((each) =>
            each.piece.from === 'kubelet' ? { piece: { ...each.piece, name } } : withOwnLines(each),
          ),
        },
});

const withOwnLines = ({ piece, written }: CarriedPiece): CarriedPiece => ({
  piece,
  ...(written && { written: wholeText(written.text, { start: 0, end: written.text.length }) }),
});
