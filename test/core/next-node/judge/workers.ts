import type { NextNodeGroup } from '../../../../lambda/core/next-node/read/carriers/carrier.ts';
import { mappedText } from '../../../../lambda/core/next-node/read/carriers/mapped-text.ts';
import { userData } from '../../../../lambda/core/next-node/read/carriers/pieces.ts';

/** The managed node group `workers`; its file holds the user data from the offset `start` on. */
export const workers = (text: string, change: Partial<NextNodeGroup> = {}, start = 0): NextNodeGroup => ({
  name: 'workers',
  group: 'managed',
  kind: 'al2023',
  ami: 'standard',
  cluster: 'eks-adds',
  declaredAt: 0,
  content: {
    status: 'known',
    pieces: [userData(mappedText([{ text, start, end: start + text.length }], 'as-is'))],
  },
  notes: [],
  ...change,
});
