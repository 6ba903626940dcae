import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';
import type { LabCredentials } from './aws/identities.ts';
import { findingsText } from './demo-findings.ts';
import { startEstate } from './estate/estate.ts';
import { startOrganization } from './estate/organization.ts';
import { routeArguments, routeEnvironment } from './kubernetes/node-routes.ts';
import type { Lab } from './lab.ts';

const clientCa = ['--controls', 'kubelet-client-ca-file'] as const;
const onlyFailures = ['--only', 'fail'] as const;

// `npm start`: the real program, packed as users get it, in its own process, against the embedded estate. Nothing of the caller's environment reaches it.
const home = await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-'));
const columns = Math.min(process.stdout.columns || 120, 160);
// Side by side: the program is bundled by a process of its own.
const [estate, organization] = await Promise.all([startEstate(), startOrganization(), bundleProgram(home)]);
// A call that AWS throttles for good is asked again for half a minute: too long for who waits here.
organization.lab.faults.clear();

interface Caller {
  readonly lab: Lab;
  readonly credentials: LabCredentials;
}

try {
  const { lab, accountId, region } = estate;
  const { name: direct, region: directRegion } = estate.direct;
  console.log(`An AWS estate on this machine (${lab.endpoint}):
account ${accountId}, ${region}, six clusters, and one in ${directRegion}.
  payments   compliant         legacy   fails in each known way
  vault      private endpoint  fleet    every kind of node
  analytics  no access entry   ledger   files that are not what they were
  ${direct}    grants nodes/configz and no nodes/proxy: its kubelets are read on their own port`);

  heading('Has every kubelet a client CA? (CIS Amazon EKS Benchmark 3.2.3)');
  const code = await audit(estate, '--region', region, ...clientCa, '--publish', ...onlyFailures);

  heading('What Security Hub holds now');
  console.log(findingsText(JSON.parse(JSON.stringify(lab.securityHub.findings(accountId, region))), columns));

  heading('All controls of one cluster, and what its files say against what runs');
  const inDepth = await audit(estate, 'ledger', '--region', region, '--every-source', ...onlyFailures);

  heading('All controls of all clusters, as a page to forward');
  const page = join(import.meta.dirname, '../../dist/report.html');
  await mkdir(dirname(page), { recursive: true });
  const asPage = await audit(estate, '--region', region, '--format', 'html', '--output', page);
  console.log(`The page: ${pathToFileURL(page)}`);

  heading('What would fix a cluster: shown, and not done without --apply');
  const plan = await printed(estate, ['remediate', 'vault', '--region', region, ...clientCa]);

  heading(
    'Without nodes/proxy: kubelets are read on their own port, also those that refuse the API server; and who else holds it (4.1.10)',
  );
  const asksHolders = ['--controls', 'kubelet-client-ca-file,4.1.10'];
  const onTheirPort = await audit(estate, direct, '--region', directRegion, '--sources', 'direct,ssm', ...asksHolders);

  heading('A whole organization, from its delegated administrator');
  const regions = organization.regions.slice(0, 2).flatMap((each) => ['--region', each]);
  const caller = { lab: organization.lab, credentials: organization.operator() };
  const everywhere = await audit(caller, '--organization', ...regions, ...clientCa, ...onlyFailures);

  process.exitCode = [code, inDepth, asPage, plan, onTheirPort, everywhere].every((each) => each === 1) ? 0 : 1;
} finally {
  await Promise.all([estate.close(), organization.close()]);
  await rm(home, { recursive: true, force: true });
}

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, columns - text.length - 4))}\n`);
}

async function audit(caller: Caller, ...flags: readonly string[]): Promise<number> {
  return await printed(caller, ['audit', ...flags, '--node-timeout', '1s']);
}

async function printed(caller: Caller, args: readonly string[]): Promise<number> {
  console.log(`$ eks-kubelet-audit ${args.join(' ')}\n`);
  const code = await run(caller, args);
  console.log(
    `\nexit code ${code}: ${['all passed', 'a control failed', 'incomplete', 'could not run'][code] ?? 'unexpected'}`,
  );
  return code;
}

/** Runs the packed program, with the caller's session and the lab as AWS. It writes for a screen of so many columns, in colour where there is one. */
async function run({ lab, credentials }: Caller, args: readonly string[]): Promise<number> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const child = spawn(process.execPath, [...routeArguments, join(home, startFile), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TERM: process.env['TERM'],
      COLUMNS: String(columns),
      ...(process.stdout.isTTY && !process.env['NO_COLOR'] && { FORCE_COLOR: '1' }),
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: lab.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...routeEnvironment(estate.direct.kubelets.routes),
    },
  });
  child.stdout.pipe(process.stdout, { end: false });

  const [status] = await once(child, 'close');
  return status ?? 1;
}
