import { createHash } from 'node:crypto';
import { environment } from '../../contract/environment.ts';
import { isOfCluster } from '../../core/judge/control.ts';
import { type ChosenControls, chosenControls } from '../../core/judge/controls/catalogue/chosen-controls.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import { manifestOf, type SettingOrigin } from '../../core/model/manifest.ts';
import type { ClusterArn } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/printable.ts';
import { type FixedFile, fixNextFile } from '../../core/next-node/fix/fix-next-file.ts';
import { judgeNextNode } from '../../core/next-node/judge/judge-next-node.ts';
import { groupsOfPools, nextAudit } from '../../core/next-node/judge/next-audit.ts';
import { type Declared, nothing } from '../../core/next-node/read/carriers/carrier.ts';
import { type FileKind, supported } from '../../core/next-node/read/carriers/file-kinds.ts';
import { declaredBy } from '../../core/next-node/read/carriers/recognize.ts';
import { minorVersion } from '../../core/read/kubelet/minor-version.ts';
import { emptyTally, outcome, type Tally, tallied } from '../../core/run/outcome.ts';
import { readInputBytes } from '../../wiring/files.ts';
import { benchmarkNamed, controlWordsNamed } from '../../wiring/settings.ts';
import { type Gates, ofSeverity } from '../gates.ts';
import { terminalLog } from '../log.ts';
import { writeReport } from '../report-output.ts';
import { openReports, type ReportFlags, targetsOf } from '../report-targets.ts';
import type { Terminal } from '../terminal.ts';

export interface NextFlags extends ReportFlags, Gates {
  readonly as?: FileKind;
  readonly controls?: string;
  readonly benchmark: string;
  readonly kubeletVersion?: string;
  readonly ami?: 'standard' | 'custom';
  readonly cluster?: string;
  readonly fix?: boolean;
  readonly allowEmpty?: boolean;
  /** Which flags a person gave. */
  readonly named: (flag: string) => boolean;
}

/** A plan of a large estate; more would not fit into memory as values. */
const mostBytes = 20 * 1024 * 1024;

interface NextFile {
  readonly name: string;
  readonly text: string;
  /** Of the bytes: 64 hexadecimal digits. */
  readonly sha256: string;
  readonly declared: Result<Declared, string>;
}

/** Judges the nodes that files will make, prints what that comes to, or the difference that would fix it, and returns the exit code. */
export async function runEvaluateNext(names: readonly string[], flags: NextFlags, terminal: Terminal): Promise<number> {
  const targets = targetsOf(flags);
  if (flags.fix && (flags.format || flags.output || flags.report !== undefined))
    throw new UsageError('--fix prints a difference and no report: leave --format, --output and --report out');
  const cluster = clusterOf(flags);
  const format = targets.find((each) => each.format === 'asff' || each.format === 'ocsf')?.format;
  if (format && !cluster)
    throw new UsageError(`--format ${format} needs to know the EKS cluster: give its ARN with --cluster`);
  if (flags.kubeletVersion !== undefined && minorVersion(flags.kubeletVersion) === undefined)
    throw new UsageError(
      `--kubelet-version '${flags.kubeletVersion}' is no version of Kubernetes; give one such as 1.34`,
    );

  const benchmark = benchmarkNamed(flags.benchmark);
  const { warnings, ...chosen } = controlsOf(flags, benchmark);
  for (const each of warnings) terminalLog(terminal).warn(each);
  const files: NextFile[] = [];
  for (const name of new Set(names)) files.push(await nextFile(name, flags.as, terminal));
  const declared = files.map((file) => (file.declared.ok ? file.declared.value : nothing));
  const nodePools = declared.flatMap((each) => each.nodePools);
  const nodeClasses = new Set(
    declared.flatMap(({ groups }) => groups.flatMap(({ group, name }) => (group === 'karpenter' ? [name] : []))),
  );

  const now = new Date();
  const judging = {
    controls: chosen.controls,
    ...(flags.kubeletVersion !== undefined && { kubeletVersion: flags.kubeletVersion }),
    ...(flags.ami && { ami: flags.ami }),
  };
  const results = files.map(({ name, text, sha256, declared: found }) => {
    if (!found.ok)
      return err({
        code: 'file-not-recognized',
        message: `'${printable(name, 300)}' is not judged: ${found.error}`,
        remedy: 'see the message',
      });
    const judged = groupsOfPools(found.value.groups, nodePools).map((group) =>
      judgeNextNode(group, { ...judging, file: { name, text }, proof: { readAt: now.toISOString(), sha256 } }),
    );
    return ok(
      nextAudit({ ...chosen, now, name, declared: found.value, judged, nodeClasses, ...(cluster && { cluster }) }),
    );
  });
  const tally = results.reduce(tallied, emptyTally);

  // Most formats have no place for a file that nobody could read.
  for (const { message } of tally.problems) terminalLog(terminal).error(message);

  if (flags.fix) {
    const fixed = files.flatMap(({ name, text, declared: found }) =>
      found.ok ? [fixNextFile({ ...judging, name, text, ...(flags.as && { as: flags.as }) })] : [],
    );
    await writeReport(fixText(fixed), undefined, terminal);
    return exitCode(tally, flags, terminal);
  }

  const run = { startedAt: now.toISOString(), benchmark };
  const reports = await openReports(
    { targets, ...(flags.report !== undefined && { folder: flags.report }) },
    { ...chosen, benchmark, scope: 'node-group', now, brief: false, ...(flags.only && { only: flags.only }) },
    terminal,
  );
  await reports.begin(run);
  for (const result of results) if (result.ok) await reports.cluster(result.value);
  const manifest = manifestOf({
    caller: { unknown: 'files are judged, and AWS is not asked' },
    settings: settingsOf(flags, { benchmark, chosen, env: terminal.env }),
    sources: ['files'],
    controls: { lookedAt: chosen.controls.map(({ slug }) => slug), leftOut: chosen.leftOut.map(({ slug }) => slug) },
    startedAt: run.startedAt,
    finishedAt: run.startedAt,
  });
  await reports.end({ ...run, finishedAt: run.startedAt, tally, manifests: [manifest] });
  return exitCode(tally, flags, terminal);
}

