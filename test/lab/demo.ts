import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LabCredentials } from './aws/identities.ts';
import type { Lab } from './lab.ts';

type Caller = { readonly lab: Lab; readonly credentials: LabCredentials };

/** One command, and what is shown of it. */
interface Section {
  readonly heading: string;
  /** Words apart by one space. */
  readonly command: string;
  /** The account's own when absent. */
  readonly caller?: () => Promise<Caller>;
  /** Shown below what the command prints. */
  readonly below?: () => void;
}

type Ended = { readonly section: Section; readonly output: string; readonly code: number };

// `npm start`: the real program, packed as users get it, each command in its own process, against the embedded estate. Nothing of the caller's environment reaches it.
const startedAt = performance.now();
console.log(
  'Starting an AWS estate on this machine, and packing the program. No AWS account is touched; it takes some 20 seconds.',
);
// Loaded after the first line is shown: the estate is much code.
const [
  { pMapIterable },
  { bundleProgram, startFile },
  { findingsText },
  { startEstate },
  { hub, startOrganization },
  routing,
] = await Promise.all([
  import('p-map'),
  import('../../packaging/bundle.ts'),
  import('./demo-findings.ts'),
  import('./estate/estate.ts'),
  import('./estate/organization.ts'),
  import('./kubernetes/node-routes.ts'),
]);
const { routeArguments, routeEnvironment } = routing;
const home = await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-'));
const columns = Math.min(process.stdout.columns || 120, 160);
// Side by side: the program is bundled by a process of its own.
const [estate] = await Promise.all([startEstate(), bundleProgram(home)]);
// Only the last command needs it, and the first ones don't wait for it.
const organizationStarts = startOrganization();
const ofOrganization = async (): Promise<Caller> => {
  const { lab, operator } = await organizationStarts;
  // A call that AWS throttles for good is asked again for half a minute: too long for who waits here.
  lab.faults.clear();
  return { lab, credentials: operator() };
};

const { lab, accountId, region, direct } = estate;
const page = join(import.meta.dirname, '../../dist/report.html');
await mkdir(dirname(page), { recursive: true });

const sections: readonly Section[] = [
  {
    heading: 'Does every kubelet have a client CA? (CIS Amazon EKS Benchmark 3.2.3)',
    command: 'audit payments legacy vault analytics --controls 3.2.3 --only fail --publish',
    below: () => {
      heading('What Security Hub holds now');
      console.log(findingsText(JSON.parse(JSON.stringify(lab.securityHub.findings(accountId, region))), columns));
    },
  },
  {
    heading: 'Every kind of node: managed, Karpenter, Fargate, hybrid, Bottlerocket, Windows',
    command: 'audit fleet --controls 3.2.3',
  },
  {
    heading: 'What the file of a client CA holds; the files of a cluster compared with what runs',
    command: 'audit ledger --every-source --only fail --controls client-ca-file-present,client-ca-is-cluster-ca',
  },
  {
    heading: 'All clusters of the Region, as a page to forward',
    command: `audit --format html --output ${relative(process.cwd(), page)}`,
    below: () => console.log(`The page: ${pathToFileURL(page)}`),
  },
  {
    heading: 'What passes today and will fail on the next node, by its launch template',
    command: 'audit payments --next-node --controls 3.2.1,3.2.3,3.2.4',
  },
  {
    heading: 'How to fix a cluster: nothing is changed without --apply',
    command: 'remediate vault --controls 3.2.3',
  },
  {
    heading: 'Without nodes/proxy: kubelets are read directly, on port 10250; who else holds nodes/proxy (4.1.10)',
    command: `audit ${direct.name} --region ${direct.region} --sources direct,ssm --controls 3.2.3,4.1.10 --only fail`,
  },
  {
    heading: 'A whole organization, from its delegated administrator',
    command: `audit --organization --region ${hub.region} --controls 3.2.3 --only fail`,
    caller: ofOrganization,
  },
];

try {
  console.log(`An AWS estate on this machine (${lab.endpoint}):
account ${accountId}, ${region}, six clusters, and one in ${direct.region}.
  payments   compliant         legacy   fails in each known way
  vault      private endpoint  fleet    every kind of node
  analytics  no access entry   ledger   files that are not what they were
  ${direct.name.padEnd(9)}  grants nodes/configz, not nodes/proxy: its kubelets are read directly`);

  const codes: number[] = [];
  // Two commands at once, each shown in its turn: while one waits for an answer, this machine has something to do.
  for await (const { section, output, code } of pMapIterable(sections, run, {
    concurrency: 2,
    backpressure: sections.length,
  })) {
    heading(section.heading);
    console.log(`$ eks-kubelet-audit ${section.command}\n`);
    const means = ['all passed', 'a control failed', 'incomplete', 'could not run'][code] ?? 'unexpected';
    console.log(`${output}\nexit code ${code}: ${means}`);
    section.below?.();
    codes.push(code);
  }
  process.exitCode = codes.every((each) => each === 1) ? 0 : 1;
  heading('Summary');
  console.log(summary(codes));
} finally {
  await Promise.all([estate.close(), organizationStarts.then((each) => each.close())]);
  await rm(home, { recursive: true, force: true });
}

/** What was shown, and what to try next. */
function summary(codes: readonly number[]): string {
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const unexpected = codes.filter((each) => each !== 1).length;
  return `${codes.length} commands in ${seconds} s: ${
    unexpected === 0 ? 'each found the failures that this estate has' : `${unexpected} did not end as expected`
  }.
The failures, gaps and refused calls above are part of the estate.

Next:
  npm run cli -- explain kubelet-client-ca-file        what a control requires, and how to fix it
  npm run lab                                          keep this estate running, to try commands against it
  npm run cli -- doctor YOUR-CLUSTER --region REGION   check an audit of your own cluster; changes nothing`;
}

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, columns - text.length - 4))}\n`);
}

/** Runs the packed program, with the caller's session and the lab as AWS. It writes for a screen of so many columns, in colour where there is one. */
async function run(section: Section): Promise<Ended> {
  const { lab, credentials } = (await section.caller?.()) ?? estate;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const child = spawn(process.execPath, [...routeArguments, join(home, startFile), ...section.command.split(' ')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TERM: process.env['TERM'],
      COLUMNS: String(columns),
      ...(process.stdout.isTTY && !process.env['NO_COLOR'] && { FORCE_COLOR: '1' }),
      // One kubelet of the estate hangs.
      EKS_KUBELET_AUDIT_NODE_TIMEOUT: '1s',
      NODE_COMPILE_CACHE: join(home, 'compiled'),
      AWS_REGION: region,
      AWS_ENDPOINT_URL: lab.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...routeEnvironment(direct.kubelets.routes),
    },
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));

  const [status] = await once(child, 'close');
  return { section, output: Buffer.concat(output).toString('utf8'), code: status ?? 1 };
}
