import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { noticing, sabotages } from './sabotages.ts';

const vitest = join(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs');
const config = join(import.meta.dirname, 'vitest.config.ts');

const folder = mkdtempSync(join(tmpdir(), 'sabotages-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly unknown[] }[];
}

/** What a test says of the program with this sabotage, or with none. */
async function tried([file, title]: readonly [string, string], sabotage = -1) {
  const output = join(folder, `${sabotage}.json`);
  const args = ['run', file, '-t', title, '--config', config, '--reporter', 'json', '--outputFile', output];
  // So many histories on each machine, whatever the environment of this run says.
  const env = { PATH: process.env['PATH'], MODEL_HISTORIES: '150', SABOTAGE: String(sabotage) };
  await promisify(execFile)(process.execPath, [vitest, ...args], { env }).catch(() => undefined);
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    testResults,
  }: Result = JSON.parse(readFileSync(output, 'utf8'));
  return { passed, failed, isLoaded: testResults.every(({ assertionResults }) => assertionResults.length > 0) };
}

describe('what is wrong about sweeps', () => {
  it.each(Object.entries(noticing))('is nothing, says the test of %s', async (_, test) => {
    const { passed, failed } = await tried(test);
    expect([passed > 0, failed]).toEqual([true, 0]);
  });

  it.each(sabotages.map((each, index) => [each.what, each.by, index] as const))(
    'is noticed: %s (%s)',
    async (_, by, index) => {
      const { file, from } = sabotages[index]!;
      expect(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8').split(from)).toHaveLength(2);
      const { failed, isLoaded } = await tried(noticing[by], index);
      expect({ isLoaded, isNoticed: failed > 0 }).toEqual({ isLoaded: true, isNoticed: true });
    },
  );
});
