import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bundleAudit } from '../../infra/bundle.ts';
import { invoke } from '../handlers/invoke.ts';
import type { RecordedCall } from '../lab/aws-server.ts';
import type { Deployed } from './deployed.ts';
import { type Estate, startEstate } from './estate.ts';
import { type Flow, remainingMs, turns } from './flows.ts';
import type { TagsOfMachines } from './program-requests.ts';

export interface Recording {
  readonly calls: readonly RecordedCall[];
  readonly tags: TagsOfMachines;
}

/** Runs the bundled function, as Lambda would, through every flow in the lab, and tells every AWS call that it made. */
export async function recordCalls(deployed: Deployed): Promise<Recording> {
  const directory = await mkdtemp(join(tmpdir(), 'prove-iam-'));
  const estate = await startEstate();

  try {
    await bundleAudit(directory);
    // Lists come in pages: an empty one, then the rest.
    estate.lab.faults.inject('eks:ListClusters', { kind: 'empty-page' }, { times: 1 });

    const run = runFlow({ bundle: join(directory, 'index.mjs'), estate, deployed });
    for (const turn of turns) await Promise.all(turn.map(run));
    return { calls: [...estate.lab.calls], tags: estate.tags };
  } finally {
    await estate.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const runFlow =
  ({ bundle, estate, deployed }: { readonly bundle: string; readonly estate: Estate; readonly deployed: Deployed }) =>
  async ({ what, event, environment = {} }: Flow): Promise<void> => {
    const env = { ...estate.environment, ...environmentOf(deployed), ...environment };
    const { answer } = await invoke({ bundle, event, remainingMs, env });
    if ('error' in answer) throw new Error(`the flow '${what}' failed: ${answer.error.message}`);
  };

const auditFunction = z.object({ Variables: z.record(z.string(), z.string()) });

/** What the stack writes into the function's environment. */
function environmentOf(deployed: Deployed): Readonly<Record<string, string>> {
  const [only, ...others] = deployed.resources('AWS::Lambda::Function');
  if (!only || others.length > 0)
    throw new Error('the proof runs one function: say here which of them runs which flow');
  return auditFunction.parse(deployed.resolve(only.properties['Environment'])).Variables;
}
