import { Command } from 'commander';
import { environment } from '../../contract/environment.ts';
import { isOfCluster } from '../../core/judge/control.ts';
import { chosenControls } from '../../core/judge/controls/catalogue/chosen-controls.ts';
import { manifestOf, type SettingOrigin } from '../../core/model/manifest.ts';
import type { KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { kubeletInPs } from '../../core/read/kubelet/command-line/ps.ts';
import { readConfigz } from '../../core/read/kubelet/configz/configz.ts';
import { minorVersion } from '../../core/read/kubelet/minor-version.ts';
import { jsonReport } from '../../core/report/formats/json.ts';
import { type SavedNode, savedAudit } from '../../core/report/saved-result/saved-audit.ts';
import { tableReport } from '../../core/report/terminal/table.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import { readSavedNode } from '../../flow/read-saved-node.ts';
import { readInput, savedFiles } from '../../wiring/files.ts';
import { benchmarkNamed, controlWordsNamed } from '../../wiring/settings.ts';
import { type Gates, gateOptions, ofSeverity } from '../gates.ts';
import { terminalLog } from '../log.ts';
import { auditCodes, formatOption, helpEnd, outputOption } from '../options.ts';
import { openOutput, sayWritten } from '../report-output.ts';
import { settingOption } from '../setting-option.ts';
import { type Terminal, tableStyle } from '../terminal.ts';
import { evaluateNextCommand } from './evaluate-next.ts';

interface Flags extends Gates {
  readonly controls?: string;
  readonly benchmark?: string;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

interface NodeFlags extends Flags {
  readonly cmdline: string;
  readonly root?: string;
  readonly kubeletVersion?: string;
  readonly whole?: true;
}

/** Judges what was saved from a node, without touching any cluster. */
export function evaluateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('evaluate')
    .summary('judge saved answers and files, offline')
    .description('Judges what was saved from a node. Nothing is asked of any cluster.')
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'evaluate configz answer.json',
        'evaluate node --cmdline - < ps.txt     # ps -ef > ps.txt',
        'evaluate next nodeclass.yaml     # no node exists yet',
      ]),
    );

  command.addCommand(evaluateNextCommand(terminal, done));

  command.addCommand(
    withFlags(new Command('configz'), terminal)
      .summary('judge a saved configz answer')
      .description('Judges the JSON that kubectl get --raw /api/v1/nodes/NODE/proxy/configz printed.')
      .argument('<FILE...>', 'the saved answers, one a node, or - for standard input')
      .addHelpText(
        'after',
        helpEnd(auditCodes, [
          'evaluate configz answer.json',
          'evaluate configz answers/*.json --only fail --severity HIGH',
        ]),
      )
      .action(async (files: readonly string[], flags: Flags, command: Command) => {
        const saved: SavedNode[] = [];
        for (const file of new Set(files)) saved.push(await savedAnswer(file, terminal));
        done(await report(saved, { ...flags, named: namedBy(command) }, terminal));
      }),
  );

  command.addCommand(
    withFlags(new Command('node'), terminal)
      .summary('judge a saved command line and the files that it names')
      .description(
        'Judges a kubelet by its command line (/proc/PID/cmdline, or a pasted list of processes) and the configuration files that it names. File modes and owners are unknown here.',
      )
      .requiredOption(
        '--cmdline <file>',
        "the saved /proc/PID/cmdline, or the output of tr '\\0' '\\n', ps or pgrep -a, or - for standard input",
      )
      .option('--whole', 'take the row of the kubelet for whole, though the list does not show it')
      .option('--root <folder>', 'where the node’s files were saved, as they lay below /')
      .option('--kubelet-version <version>', 'the kubelet’s version; 1.34 or newer is assumed, and said, without it')
      .addHelpText(
        'after',
        helpEnd(auditCodes, [
          'evaluate node --cmdline cmdline --root files',
          'evaluate node --cmdline - < ps.txt     # ps -ef > ps.txt',
        ]),
      )
      .action(async (flags: NodeFlags, command: Command) => {
        const files = savedFiles(flags.root);
        if (flags.root !== undefined && !(await files.exists()))
          terminalLog(terminal).warn(`there is no folder '${flags.root}'; no file of the node counts as saved`);

        const { text } = await readInput(flags.cmdline, terminal.stdin);
        const commandLine = kubeletInPs(text, { isWhole: flags.whole === true });
        const kubeletVersion = flags.kubeletVersion ? { kubeletVersion: version(flags.kubeletVersion) } : {};
        const facts: Result<KubeletFacts, ReadFailure> = commandLine.ok
          ? await readSavedNode({ savedFiles: files }, { commandLine: commandLine.value, ...kubeletVersion })
          : err({ via: 'files', kind: 'unreadable', because: commandLine.error });
        const name = flags.cmdline === '-' ? 'standard input' : flags.cmdline;
        const saved = [{ name, via: 'files', facts, ...kubeletVersion }] as const;
        done(await report(saved, { ...flags, named: namedBy(command) }, terminal));
      }),
  );
  return command;
}

