import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEstate } from '../../lab/estate/estate.ts';

/** The columns of the README's terminal. */
export const columns = 112;
const shown = ['audit', 'payments', 'legacy', 'fleet', '--severity', 'HIGH', '--only', 'fail'];
const waiting = ['--node-timeout', '2s'];

export interface PicturedRun {
  /** What a terminal of so many columns shows, prompt included. */
  readonly terminal: (columns: number) => Promise<string>;
  /** The file of the report for people. */
  readonly page: string;
}

/** A real run of the program against the lab, of which the README has pictures. */
export async function withPicturedRun<T>(use: (run: PicturedRun) => Promise<T>): Promise<T> {
  const estate = await startEstate();
  const home = mkdtempSync(join(tmpdir(), 'eks-kubelet-audit-'));
  try {
    const { lab, credentials, region } = estate;
    const environment = {
      PATH: process.env['PATH'],
      HOME: home,
      FORCE_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: region,
      AWS_ENDPOINT_URL: lab.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
    const page = join(home, 'report.html');
    const ofPage = ['audit', '--every-source', '--owner-tag', 'team', ...waiting, '--format', 'html', '--output', page];
    await printed(ofPage, environment);
    const terminal = async (width: number) => {
      const text = await printed([...shown, ...waiting], { ...environment, COLUMNS: String(width) });
      return `\u001b[90m$\u001b[39m eks-kubelet-audit ${shown.join(' ')}\n\n${text}`;
    };
    return await use({ terminal, page });
  } finally {
    await estate.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function printed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const program = join(import.meta.dirname, '../../../lambda/cli/eks-kubelet-audit.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  return Buffer.concat(await child.stdout.toArray()).toString('utf8');
}

/** What the first screen of a page shows: its style, and the begin of its text without times and hashes, which differ from run to run. */
export function firstScreen(page: string): string {
  const [style = ''] = /<style>[\s\S]*?<\/style>/.exec(page) ?? [];
  const [, body = ''] = page.split('<body', 2);
  const text = body.replaceAll(/<(?:script|style)\b[\s\S]*?<\/(?:script|style)>|<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  return style + text.slice(0, 3_000).replaceAll(/\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?|\b[0-9a-f]{16}…/g, '');
}

/** What the pictures of the report were made of, and the pictures: a file with the hash of each. */
export const hashes = 'docs/pictures/hashes.json';

export const hashOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