/** A file without nodes is often the wrong one: it passes only where a person expects that. */
function exitCode(tally: Tally, { failOn, allowEmpty }: NextFlags, terminal: Terminal): number {
  const code = outcome(tally, undefined, failOn);
  if (tally.nodes > 0 || allowEmpty || code !== 0) return code;
  terminalLog(terminal).error(
    `no node was judged, since the files make none (--allow-empty exits with 0); ${supported}`,
  );
  return 3;
}

async function nextFile(name: string, as: FileKind | undefined, { stdin }: Terminal): Promise<NextFile> {
  const bytes = await readInputBytes(name, { stdin, mostBytes });
  const shown = name === '-' ? 'standard input' : name;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name: shown,
    text: bytes.toString('utf8'),
    sha256,
    declared: declaredBy({ name: shown, bytes, ...(as && { as }) }),
  };
}

function controlsOf(
  { controls, severity, named: isNamed }: NextFlags,
  benchmark: ReturnType<typeof benchmarkNamed>,
): Required<ChosenControls> {
  const {
    controls: named,
    leftOut,
    warnings = [],
  } = chosenControls(controlWordsNamed(controls), { benchmark, stored: !isNamed('controls'), sources: ['files'] });
  const ofNodes = named.filter((each) => !isOfCluster(each));
  if (ofNodes.length === 0 && named[0])
    throw new UsageError(
      `${named[0].slug} is about the cluster itself, and nothing of a node shows it; audit it with --controls`,
    );
  return { controls: ofSeverity(ofNodes, severity), leftOut, warnings };
}

function clusterOf({ cluster }: NextFlags): ClusterArn | undefined {
  if (cluster === undefined) return undefined;
  const arn = parseClusterArn(cluster);
  if (arn) return arn;
  throw new UsageError(`--cluster '${cluster}' is no ARN of an EKS cluster`);
}

interface SettingsOptions {
  readonly benchmark: string;
  readonly chosen: ChosenControls;
  readonly env: Terminal['env'];
}

function settingsOf(flags: NextFlags, { benchmark, chosen, env }: SettingsOptions) {
  const from = (flag: string, variable: string): SettingOrigin =>
    flags.named(flag) ? 'option' : env[variable] ? 'environment' : 'default';
  const given = (['as', 'kubeletVersion', 'ami', 'cluster'] as const).flatMap((name) =>
    flags[name] === undefined ? [] : [{ name, value: flags[name], from: 'option' as const }],
  );
  return [
    {
      name: 'controls',
      value: chosen.controls.map(({ slug }) => slug).join(),
      from: from('controls', environment.controls),
    },
    { name: 'benchmark', value: benchmark, from: from('benchmark', environment.benchmark) },
    ...given,
    ...(flags.severity ? [{ name: 'severity', value: flags.severity.join(), from: 'option' as const }] : []),
  ];
}

/** What `git apply` takes; it passes over the lines of advice, which begin with `#`. */
const fixText = (files: readonly FixedFile[]): string =>
  files.map(({ advice, diff }) => [...advice.map((line) => `# ${line}\n`), diff].join('')).join('');
