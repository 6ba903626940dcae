import type { CarriedPiece } from './carrier.ts';
import { type LocatedMap, treeOf } from './located.ts';
import type { MappedText } from './mapped-text.ts';

const nodeConfigType = 'application/node.eks.aws';
const shellType = 'text/x-shellscript; charset="us-ascii"';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The user data as the file has it. */
export const userData = (written: MappedText, by?: 'karpenter'): CarriedPiece => ({
  piece: { from: 'user-data', bytes: bytesOf(written.text), ...(by && { by }) },
  written,
});

/** User data that cannot be shown in the file's own letters, such as gzip. */
export const encodedUserData = (bytes: Uint8Array): CarriedPiece => ({ piece: { from: 'user-data', bytes } });

export const nodeConfigPart = (written: MappedText): CarriedPiece => part(nodeConfigType, written);

export const shellPart = (written: MappedText): CarriedPiece => part(shellType, written);

const part = (contentType: string, written: MappedText): CarriedPiece => ({
  piece: { from: 'part', contentType, bytes: bytesOf(written.text) },
  written,
});

/** A part that a tool writes from fields of its own. */
export const plainText = (contentType: string, text: string): CarriedPiece => ({
  piece: { from: 'part', contentType, bytes: bytesOf(text) },
});

/** A kubelet configuration that a tool renders into the user data. */
export const kubeletPiece = (config: LocatedMap): CarriedPiece => {
  const tree = treeOf(config);
  return { piece: { from: 'kubelet', config: tree instanceof Map ? tree : new Map() }, config };
};

/** Of Amazon Linux 2 a tool's own call of bootstrap.sh follows: beside another call, or what the tool renders into it, nothing is read. */
export const ownCall = (
  text: string | undefined,
): { readonly status: 'unknown'; readonly because: string } | undefined =>
  text?.includes('bootstrap.sh')
    ? {
        status: 'unknown',
        because: 'of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows',
      }
    : undefined;

/** Whether the text is a MIME archive, by what Karpenter looks at. */
export const isMime = (text: string): boolean => /^\s*(?:MIME-Version|Content-Type):/.test(text);
