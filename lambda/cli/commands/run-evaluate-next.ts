import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { settingsTable } from '../../contract/settings-table.ts';
import { applyWaivers } from '../../core/judge/waivers/apply-waivers.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err, ok } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/words.ts';
import { fixNextFile } from '../../core/next-node/fix/fix-next-file.ts';
import { judgeNextNode } from '../../core/next-node/judge/judge-next-node.ts';
import { groupsOfPools, nextAudit } from '../../core/next-node/judge/next-audit.ts';
import { nothing } from '../../core/next-node/read/carriers/carrier.ts';
import { type FileKind, supported } from '../../core/next-node/read/carriers/file-kinds.ts';
import { declaredBy } from '../../core/next-node/read/carriers/recognize.ts';
import { readInputBytes } from '../../wiring/files.ts';
import { writeReport } from '../report-output.ts';
import { formatWithArn } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';
import { exitCodeOf, type OfflineFlags, offlineRun, reportOffline, tallyOf } from './judged-offline.ts';

export interface NextFlags extends OfflineFlags {
  readonly as?: FileKind;
  readonly ami?: 'standard' | 'custom';
  readonly cluster?: string;
  readonly waivers?: string;
  readonly fix?: boolean;
  readonly allowEmpty?: boolean;
}

/** A plan of a large estate; more would not fit into memory as values. */
const mostBytes = 20 * 1024 * 1024;

/** Judges the nodes that files will make, prints the reports, or the difference that would fix them, and returns the exit code. */
export async function runEvaluateNext(
  names: readonly string[],
  flags: NextFlags,
  { command, terminal }: { readonly command: Command; readonly terminal: Terminal },
): Promise<number> {
  if (flags.fix && (flags.format || flags.output || flags.report !== undefined))
    throw new UsageError('--fix prints a difference and no report: leave --format, --output and --report out');
  const cluster = flags.cluster === undefined ? undefined : parseClusterArn(flags.cluster);
  if (!cluster && flags.cluster !== undefined)
    throw new UsageError(`--cluster '${flags.cluster}' is not the ARN of an EKS cluster`);
  const given = offlineRun(flags, { command, sources: ['files'], terminal });
  const format = formatWithArn(flags);
  if (format && !cluster)
    throw new UsageError(`--format ${format} needs to know the EKS cluster: give its ARN with --cluster`);
  if (flags.waivers !== undefined && names.includes(flags.waivers))
    throw new UsageError('--waivers names a file that is judged, which cannot accept its own failures');
  const waivers = await waiversOf(
    flags.waivers,
    { benchmark: given.benchmark, longestWaiver: settingsTable.longestWaiver.default },
    terminal,
  );
  const own = (['as', 'ami', 'cluster', 'waivers'] as const).flatMap((name) =>
    flags[name] === undefined ? [] : [{ name, value: flags[name], from: 'option' as const }],
  );
  const run = { ...given, settings: [...given.settings, ...own] };

  const files: Awaited<ReturnType<typeof nextFile>>[] = [];
  for (const name of new Set(names)) files.push(await nextFile(name, flags.as, terminal));
  const declared = files.map((file) => (file.declared.ok ? file.declared.value : nothing));
  const nodePools = declared.flatMap((each) => each.nodePools);
  const nodeClasses = new Set(
    declared.flatMap(({ groups }) => groups.flatMap(({ group, name }) => (group === 'karpenter' ? [name] : []))),
  );

  const judging = {
    controls: run.controls,
    ...(flags.kubeletVersion !== undefined && { kubeletVersion: flags.kubeletVersion }),
    ...(flags.ami && { ami: flags.ami }),
  };
  const results = files.map(({ name, text, sha256, declared: found }) => {
    const message = `'${printable(name, 300)}' is not judged: ${found.ok ? '' : found.error}`;
    const remedy = 'give a file of a kind that evaluate next --help lists, or name its kind with --as';
    if (!found.ok) return err({ code: 'file-not-recognized', message, remedy });
    const proof = { readAt: run.now.toISOString(), sha256 };
    const judged = groupsOfPools(found.value.groups, nodePools).map((group) =>
      judgeNextNode(group, { ...judging, file: { name, text }, proof }),
    );
    const audit = nextAudit({ ...run, name, declared: found.value, judged, nodeClasses, ...(cluster && { cluster }) });
    return ok(applyWaivers(audit, waivers, run.now));
  });

  // Most formats have no place for a file that nobody could read.
  for (const { message } of tallyOf(results).problems) terminalLog(terminal).error(message);

  if (flags.fix) {
    const fixed = files.flatMap(({ name, text, declared: found }) =>
      found.ok ? [fixNextFile({ ...judging, name, text, ...(flags.as && { as: flags.as }) })] : [],
    );
    // The input of `git apply`, which skips the lines of advice.
    const texts = fixed.map(({ advice, diff }) => [...advice.map((line) => `# ${line}\n`), diff].join(''));
    await writeReport(texts, undefined, terminal);
  } else await reportOffline(results, run, { flags, terminal });

  const code = exitCodeOf(results, flags);
  // A file without nodes is often the wrong one: it passes only where a person expects that.
  if (code !== 0 || flags.allowEmpty || tallyOf(results).nodes > 0) return code;
  terminalLog(terminal).error(
    `no node was judged, since the files make none (--allow-empty exits with 0); ${supported}`,
  );
  return 3;
}

async function nextFile(name: string, as: FileKind | undefined, { stdin }: Terminal) {
  const bytes = await readInputBytes(name, { stdin, mostBytes });
  const shown = name === '-' ? 'standard input' : name;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const declared = declaredBy({ name: shown, bytes, ...(as && { as }) });
  return { name: shown, text: bytes.toString('utf8'), sha256, declared };
}
