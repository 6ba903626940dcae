import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEstate } from '../../lab/estate/estate.ts';
import { architecturePicture } from './architecture-picture.ts';
import { type Theme, terminalPicture } from './terminal-picture.ts';

// `npm run pictures`: the README's pictures. The terminal is a real run of the program against the lab.
const folder = join(import.meta.dirname, '../../../docs/pictures');
const themes: readonly Theme[] = ['light', 'dark'];
const columns = 112;
const shown = ['audit', 'payments', 'legacy', 'fleet', '--only', 'fail'];

const printed = await runInLab();
const text = `\u001b[90m$\u001b[39m eks-kubelet-audit ${shown.join(' ')}\n\n${printed}`;
for (const theme of themes) {
  writeFileSync(join(folder, `terminal-${theme}.svg`), terminalPicture(text, { theme, columns }));
  writeFileSync(join(folder, `architecture-${theme}.svg`), architecturePicture(theme));
}

/** What the program prints, against the lab in this process. */
async function runInLab(): Promise<string> {
  const estate = await startEstate();
  const home = mkdtempSync(join(tmpdir(), 'eks-kubelet-audit-'));
  try {
    return await run(estate, home);
  } finally {
    await estate.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function run(
  { lab, credentials, region }: Awaited<ReturnType<typeof startEstate>>,
  home: string,
): Promise<string> {
  const program = join(import.meta.dirname, '../../../lambda/cli/eks-kubelet-audit.ts');
  const child = spawn(process.execPath, [program, ...shown, '--node-timeout', '2s'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      FORCE_COLOR: '1',
      COLUMNS: String(columns),
      AWS_REGION: region,
      AWS_ENDPOINT_URL: lab.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return Buffer.concat(await child.stdout.toArray()).toString('utf8');
}
