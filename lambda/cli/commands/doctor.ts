import { Command } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import {
  type Caller,
  type Check,
  clusterChecks,
  gapOf,
  type RightAnswer,
  readiness,
} from '../../core/fix/doctor/readiness.ts';
import { grantedObjects, grantWay } from '../../core/fix/grant/rbac-objects.ts';
import { isOfCluster } from '../../core/judge/control.ts';
import type { Cluster, ClusterArn, ClusterAudit, Problem } from '../../core/model/model.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import type { Result } from '../../core/model/result.ts';
import { doctorJson, doctorReport } from '../../core/report/terminal/doctor.ts';
import { executionName } from '../../core/run/item.ts';
import { isHubOff, switchHubOn } from '../../core/run/new-gaps.ts';
import { judgeCluster } from '../../flow/audit/judge-cluster.ts';
import type { AccessReviews, AuditPorts } from '../../flow/audit/ports.ts';
import { type RawSettings, type Settings, settingsFrom } from '../../wiring/settings.ts';
import { auditSource, noClusterText, openAuditPorts } from '../audit-source.ts';
import { untilInterrupted } from '../interrupt.ts';
import { defaultRegion, formatOption, helpEnd, withOptions } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle, terminalLog } from '../terminal.ts';

export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const command = new Command('doctor')
    .summary('check what would keep an audit from working; changes nothing')
    .description(
      'Sends the requests of an audit, but no command to a node, and judges nothing: who you are, which clusters can be described, which nodes listed, which rights the API server gives, which kubelets answer, and which machines SSM reaches. CLUSTER is a name or an ARN. Without one, the command looks at all clusters of the Regions.',
    )
    .argument('[CLUSTER...]', 'the clusters to look at')
    .option(
      '--as-deployed',
      `your own account through its member role ${memberRoleName}, as the deployed audit reads it`,
    )
    .option('--publish', 'also check the permissions to publish to Security Hub')
    .addOption(formatOption());
  withOptions(command, env, [
    ...(['organization', 'account', 'memberRole', 'region', 'profile', 'kubeconfig', 'context', 'apiServer'] as const),
    ['sources', 'how kubelets are to be read, in order'],
    ['controls', 'the controls of the audit: with 4.1.10 it also needs to read who holds nodes/proxy'],
    ['nextNode', 'also check the permissions for next nodes'],
    ...(['nodeTimeout', 'output'] as const),
  ]);
  return helpEnd(command, '0 ready, 2 with gaps, 3 could not run, 64 wrong usage, 130 interrupted.', [
    'doctor payments',
    'doctor --as-deployed',
    'doctor --organization -f json',
  ]).action(async (clusters: string[], flags: DoctorFlags & RawSettings) => {
    const raw = { ...flags, clusters, ...(await defaultRegion(env, flags.profile)) };
    // --as-deployed finds the account first: until then no role is assumed.
    const { memberRole: _, ...own } = raw;
    done(await runDoctor(settingsFrom(flags.asDeployed ? own : raw), { ...flags, raw }, terminal));
  });
}

interface DoctorFlags {
  readonly format: 'table' | 'json';
  readonly output?: string;
  readonly asDeployed?: boolean;
}

/** An audit that judges nothing and sends no command, shown as a list of checks; returns the exit code. */
async function runDoctor(
  given: Settings,
  flags: DoctorFlags & { readonly raw: RawSettings },
  terminal: Terminal,
): Promise<number> {
  const { caller } = await import('../../wiring/open/caller.ts');
  const asksAws = given.accessPath.by === 'aws';
  const who = asksAws ? await caller(given.accessPath.homeRegion, given.accessPath.profile) : undefined;
  const settings = flags.asDeployed ? asDeployed(flags.raw, given, who) : given;

  const progress = terminalProgress(terminal);
  return await untilInterrupted(async (signal) => {
    const options = { log: terminalLog(terminal), progress, signal };
    const numbers = settings.warnings.map(
      (says): Check => ({ where: 'settings', what: 'controls', status: 'note', says }),
    );
    const seen = who?.ok === false ? [] : await lookedAt(settings, options);
    const checks = [...(who ? callerChecks(who) : []), ...numbers, ...seen];
    progress.stop();
    if (signal.aborted) return 0;

    const text =
      flags.format === 'json' ? doctorJson(checks) : doctorReport(checks, tableStyle(terminal, flags.output));
    await writeReport(text, flags.output, terminal);
    return readiness(checks);
  }).finally(() => progress.stop());
}

/** The caller's own account, entered as the functions of the hub enter it. */
function asDeployed(raw: RawSettings, { accessPath }: Settings, who: Result<Caller, Problem> | undefined): Settings {
  if (accessPath.by !== 'aws' || accessPath.accounts.kind !== 'own')
    throw new UsageError(
      '--as-deployed is about your own account; leave out --account, --organization and --kubeconfig',
    );
  if (!who?.ok) throw new OperatorError('credentials-unusable', who?.error.message ?? 'AWS does not say who you are');

  return settingsFrom({
    ...raw,
    region: accessPath.regions,
    defaultRegion: accessPath.homeRegion,
    account: [who.value.accountId],
  });
}

