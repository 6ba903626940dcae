import { z } from 'zod';
import { scriptInRoot } from '../../node/script-in-root.ts';
import { LabError } from '../../wire/service.ts';
import { type DocumentParameters, documentParameters } from './ssm-parameters.ts';

const content = z.strictObject({
  schemaVersion: z.literal('2.2'),
  description: z.string().optional(),
  parameters: documentParameters.default({}),
  mainSteps: z
    .array(
      z.strictObject({
        action: z.literal('aws:runShellScript'),
        name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
        precondition: z
          .strictObject({ StringEquals: z.tuple([z.literal('platformType'), z.enum(['Linux', 'Windows'])]) })
          .optional(),
        inputs: z.strictObject({ timeoutSeconds: z.string().regex(/^\d+$/), runCommand: z.array(z.string()).min(1) }),
      }),
    )
    .length(1),
});

/** A Command document of schema 2.2 as the lab runs it: one shell step. */
export interface LabDocument {
  readonly parameters: DocumentParameters;
  readonly platform: 'Linux' | 'Windows' | undefined;
  readonly timeoutSeconds: number;
  readonly script: string;
}

export function parseDocument(document: unknown): LabDocument {
  const parsed = content.safeParse(document);
  const [step] = parsed.success ? parsed.data.mainSteps : [];
  if (!parsed.success || !step)
    throw new LabError(
      'InvalidDocumentContent',
      `the lab does not run this document: ${z.prettifyError(parsed.error ?? new z.ZodError([]))}`,
    );

  return {
    parameters: parsed.data.parameters,
    platform: step.precondition?.StringEquals[1],
    timeoutSeconds: Number(step.inputs.timeoutSeconds),
    script: step.inputs.runCommand.join('\n'),
  };
}

/** The document's script for a node of the lab. Where the lab's own line is there, only that line differs; other scripts run inside the node's root. */
export function scriptForRoot(script: string, root: string): string {
  const lines = script.split('\n');
  if (lines.filter((line) => line === "root=''").length !== 1) return scriptInRoot(script, root);
  return lines.map((line) => (line === "root=''" ? `root='${root}'` : line)).join('\n');
}
