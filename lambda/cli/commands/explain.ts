import { Command } from 'commander';
import { nearest } from '../../contract/nearest.ts';
import type { Control } from '../../core/judge/control.ts';
import { controlNamed, meaningsOf } from '../../core/judge/controls/catalogue/find-control.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { explanation } from '../../core/report/terminal/explain.ts';
import { japaneseExplanation } from '../../core/report/terminal/explain-japanese.ts';
import { explainedWords, wordExplained } from '../../core/report/terminal/explain-word.ts';
import { benchmarkNamed } from '../../wiring/settings.ts';
import { choice, helpEnd, plainCodes, withOptions } from '../options.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';

interface Flags {
  readonly benchmark?: string;
  readonly output?: string;
  readonly lang: 'en' | 'ja';
}

export function explainCommand(terminal: Terminal): Command {
  const command = new Command('explain')
    .summary('explain one control, or a word such as access or unknown')
    .description(
      'Explains a control: what is checked and why, how each source shows it, and how to fix it on each kind of node. Explains the words of the reports, too.',
    )
    .argument(
      '<CONTROL>',
      `its slug, its number in a version of the benchmark (each meaning is shown), or a word of the reports: ${explainedWords.join(', ')}`,
    )
    .addOption(choice('--lang <language>', 'the language of the explanation', ['en', 'ja']).default('en'));
  withOptions(command, terminal.env, ['benchmark', 'output']);
  return helpEnd(command, plainCodes, [
    'explain 3.2.3',
    'explain kubelet-client-ca-file',
    'explain access',
    'explain 3.2.3 --lang ja',
  ]).action(async (word: string, { output, lang, ...flags }: Flags) => {
    const benchmark = benchmarkNamed(flags.benchmark);
    const style = tableStyle(terminal, output);
    const meanings = [...meaningsOf(word, benchmark)];
    const meant = nearest(word, explainedWords);
    const known = wordExplained(word, { ...style, lang });
    if (known === undefined && meant !== undefined && meanings.length === 0)
      throw new UsageError(`no control or word '${word}'; did you mean ${meant}?`);
    const ofControl = lang === 'ja' ? japaneseExplanation : explanation;
    const explained = (control: Control) => ofControl(control, { benchmark, ...style });
    const both = meanings.map(([control, version]) => `${word} (${version}):\n${explained(control)}`);
    const text = known ?? (both.length > 1 ? both.join('\n') : explained(controlNamed(word, benchmark)));

    await writeReport(text, output, terminal);
  });
}
