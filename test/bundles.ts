import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAudit } from '../infra/bundle.ts';

export interface Bundles {
  readonly folder: string;
  remove(): Promise<void>;
}

/** The functions' code, bundled as it is deployed, for a program that runs outside the tests. */
export async function bundled(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-bundles-'));
  await bundleAudit(folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
