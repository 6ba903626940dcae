import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { startEstate } from './estate.ts';

// `npm start`: the real program, as its own process, against the embedded estate. Nothing of the caller's environment reaches it.
const home = await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-'));
const estate = await startEstate();

try {
  console.log(
    `An AWS estate on this machine (${estate.lab.endpoint}): account ${estate.accountId}, ${estate.region}, four clusters.\n`,
  );
  console.log(`$ eks-kubelet-audit audit --region ${estate.region} --node-timeout 2s --publish\n`);
  const code = await run(['audit', '--region', estate.region, '--node-timeout', '2s', '--publish']);
  console.log(
    `\nexit code ${code}: ${['all passed', 'a control failed', 'incomplete', 'could not run'][code] ?? 'unexpected'}`,
  );

  console.log('\nWhat Security Hub holds now:\n');
  console.log(findingsTable());
  process.exitCode = code === 1 ? 0 : 1;
} finally {
  await estate.close();
  await rm(home, { recursive: true, force: true });
}

/** Runs the command line from source, with the audit role's session and the lab as AWS. */
function run(args: readonly string[]): Promise<number> {
  const { accessKeyId, secretAccessKey, sessionToken } = estate.credentials;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../lambda/cli/eks-kubelet-audit.ts'), ...args], {
    stdio: 'inherit',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TERM: process.env['TERM'],
      ...(process.env['NO_COLOR'] && { NO_COLOR: process.env['NO_COLOR'] }),
      AWS_ENDPOINT_URL: estate.lab.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

function findingsTable(): string {
  const findings = estate.lab.securityHub.findings(estate.accountId, estate.region);
  const table = new Table({
    head: ['CLUSTER', 'NODE GROUP', 'COMPLIANCE', 'SEVERITY', 'RESOURCES', 'WHY'],
    style: { head: [], border: [], compact: true },
    colWidths: [12, 24, 15, 15, 11, 70],
    wordWrap: true,
  });

  for (const finding of findings) {
    const { ProductFields, Compliance, Severity, Resources } = JSON.parse(JSON.stringify(finding));
    table.push([
      ProductFields['eks-kubelet-audit/cluster'] ?? '',
      ProductFields['eks-kubelet-audit/node-group'] ?? '',
      Compliance.Status,
      Severity.Label,
      String(Resources.length),
      Compliance.StatusReasons?.[0]?.Description ?? '',
    ]);
  }
  return table.toString();
}
