import { Command } from 'commander';
import { controlsOf } from '../../core/judge/controls/catalogue/find-control.ts';
import { flagOf, nameOf } from '../../core/judge/controls/shared/about.ts';
import { requirementName, requirementsOf } from '../../core/judge/frameworks/requirements.ts';
import { versionsOf } from '../../core/report/terminal/explain.ts';
import { benchmarkNamed } from '../../wiring/settings.ts';
import { formatOption, helpEnd, plainCodes, withOptions } from '../options.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';

interface Flags {
  readonly benchmark?: string;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

export function controlsCommand(terminal: Terminal): Command {
  const command = new Command('controls')
    .summary('list the controls of a benchmark version')
    .description(
      'Lists the controls of a benchmark version and our own checks, which have no number, with what each is about.',
    )
    .addOption(formatOption());
  withOptions(command, terminal.env, ['benchmark', 'output']);
  return helpEnd(command, plainCodes, ['controls', 'controls --benchmark cis-eks-1.5.0 -f json']).action(
    async ({ format, output, ...flags }: Flags) => {
      const benchmark = benchmarkNamed(flags.benchmark);
      const versions = versionsOf(benchmark);
      const listed = controlsOf(benchmark).map((control) => ({
        slug: control.slug,
        ...(benchmark === 'auto'
          ? { numbers: Object.fromEntries(versions.map((each) => [each, control.numbers[each]])) }
          : control.numbers[benchmark]),
        severity: control.severity,
        title: control.title,
        setting: nameOf(control.about),
        flag: flagOf(control.about),
        ...control.alsoKnownAs,
        requirements: requirementsOf(control).map(requirementName),
      }));
      const table = () =>
        `${tableStyle(terminal, output).draw(
          [
            ...(benchmark === 'auto' ? versions.map((each) => each.replace('cis-eks-', '')) : ['NUMBER']),
            'CONTROL',
            'ASSESSMENT',
            'SEVERITY',
            'WHAT MUST HOLD',
          ],
          controlsOf(benchmark).map(({ slug, numbers, severity, title }) => [
            ...versions.map((each) => numbers[each]?.number ?? '-'),
            slug,
            versions.flatMap((each) => numbers[each]?.assessment ?? []).at(-1) ?? '-',
            severity,
            title,
          ]),
        )}\n`;

      await writeReport(format === 'json' ? `${JSON.stringify(listed, undefined, 2)}\n` : table(), output, terminal);
    },
  );
}
