import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LabCredentials } from './aws/identities.ts';
import { findingsText } from './demo-findings.ts';
import { startEstate } from './estate/estate.ts';
import { startOrganization } from './estate/organization.ts';
import { routeArguments, routeEnvironment } from './kubernetes/node-routes.ts';
import type { Lab } from './lab.ts';

// `npm start`: the real program, as its own process, against the embedded estate. Nothing of the caller's environment reaches it.
const home = await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-'));
const estate = await startEstate();

interface Caller {
  readonly lab: Lab;
  readonly credentials: LabCredentials;
}

try {
  const { lab, accountId, region } = estate;
  console.log(`An AWS estate on this machine (${lab.endpoint}):
account ${accountId}, ${region}, six clusters, and one in ${estate.direct.region}.
  payments   compliant         legacy   fails in each known way
  vault      private endpoint  fleet    every kind of node
  analytics  no access entry   ledger   files that are not what they were
  trading    grants nodes/configz and no nodes/proxy: its kubelets are read on their own port`);

  heading('Has every kubelet a client CA? (CIS Amazon EKS Benchmark 3.2.3)');
  const code = await audit(estate, '--region', region, '--controls', 'kubelet-client-ca-file', '--publish');

  heading('What Security Hub holds now');
  console.log(findingsText(JSON.parse(JSON.stringify(lab.securityHub.findings(accountId, region)))));

  heading('All controls of one cluster, and what its files say against what runs');
  const inDepth = await audit(estate, 'ledger', '--region', region, '--every-source');

  heading('All controls of all clusters, as a page to forward');
  const page = join(import.meta.dirname, '../../dist/report.html');
  await mkdir(dirname(page), { recursive: true });
  const asPage = await audit(estate, '--region', region, '--every-source', '--format', 'html', '--output', page);
  console.log(`The page: ${pathToFileURL(page)}`);

  heading('What would fix a cluster: shown, and not done without --apply');
  const plan = await printed(estate, [
    'remediate',
    'vault',
    '--region',
    region,
    '--controls',
    'kubelet-client-ca-file',
  ]);

  heading(
    'Without nodes/proxy: a cluster whose kubelets are read on their own port, also those that refuse the API server',
  );
  const onTheirPort = await printed(estate, [
    ...['audit', estate.direct.name, '--region', estate.direct.region],
    ...['--sources', 'direct,ssm', '--controls', 'kubelet-client-ca-file'],
  ]);

  heading('A whole organization, from its delegated administrator');
  const everywhere = await auditOrganization();

  process.exitCode = [code, inDepth, asPage, plan, onTheirPort, everywhere].every((each) => each === 1) ? 0 : 1;
} finally {
  await estate.close();
  await rm(home, { recursive: true, force: true });
}

/** Fourteen accounts: one without the role, one suspended, one with a Region that a policy closes, one with Security Hub off, … */
async function auditOrganization(): Promise<number> {
  const organization = await startOrganization();
  // A call that AWS throttles for good is asked again for half a minute: too long for who waits here.
  organization.lab.faults.clear();

  try {
    const regions = organization.regions.flatMap((region) => ['--region', region]);
    const caller = { lab: organization.lab, credentials: organization.operator() };
    return await audit(caller, '--organization', ...regions, '--controls', 'kubelet-client-ca-file');
  } finally {
    await organization.close();
  }
}

function heading(text: string): void {
  console.log(
    `\n── ${text} ${'─'.repeat(Math.max(3, Math.min(process.stdout.columns ?? 120, 120) - text.length - 4))}\n`,
  );
}

async function audit(caller: Caller, ...flags: readonly string[]): Promise<number> {
  return await printed(caller, ['audit', ...flags, '--node-timeout', '2s']);
}

async function printed(caller: Caller, args: readonly string[]): Promise<number> {
  console.log(`$ eks-kubelet-audit ${args.join(' ')}\n`);
  const code = await run(caller, args);
  console.log(
    `\nexit code ${code}: ${['all passed', 'a control failed', 'incomplete', 'could not run'][code] ?? 'unexpected'}`,
  );
  return code;
}

/** Runs the command line from source, with the caller's session and the lab as AWS. */
function run({ lab, credentials }: Caller, args: readonly string[]): Promise<number> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const program = join(import.meta.dirname, '../../lambda/cli/eks-kubelet-audit.ts');
  const child = spawn(process.execPath, [...routeArguments, program, ...args], {
    stdio: 'inherit',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TERM: process.env['TERM'],
      ...(process.env['NO_COLOR'] && { NO_COLOR: process.env['NO_COLOR'] }),
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: lab.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...routeEnvironment(estate.direct.kubelets.routes),
    },
  });

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}
