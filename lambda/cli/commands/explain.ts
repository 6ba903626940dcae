import { Command, Option } from 'commander';
import { controlNamed } from '../../core/judge/controls/catalogue/chosen-controls.ts';
import { explanation } from '../../core/report/terminal/explain.ts';
import { japaneseExplanation } from '../../core/report/terminal/explain-japanese.ts';
import { benchmarkNamed } from '../../wiring/settings.ts';
import { helpEnd, outputOption, plainCodes } from '../options.ts';
import { writeReport } from '../report-output.ts';
import { settingOption } from '../setting-option.ts';
import { type Terminal, tableStyle } from '../terminal.ts';

interface Flags {
  readonly benchmark?: string;
  readonly output?: string;
  readonly lang: 'en' | 'ja';
}

const defaultWidth = 110;

/** Explains one control: what is checked, why, how each source shows it, how to fix it. */
export function explainCommand(terminal: Terminal): Command {
  return new Command('explain')
    .summary('explain one control: what, why, how it is seen, how to fix it')
    .description(
      'Explains a control: what is checked and why, how each source shows it, and how to fix it on each kind of node.',
    )
    .argument('<CONTROL>', 'its slug, or its number in the benchmark version')
    .addOption(settingOption(terminal.env, 'benchmark'))
    .addOption(outputOption())
    .addOption(new Option('--lang <language>', 'the language of the text').choices(['en', 'ja']).default('en'))
    .addHelpText(
      'after',
      helpEnd(plainCodes, ['explain 3.2.3', 'explain kubelet-client-ca-file', 'explain 3.2.3 --lang ja']),
    )
    .action(async (word: string, { output, lang, ...flags }: Flags) => {
      const benchmark = benchmarkNamed(flags.benchmark);
      const { width = defaultWidth, bold } = tableStyle(terminal, output);
      const explained = lang === 'ja' ? japaneseExplanation : explanation;
      const text = explained(controlNamed(word, benchmark), { benchmark, width, bold });

      await writeReport(text, output, terminal);
    });
}
