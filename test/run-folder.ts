import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what all files of a test run share; removed at its end. */
    runFolder: string;
  }
}

export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'test-run-'));
  // What a test or a tool of it forgets, such as CDK's assemblies, goes with the folder.
  process.env['TMPDIR'] = folder;
  provide('runFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
