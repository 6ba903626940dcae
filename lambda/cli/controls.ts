import { Command, Option } from 'commander';
import { type Benchmark, benchmarks } from '../core/control.ts';
import { controls } from '../core/controls/index.ts';
import { settings } from '../core/kubelet/settings.ts';
import { type Terminal, tableStyle } from './terminal.ts';
import { writeReport } from './write-report.ts';

interface Flags {
  readonly benchmark: Benchmark;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

/** Lists the catalogue: what is checked, under which number, and which setting and flag it is about. */
export function controlsCommand(terminal: Terminal): Command {
  return new Command('controls')
    .summary('list the controls')
    .description(
      'Lists the controls with their number in a benchmark version, and the kubelet setting and flag that each is about.',
    )
    .addOption(new Option('--benchmark <benchmark>', 'numbering').choices(benchmarks).default('cis-eks-1.8.0'))
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .option('--output <file>', 'print to this file instead of stdout')
    .action(async ({ benchmark, format, output }: Flags) => {
      const listed = controls.map((control) => ({
        slug: control.slug,
        number: control.numbers[benchmark]?.number,
        assessment: control.numbers[benchmark]?.assessment,
        severity: control.severity,
        title: control.title,
        setting: control.setting,
        flag: `--${settings[control.setting].flag}`,
      }));
      const table = () =>
        `${tableStyle(terminal).draw(
          ['NUMBER', 'CONTROL', 'ASSESSMENT', 'SEVERITY', 'SETTING', 'FLAG', 'WHAT MUST HOLD'],
          listed.map((each) => [
            each.number ?? '-',
            each.slug,
            each.assessment ?? '-',
            each.severity,
            each.setting,
            each.flag,
            each.title,
          ]),
        )}\n`;

      await writeReport(format === 'json' ? `${JSON.stringify(listed, undefined, 2)}\n` : table(), output, terminal);
    });
}
