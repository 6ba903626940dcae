import { join } from 'node:path';
import { z } from 'zod';
import { packedLines } from './packed-lines.ts';

const fileSchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ link: z.string() }),
  z.strictObject({ dir: z.literal(true) }),
  // A file that is not UTF-8, byte by byte.
  z.strictObject({ type: z.literal('Buffer'), data: z.array(z.number()) }),
]);

const settingSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One line of a file of cases: a machine, and what the kubelet's own loader of that version made of it. */
const machineSchema = z.object({
  id: z.string(),
  version: z.string(),
  /** Without the program's own name. */
  args: z.array(z.string()),
  cwd: z.string(),
  files: z.record(z.string(), fileSchema),
  hostile: z.boolean().optional(),
  answer: z.discriminatedUnion('starts', [
    z.object({
      starts: z.literal(true),
      settings: z.record(z.string(), settingSchema),
      hostnameOverride: z.string(),
    }),
    z.object({ starts: z.literal(false), stage: z.string(), error: z.string() }),
  ]),
});

export type RecordedMachine = z.infer<typeof machineSchema>;
export type RecordedFile = z.infer<typeof fileSchema>;

const beside = (folder: string, names: readonly string[]): readonly string[] =>
  names.map((name) => join(import.meta.dirname, folder, `${name}.jsonl.br`));

/** Their loader only warned of a feature gate that it did not know, and so of these some start that no kubelet starts with. */
export const casesOf2026_11_26 = beside('cases', ['directed-k134', 'directed-k129', 'k134', 'k129', 'k134-wild']);

/** Other kinds of trouble, with 1.36 among the versions; an unknown feature gate keeps them from starting, as it does a kubelet. */
export const casesOf2026_11_28 = beside('cases/2026-11-28', ['new-k134-a', 'new-k136-d', 'new-k129-c']);

/** The files of cases that lie beside this one. */
export const ownCases: readonly string[] = [...casesOf2026_11_26, ...casesOf2026_11_28];

/** The cases of a `.jsonl` file, packed or not. */
export const readMachines = (path: string): readonly RecordedMachine[] =>
  packedLines(path, (json, place) => {
    const parsed = machineSchema.safeParse(json);
    if (!parsed.success) throw new Error(`${place}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  });
