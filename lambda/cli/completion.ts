import completion, { type Command as Completed, RootCommand } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import { type Command, Option } from 'commander';
import { settingsTable, terminalSettings } from '../contract/settings-table.ts';
import { defaultBenchmark, severities } from '../core/judge/control.ts';
import { meaningsOf } from '../core/judge/controls/catalogue/find-control.ts';
import { controls } from '../core/judge/controls/index.ts';
import { verdictStatuses } from '../core/model/statuses.ts';
import { explainedWords } from '../core/report/terminal/explain-word.ts';
import { helpEnd, plainCodes } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Slugs, and the numbers that mean one control in every cluster: others are refused without --benchmark. */
const saysOf = new Map([
  ...controls.map(({ slug, title }) => [slug, title] as const),
  ...controls.flatMap(({ numbers, title }) => {
    const number = numbers[defaultBenchmark]?.number;
    return number === undefined || meaningsOf(number, 'auto').size > 1 ? [] : [[number, title] as const];
  }),
]);
const controlWords = [...saysOf.keys()];

/** By name of the option, the words that its parser takes. */
const wordsOfOptions: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    terminalSettings.flatMap((name) => {
      const { flag, words }: { readonly flag: string; readonly words?: readonly string[] } = settingsTable[name];
      return words ? [[new Option(flag).name(), words]] : [];
    }),
  ),
  controls: controlWords,
  only: verdictStatuses,
  severity: severities,
};

/** `completion SHELL` prints the script for that shell; the hidden `complete` answers the script. */
export function addCompletion(program: Command, { stdout }: Pick<Terminal, 'stdout'>): void {
  tab(program, { completionCommandName: 'completion' });
  const command = commandAt(program, 'completion');
  for (const argument of command?.registeredArguments ?? []) argument.description = 'whose script';
  command
    ?.summary('print the shell completion script')
    .description('Prints the script by which a shell completes commands, options and their values.')
    .action((shell: string) => {
      const own = shell === 'bash' ? bashScript : undefined;
      stdout.write(own ?? printedBy(() => completion.setup(program.name(), program.name(), shell)).join(''));
    });
  if (command)
    helpEnd(command, plainCodes, ['completion bash > ~/.eks-kubelet-audit.bash', 'completion fish | source']);
  // The library has the shell never complete names of files. They are wanted where it knows no word: `:0` instead of `:4`.
  completion.parse = (words) => {
    const lines = printedBy(() => RootCommand.prototype.parse.call(completion, words));
    stdout.write(lines.length > 1 ? lines.join('') : ':0\n');
  };

  for (const [path, completed] of completion.commands) {
    completed.description = commandAt(program, path)?.summary() ?? completed.description;
    addWords(completed);
  }
}

/** The lines of the library, which prints with `console.log` only. */
function printedBy(print: () => void): readonly string[] {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(`${line}\n`);
  try {
    print();
  } finally {
    console.log = log;
  }
  return lines;
}

/** By its path, such as `evaluate node`. */
const commandAt = (program: Command, path: string): Command | undefined =>
  path.split(' ').reduce<Command | undefined>((at, name) => at?.commands.find((each) => each.name() === name), program);

function addWords({ options, arguments: given }: Completed): void {
  for (const [name, option] of options) {
    const words = wordsOfOptions[name];
    if (words) option.handler = offering(words);
  }
  const control = given.get('CONTROL');
  if (control) control.handler = offering([...controlWords, ...explainedWords]);
}

const offering =
  (words: readonly string[]) =>
  (complete: (word: string, says: string) => void): void => {
    for (const word of words) complete(word, saysOf.get(word) ?? '');
  };

/** The library's own needs the package bash-completion, completes no file, and complains when it is read twice. */
const bashScript = `# bash completion for eks-kubelet-audit
_eks_kubelet_audit() {
    local word words=() answer value
    # Bash makes words of --name=value: --name, =, value.
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
        [[ $word == = ]] || words+=("$word")
    done
    [[ $word != = ]] || words+=('')
    answer=$(eks-kubelet-audit complete -- "\${words[@]}" 2>/dev/null)
    COMPREPLY=()
    while IFS=$'\\t' read -r value _; do
        [[ $value == :* ]] || COMPREPLY+=("$value")
    done <<<"$answer"
    # :0 at its end lets bash complete names of files.
    [[ $answer == *:0 ]] || compopt +o default
}
complete -o default -F _eks_kubelet_audit eks-kubelet-audit
`;