function callerChecks(who: Result<Caller, Problem>): readonly Check[] {
  if (!who.ok) return [gapOf('caller', 'credentials', who.error)];

  const minutes = Math.round(who.value.clockOffMs / 60_000);
  const skew = {
    code: 'clock-skewed',
    message: `this machine's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'behind' : 'ahead of'} AWS's`,
    remedy: 'set it right (NTP): tokens of EKS that are signed at another time are refused',
  };
  return [
    { where: 'caller', what: 'credentials', status: 'ready', says: who.value.arn },
    minutes === 0
      ? { where: 'caller', what: 'clock', status: 'ready', says: 'within five minutes of AWS’s' }
      : gapOf('caller', 'clock', skew),
  ];
}

type LookedAtOptions = Pick<AuditPorts, 'log' | 'progress'> & { readonly signal: AbortSignal };

async function lookedAt(settings: Settings, { log, progress, signal }: LookedAtOptions): Promise<readonly Check[]> {
  const ports = await openAuditPorts(settings, { log, progress, sendsNothing: true });
  const { publish } = settings;
  const checks: Check[] = [];
  try {
    const runStartedAt = ports.clock.now();
    const options = { ...settings, controls: [], publish: false, everySource: false, runStartedAt, signal };
    const source = await auditSource(ports, settings, { ...options, runId: `doctor-${executionName(runStartedAt)}` });

    for await (const result of source.results) {
      if (!result.ok) {
        checks.push(gapOf('clusters', 'clusters', result.error));
        continue;
      }
      const { cluster } = result.value;
      checks.push(...clusterChecks(result.value, await rightsIn(ports.reviews, result.value, { settings, signal })));
      checks.push(...(await holderChecks(ports, cluster, { settings, signal })));
      const hub = cluster.arn && (await hubProblem(ports.findings, cluster.arn));
      if (cluster.arn) checks.push(hubCheck(placeOf(cluster), hub && problemIn(hub), publish));
      ports.release(cluster);
    }
    const gaps = source.coverage()?.gaps ?? [];
    if (checks.length === 0 && gaps.length === 0)
      throw new OperatorError('cluster-not-found', await noClusterText(settings));
    // What a cluster met is among its own checks.
    for (const { accountId, region, cluster, problem } of gaps)
      if (cluster === undefined || !checks.some(({ code }) => code === problem.code))
        checks.push(gapOf(`account ${[accountId, region].filter(Boolean).join(', ')}`, 'account', problem));
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof UsageError) throw error;
    checks.push(gapOf('clusters', 'clusters', problemIn(error)));
  } finally {
    ports.close();
  }
  return checks;
}

/** An error's message is a problem's message and remedy. */
function problemIn({ code, message: text }: OperatorError): Problem {
  const [message = '', ...remedy] = text.split('; ');
  return { code, message, remedy: remedy.join('; ') };
}

interface CheckOptions {
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** Each right that the sources need, one by one; none is asked of an API server that does not answer. */
async function rightsIn(
  reviews: AccessReviews,
  { cluster, inventory, problems }: ClusterAudit,
  { settings: { sources, controls, nextNode }, signal }: CheckOptions,
): Promise<readonly RightAnswer[]> {
  const answers = inventory.from === 'kubernetes' || problems.some(({ code }) => code.endsWith('-forbidden'));
  const way = grantWay(sources);
  if (!answers || !way) return [];

  const { rules } = grantedObjects({ way, proxyHolders: controls.some(isOfCluster), nextNode }).clusterRole;
  const rights = rules.flatMap(({ apiGroups: [group = ''], resources, verbs, resourceNames: [object] = [] }) =>
    resources.flatMap((full) => {
      const [resource = '', subresource] = full.split('/');
      const one = object !== undefined && { name: object, namespace: 'kube-system' };
      return verbs.map((verb) => ({ verb, group, resource, ...(subresource && { subresource }), ...one }));
    }),
  );
  return await Promise.all(
    rights.map(async (right) => ({ right, allowed: await reviews.allowed(cluster, right, signal) })),
  );
}

/** Checks whether a chosen control about the cluster itself could read everything. */
async function holderChecks(
  ports: Pick<AuditPorts, 'rbacGrants' | 'clock'>,
  cluster: Cluster,
  { settings: { controls }, signal }: CheckOptions,
): Promise<readonly Check[]> {
  const options = { controls, waivers: [], now: ports.clock.now(), signal };
  const { problems, clusterVerdicts } = await judgeCluster(ports, cluster, options);
  if (!clusterVerdicts) return [];

  const where = placeOf(cluster);
  if (problems.length > 0) return problems.map((problem) => gapOf(where, 'access', problem));
  return [{ where, what: 'cluster', status: 'ready', says: 'who holds nodes/proxy can be read' }];
}

const placeOf = ({ name, arn }: Cluster): string => (arn ? `${arn.name} (${arn.region}, ${arn.accountId})` : name);

/** Why the cluster's findings cannot be read, for example because Security Hub is off. */
async function hubProblem(findings: AuditPorts['findings'], arn: ClusterArn): Promise<OperatorError | undefined> {
  try {
    for await (const _ of findings.stored(arn, arn.arn)) break;
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
}

function hubCheck(where: string, problem: Problem | undefined, isGap: boolean): Check {
  const what = 'Security Hub';
  if (!problem) return { where, what, status: 'ready', says: 'its findings can be read' };
  const { message: says } = problem;
  const remedy = isHubOff(problem) ? switchHubOn : problem.remedy;
  return isGap ? gapOf(where, what, problem) : { where, what, status: 'note', says, remedy };
}
