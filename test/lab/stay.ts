import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startEstate } from './estate/estate.ts';
import { platformRole, startOrganization } from './estate/organization.ts';
import { labToken, type Shell, shellExports, shells } from './exports.ts';
import { kubeconfigOf } from './kubernetes/kubernetes-cluster.ts';
import { routeVariables } from './kubernetes/node-routes.ts';
import type { Lab } from './lab.ts';
import { followCalls } from './trace.ts';

// `npm run lab`: the estate of `npm start` stays up until Ctrl-C, to point the program, the AWS CLI or kubectl at it.

interface Flags {
  readonly organization?: boolean;
  readonly ungranted?: boolean;
  readonly trace?: boolean;
  readonly throttle?: readonly Target[];
  readonly deny?: readonly Target[];
  readonly latency?: readonly { readonly on: Target; readonly milliseconds: number }[];
  readonly shell?: Shell;
  readonly folder?: string;
}

type Target = `${string}:${string}`;

/** Who calls, from which Region, and what there is to see. */
type Stage = Awaited<ReturnType<typeof oneAccount>>;

const twelveHours = 12 * 3_600;
const endings: Record<Shell, string> = { bash: 'sh', fish: 'fish', powershell: 'ps1' };

const program = new Command('npm run lab --')
  .description('Keeps an AWS estate up on this machine, and prints what points a shell at it.')
  .option('--organization', 'an organization of fourteen accounts instead of one account')
  .option('--ungranted', 'with --organization: no cluster lets the audit in yet, for `grant --organization`')
  .option('--trace', 'print each request as it comes')
  .option(
    '--throttle <service:operation>',
    'throttle these calls (repeatable), such as ssm:SendCommand',
    (text, before) => several(target(text), before as readonly Target[] | undefined),
  )
  .option('--deny <service:operation>', 'deny these calls (repeatable), such as eks:*', (text, before) =>
    several(target(text), before as readonly Target[] | undefined),
  )
  .option('--latency <service:operation=ms>', 'let these calls wait (repeatable), such as ec2:*=500', (text, before) =>
    several(waiting(text), before as Flags['latency']),
  )
  .addOption(new Option('--shell <shell>', 'for whom to print the exports; default by $SHELL').choices(shells))
  .option('--folder <folder>', 'where to write the exports and kubeconfigs; default a new one')
  .action(stay);
await program.parseAsync();

async function stay(flags: Flags): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());

  const folder = flags.folder ?? (await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-lab-')));
  const stage = flags.organization ? await organization(flags.ungranted ?? false) : await oneAccount();
  try {
    plan(stage.lab, flags);
    await mkdir(folder, { recursive: true });
    console.log(await introduction(stage, folder, flags.shell ?? shellOf(process.env['SHELL'])));
    const follow = flags.trace ? followCalls(stage.lab, stage.clusters, console.log) : undefined;
    await stopped;
    follow?.stop();
  } finally {
    await stage.close();
    if (flags.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function oneAccount() {
  const { lab, region, accountId, clusters, session, direct, close } = await startEstate({ repairable: true });
  return {
    lab,
    region,
    clusters,
    credentials: session(twelveHours),
    routes: direct.kubelets.routes,
    about: `account ${accountId}, ${region}, clusters ${clusters.map(({ name }) => name).join(', ')}`,
    close,
  };
}

async function organization(ungranted: boolean): Promise<Stage> {
  const { lab, hub, operator, clusters, close } = await startOrganization({ ungranted });
  // A call that AWS throttles for good is asked again for half a minute.
  lab.faults.clear();
  return {
    lab,
    region: hub.region,
    clusters,
    credentials: operator(twelveHours),
    routes: {},
    about: `an organization of fourteen accounts; audit it with --organization, and grant with --organization --through ${platformRole}`,
    close,
  };
}

async function introduction(
  { lab, region, credentials, clusters, routes, about }: Stage,
  folder: string,
  shell: Shell,
) {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(clusters, labToken), { mode: 0o600 });
  const variables = {
    AWS_ENDPOINT_URL: lab.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    AWS_EC2_METADATA_DISABLED: 'true',
    KUBECONFIG: kubeconfig,
    ...routeVariables(routes),
  };
  const written = shells.map((each) => ({ each, file: join(folder, `lab.${endings[each]}`) }));
  for (const { each, file } of written) await writeFile(file, shellExports(each, variables), { mode: 0o600 });

  return `An AWS estate on this machine (${lab.endpoint}): ${about}.
It is emulated: nothing leaves this machine, any keys but these are refused, and Node
processes of a shell with these variables reach no address outside this machine.

In another terminal, in the folder of the project:

  ${written.map(({ each, file }) => `${`${each === 'powershell' ? '.' : 'source'} ${file}`.padEnd(folder.length + 20)} # ${each}`).join('\n  ')}

which is (${shell}):

${shellExports(shell, variables)}
Then, for example:

  npm run -s cli -- audit
  npm run -s cli -- audit --kubeconfig "$KUBECONFIG" --context ${clusters[0]?.name ?? 'payments'}
${clusters.some(({ name }) => name === 'repair') ? '  npm run -s cli -- remediate repair --controls 3.2.3 --dry-run      # then --apply, --resume RUN, --undo RUN\n' : ''}
The keys are good for twelve hours. Ctrl-C ends it.
`;
}

function plan(lab: Lab, { throttle = [], deny = [], latency = [] }: Flags): void {
  for (const on of throttle) lab.faults.inject(on, { kind: 'throttling' });
  for (const on of deny) lab.faults.inject(on, { kind: 'access-denied' });
  for (const { on, milliseconds } of latency) lab.faults.inject(on, { kind: 'latency', milliseconds });
}

function target(text: string): Target {
  const [, service, operation] = /^([a-z0-9]+):(\*|[A-Za-z0-9]+)$/.exec(text) ?? [];
  if (!service || !operation)
    throw new InvalidArgumentError('give a service and an operation, such as ssm:SendCommand');
  return `${service}:${operation}`;
}

function waiting(text: string): { readonly on: Target; readonly milliseconds: number } {
  const [, on = '', milliseconds] = /^(.+)=(\d{1,6})$/.exec(text) ?? [];
  if (!milliseconds) throw new InvalidArgumentError('give calls and milliseconds, such as ec2:*=500');
  return { on: target(on), milliseconds: Number(milliseconds) };
}

function shellOf(path = ''): Shell {
  if (path.endsWith('fish')) return 'fish';
  return process.platform === 'win32' ? 'powershell' : 'bash';
}

function several<T>(value: T, before: readonly T[] = []): readonly T[] {
  return [...before, value];
}
