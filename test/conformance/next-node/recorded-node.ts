import { join } from 'node:path';
import { z } from 'zod';
import { packedLines } from '../packed-lines.ts';

/** One line of a file of cases: user data of an AL2023 node, and what Amazon's own nodeadm reads in it. */
const nodeSchema = z.object({
  id: z.string(),
  /** base64 of the bytes that the instance gets. */
  userData: z.base64(),
  nodeadm: z.union([
    z.object({ error: z.string() }),
    z.object({ dropin: z.record(z.string(), z.json()).nullable(), flags: z.array(z.string()).nullable() }),
  ]),
});

export type RecordedNode = z.infer<typeof nodeSchema>;

/** The cases that lie beside this file. */
export const ownNodes = join(import.meta.dirname, 'nodeadm.jsonl.br');

export const readNodes = (path: string): readonly RecordedNode[] =>
  packedLines(path, (json, place) => {
    const parsed = nodeSchema.safeParse(json);
    if (!parsed.success) throw new Error(`${place}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  });
