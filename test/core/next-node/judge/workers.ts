import type { NextNodeGroup } from '../../../../lambda/core/next-node/read/carriers/carrier.ts';
import { userData } from '../../../../lambda/core/next-node/read/carriers/carrier.ts';
import { verbatimText } from '../../../../lambda/core/next-node/read/carriers/mapped-text.ts';

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
    pieces: [userData(verbatimText(text, start))],
  },
  notes: [],
  ...change,
});
