import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { awsVariables } from './run-cli.ts';

const root = join(import.meta.dirname, '../..');
let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(async () => await estate?.close());

/** The project's own modules that this command line loads, from source. */
async function modulesOf(...args: readonly string[]): Promise<readonly string[]> {
  const file = join(temporaryFolder(), 'modules');
  const program = [
    '--import',
    join(import.meta.dirname, 'record-modules.mjs'),
    join(root, 'lambda/cli/eks-kubelet-audit.ts'),
  ];
  const env = {
    ...awsVariables(estate.lab, estate.credentials, estate.region),
    PATH: process.env['PATH'],
    HOME: tmpdir(),
    TEST_MODULES: file,
  };
  const child = spawn(process.execPath, [...program, ...args], { env, stdio: 'ignore' });
  await once(child, 'close');
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((url) =>
      url.startsWith('file://') && !url.includes('/node_modules/') ? [url.slice(`file://${root}/`.length)] : [],
    );
}

describe('an audit', () => {
  it('loads no module about next nodes unless it is asked for them', async () => {
    const [usual, withNextNodes] = await Promise.all([
      modulesOf('audit', 'payments'),
      modulesOf('audit', 'payments', '--next-node'),
    ]);
    const ofNextNodes = (modules: readonly string[]) => modules.filter((each) => each.includes('/core/next-node/'));

    expect(usual).toContain('lambda/flow/audit/audit-cluster.ts');
    expect(ofNextNodes(usual)).toEqual([]);
    expect(ofNextNodes(withNextNodes).length).toBeGreaterThan(20);
  });
});