async function savedAnswer(file: string, { stdin }: Terminal): Promise<SavedNode> {
  const { text, sha256 } = await readInput(file, stdin);
  const read = readConfigz(text);
  const facts = read.ok ? ok(proven(read.value, { readAt: new Date().toISOString(), sha256 })) : read;
  return { name: file === '-' ? 'standard input' : file, via: 'configz', facts };
}

function version(text: string): string {
  if (minorVersion(text) !== undefined) return text;
  throw new UsageError(`--kubelet-version '${text}' is no version of Kubernetes; give one such as v1.34.9`);
}

function withFlags(command: Command, terminal: Terminal): Command {
  const { only, severity, failOn } = gateOptions();
  return command
    .addOption(
      settingOption(
        terminal.env,
        'controls',
        'controls by slug or number (default: all of the benchmark version, and our own, that a saved answer shows)',
      ),
    )
    .addOption(settingOption(terminal.env, 'benchmark'))
    .addOption(formatOption(['table', 'json']))
    .addOption(outputOption())
    .addOption(only)
    .addOption(severity)
    .addOption(failOn);
}

/** Which flags a person gave. */
const namedBy = (command: Command) => (flag: string) => command.getOptionValueSource(flag) === 'cli';

async function report(
  saved: readonly SavedNode[],
  { named: isNamed, ...flags }: Flags & { readonly named: (flag: string) => boolean },
  terminal: Terminal,
): Promise<number> {
  const benchmark = benchmarkNamed(flags.benchmark);
  const {
    controls: named,
    leftOut,
    warnings = [],
  } = chosenControls(controlWordsNamed(flags.controls), {
    benchmark,
    stored: !isNamed('controls'),
    sources: saved.map(({ via }) => via),
  });
  for (const each of warnings) terminalLog(terminal).warn(each);
  const ofNodes = named.filter((each) => !isOfCluster(each));
  if (ofNodes.length === 0 && named[0])
    throw new UsageError(
      `${named[0].slug} is about the cluster itself, and nothing of a node shows it; audit it with --controls`,
    );

  const controls = ofSeverity(ofNodes, flags.severity);
  const now = new Date();
  const audit = savedAudit(saved, { controls, leftOut, now });
  const tally = tallied(emptyTally, ok(audit));
  const run = { startedAt: now.toISOString(), benchmark };
  const from = (flag: string, variable: string): SettingOrigin =>
    isNamed(flag) ? 'option' : terminal.env[variable] ? 'environment' : 'default';
  const manifest = manifestOf({
    caller: { unknown: 'what was saved is judged, and AWS is not asked' },
    settings: [
      { name: 'controls', value: audit.controls.lookedAt.join(), from: from('controls', environment.controls) },
      { name: 'benchmark', value: benchmark, from: from('benchmark', environment.benchmark) },
      ...(flags.severity ? [{ name: 'severity', value: flags.severity.join(), from: 'option' as const }] : []),
    ],
    sources: [...new Set(saved.map(({ via }) => via))],
    controls: audit.controls,
    startedAt: run.startedAt,
    finishedAt: run.startedAt,
  });
  const chosen =
    flags.format === 'json'
      ? jsonReport({ controls, benchmark })
      : tableReport({
          controls,
          benchmark,
          style: tableStyle(terminal, flags.output),
          ...(flags.only && { only: flags.only }),
        });

  const out = await openOutput(flags.output, terminal);
  await out.write(chosen.begin?.(run) ?? []);
  await out.write(chosen.cluster(audit));
  await out.write(chosen.end({ ...run, finishedAt: run.startedAt, tally, manifests: [manifest] }));
  await out.close();
  if (flags.output !== undefined) sayWritten([flags.output], terminal);
  return outcome(tally, undefined, flags.failOn);
}
