import type { NodeKind } from '../../../model/model.ts';
import { type CarriedPiece, type Declared, nothing } from './carrier.ts';
import { mappedText } from './mapped-text.ts';
import { encodedUserData, userData } from './pieces.ts';

interface PlainOptions {
  /** As the file is called. */
  readonly name: string;
  readonly kind: NodeKind;
  readonly bytes: Uint8Array;
  /** Absent where the bytes are no UTF-8. */
  readonly text?: string;
}

/** Where EKS or Karpenter adds the cluster's details nobody writes them. */
const namesCluster = /\b(?:apiServerEndpoint|certificateAuthority|cidr)\b/;

/** A file that is what the instance gets, or the NodeConfig of a hybrid node. That EKS adds the cluster to it is taken for granted unless the file names one. */
export function readPlainUserData({ name, kind, bytes, text }: PlainOptions): Declared {
  const piece: CarriedPiece =
    text === undefined ? encodedUserData(bytes) : userData(mappedText([{ text, start: 0, end: text.length }], 'as-is'));
  return {
    ...nothing,
    groups: [
      {
        name,
        group: kind === 'hybrid' ? 'hybrid' : 'self-managed',
        kind,
        ami: 'standard',
        cluster: text !== undefined && namesCluster.test(text) ? 'whole' : 'eks-adds',
        declaredAt: 0,
        content: { status: 'known', pieces: [piece] },
        notes: [],
      },
    ],
  };
}
