import { Command, Option } from 'commander';
import { type Benchmark, benchmarks, type Control, defaultBenchmark } from '../core/control.ts';
import { evaluate } from '../core/evaluate.ts';
import { readConfigz } from '../core/kubelet/configz.ts';
import { kubeletInPs } from '../core/kubelet/ps.ts';
import type { Audit, KubeletFacts, ReadFailure } from '../core/model.ts';
import { outcome } from '../core/outcome.ts';
import { jsonReport } from '../core/reports/json.ts';
import { tableReport } from '../core/reports/table.ts';
import { err, type Result } from '../core/result.ts';
import { readSavedNode } from '../flow/read-saved-node.ts';
import { readInput, savedFiles } from '../wiring/files.ts';
import { controlsNamed } from '../wiring/settings.ts';
import { type Terminal, tableStyle } from './terminal.ts';
import { writeReport } from './write-report.ts';

interface Flags {
  readonly controls?: string;
  readonly benchmark: Benchmark;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

interface NodeFlags extends Flags {
  readonly cmdline: string;
  readonly root?: string;
  readonly kubeletVersion?: string;
}

/** Judges what was saved from a node, without touching any cluster. */
export function evaluateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('evaluate')
    .summary('judge saved answers and files, offline')
    .description('Judges what was saved from a node. Nothing is asked of any cluster.');

  command.addCommand(
    withFlags(new Command('configz'))
      .summary('judge a saved configz answer')
      .description('Judges the JSON that kubectl get --raw /api/v1/nodes/NODE/proxy/configz printed.')
      .argument('<FILE>', 'the saved answer, or - for standard input')
      .action(async (file: string, flags: Flags) => {
        const facts = readConfigz(await readInput(file, terminal.stdin));
        done(await report({ name: file === '-' ? 'standard input' : file, facts }, flags, terminal));
      }),
  );

  command.addCommand(
    withFlags(new Command('node'))
      .summary('judge a saved command line and the files that it names')
      .description(
        'Judges a kubelet by its command line (/proc/PID/cmdline, or the output of ps -ef) and the configuration files that it names. File modes and owners are unknown here.',
      )
      .requiredOption('--cmdline <file>', 'the saved /proc/PID/cmdline or ps output, or - for standard input')
      .option('--root <folder>', 'where the node’s files were saved, as they lay below /')
      .option('--kubelet-version <version>', 'the kubelet’s version; 1.34 or newer is assumed, and said, without it')
      .action(async (flags: NodeFlags) => {
        const files = savedFiles(flags.root);
        if (flags.root !== undefined && !(await files.exists()))
          terminal.stderr.write(`warning: there is no folder '${flags.root}'; no file of the node counts as saved\n`);

        const text = await readInput(flags.cmdline, terminal.stdin);
        const commandLine = text.includes('\0')
          ? ({ ok: true, value: { from: 'proc', arguments: text.replace(/\0$/, '').split('\0') } } as const)
          : kubeletInPs(text);
        const facts: Result<KubeletFacts, ReadFailure> = commandLine.ok
          ? await readSavedNode(
              { savedFiles: files },
              { commandLine: commandLine.value, ...(flags.kubeletVersion && { kubeletVersion: flags.kubeletVersion }) },
            )
          : err({ via: 'files', kind: 'unreadable', because: commandLine.error });
        done(await report({ name: flags.cmdline === '-' ? 'standard input' : flags.cmdline, facts }, flags, terminal));
      }),
  );
  return command;
}

const withFlags = (command: Command): Command =>
  command
    .option('--controls <list>', 'controls by slug or number (default: all of the benchmark version, and our own)')
    .addOption(new Option('--benchmark <benchmark>', 'numbering and set').choices(benchmarks).default(defaultBenchmark))
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .option('--output <file>', 'print to this file instead of stdout');

/** The one saved node as an audit of its own, so that it is printed and counted like any other. */
async function report(
  { name, facts }: { name: string; facts: Result<KubeletFacts, ReadFailure> },
  flags: Flags,
  terminal: Terminal,
): Promise<number> {
  const chosen = controlsNamed(flags.controls ?? '', flags.benchmark);
  const audit = auditOf(name, { facts, controls: chosen, benchmark: flags.benchmark });
  const text =
    flags.format === 'json' ? jsonReport(audit) : tableReport(audit, { controls: chosen, style: tableStyle(terminal) });

  await writeReport(text, flags.output, terminal);
  return outcome(audit);
}

function auditOf(
  name: string,
  {
    facts,
    controls: chosen,
    benchmark,
  }: { facts: Result<KubeletFacts, ReadFailure>; controls: readonly Control[]; benchmark: Benchmark },
): Audit {
  const now = new Date().toISOString();
  const reading = facts.ok ? { facts: facts.value, failures: [] } : { failures: [facts.error] };
  const verdicts = Object.fromEntries(chosen.map((control) => [control.slug, evaluate(control, reading)]));

  return {
    startedAt: now,
    finishedAt: now,
    benchmark,
    clusters: [
      {
        cluster: { name: 'saved files', compute: { autoMode: false, fargate: false, hybrid: false } },
        auditedAt: now,
        inventory: { from: 'saved', complete: false },
        nodes: [
          {
            node: {
              key: name,
              machine: { status: 'none', because: 'it was saved' },
              kind: 'linux',
              group: { kind: 'self-managed', name: '-' },
            },
            ...reading,
            verdicts,
          },
        ],
        problems: [],
      },
    ],
    problems: [],
  };
}
