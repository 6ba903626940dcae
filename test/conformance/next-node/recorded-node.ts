import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

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
export const ownNodes = join(import.meta.dirname, 'nodeadm.jsonl.gz');

export function readNodes(path: string): readonly RecordedNode[] {
  const bytes = readFileSync(path);
  const text = path.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const parsed = nodeSchema.safeParse(JSON.parse(line));
      if (!parsed.success) throw new Error(`${path}, line ${index + 1}: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
}
