import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { packedProgram } from '../made-once.ts';
import { awsVariables } from './run-cli.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.close());

/** Ctrl-C in a terminal, when the progress line says that the nodes which answer have been read. */
async function interrupted(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = await packedProgram();
  const child = spawn(
    'script',
    ['-qefc', `stty cols 100; exec "${process.execPath}" "${program}" ${args.join(' ')}`, '/dev/null'],
    {
      env: {
        PATH: process.env['PATH'],
        TERM: 'xterm',
        NO_COLOR: '1',
        ...awsVariables(estate.lab, estate.credentials, estate.region),
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  child.stdout.on('data', (chunk: Buffer) => {
    // Two of them answer configz; the rest waits for the one that hangs.
    if (/[2-9] of 10 nodes read/.test(chunk.toString()) && child.stdin.writable) child.stdin.end('\u0003');
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = await text(child.stdout);
  return { code: await closed, output };
}

describe.skipIf(!hasScript)('Ctrl-C in a terminal', () => {
  it('prints the nodes that it has read, does not publish them, and ends with 130', async () => {
    const { code, output } = await interrupted([
      'audit',
      'legacy',
      '--controls',
      '3.2.3',
      '--node-timeout',
      '60s',
      '--publish',
    ]);

    expect(output).toMatch(/strangers get in +open-to-anybody +open\s/);
    expect(output).toMatch(/^ {2}hangs \(dark\)\r?\n {4}unknown 3\.2\.3 /m);
    expect(output).toMatch(/\d findings were not sent: the audit was interrupted/);
    expect(output).toMatch(/the\s+audit\s+was\s+interrupted\s+before\s+this\s+node/);
    expect(output).not.toMatch(/(?:ran|run)\s+out/);
    expect(output).toContain('interrupted: the report shows what was read until then');
    expect(code).toBe(130);
    expect([...estate.lab.securityHub.findings(estate.accountId, estate.region)]).toEqual([]);
  });
});
