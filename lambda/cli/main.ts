import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { hasCode } from '../contract/problem-codes.ts';
import { OperatorError, UsageError } from '../core/model/operator-error.ts';
import { errorText, printable } from '../core/model/text/words.ts';
import { checkCall, checkOwnVariables } from './check-call.ts';
import { exitCode } from './interrupt.ts';
import { auditCodes, helpEnd, helpWidth, withVerbosity } from './options.ts';
import { debugVariable, type Terminal, verbosityOf } from './terminal.ts';

type OnExitCode = (outcome: number) => void;
type LoadCommand = (terminal: Terminal, done: OnExitCode) => Promise<Command>;

/** Each command's module is loaded when it is called: the others would take longer to load than it takes to run. In the order of the help. */
const commands: Readonly<Record<string, LoadCommand>> = {
  audit: async (terminal, done) => (await import('./commands/audit.ts')).auditCommand(terminal, done),
  doctor: async (terminal, done) => (await import('./commands/doctor.ts')).doctorCommand(terminal, done),
  evaluate: async (terminal, done) => (await import('./commands/evaluate.ts')).evaluateCommand(terminal, done),
  report: async (terminal, done) => (await import('./commands/report.ts')).reportCommand(terminal, done),
  history: async (terminal) => (await import('./commands/history.ts')).historyCommand(terminal),
  verify: async (terminal, done) => (await import('./commands/verify.ts')).verifyCommand(terminal, done),
  controls: async (terminal) => (await import('./commands/controls.ts')).controlsCommand(terminal),
  explain: async (terminal) => (await import('./commands/explain.ts')).explainCommand(terminal),
  grant: async (terminal, done) => (await import('./commands/grant.ts')).grantCommand(terminal, done),
  holders: async (terminal, done) => (await import('./commands/holders.ts')).holdersCommand(terminal, done),
  withdraw: async (terminal, done) => (await import('./commands/withdraw.ts')).withdrawCommand(terminal, done),
  remediate: async (terminal, done) => (await import('./commands/remediate.ts')).remediateCommand(terminal, done),
};

/** Runs one command line and returns its exit code; prints nothing outside the given streams. */
export async function main(args: readonly string[], { stdin, stdout, stderr, env }: Terminal): Promise<number> {
  // Of this call: its -q, -v and --width are kept in it.
  const terminal: Terminal = { stdin, stdout, stderr, env };
  let code = 0;
  const done: OnExitCode = (outcome) => {
    code = outcome;
  };

  const program = new Command('eks-kubelet-audit')
    .description(
      'Proves for every node of every EKS cluster whether its kubelet authenticates and authorizes the API server and all other clients (CIS Amazon EKS Benchmark 3.2.1 to 3.2.4), and judges the benchmark’s other kubelet controls.',
    )
    .exitOverride()
    // Texts of options are wrapped in a narrow terminal, too.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help lists the options of this command)')
    .version(manifest.version)
    .hook('preAction', async (_, called) => {
      checkOwnVariables(env);
      // The words that a shell wants completed may well be empty.
      if (called.name() !== 'complete') checkCall(called);
      const { profile: named } = called.opts<{ readonly profile?: string }>();
      // Commands without --profile ask AWS nothing.
      const takesProfile = called.options.some((each) => each.attributeName() === 'profile');
      const profile = named ?? (takesProfile && !hasKeys(env) ? env['AWS_PROFILE'] : undefined);
      if (!profile) return;
      const { expectProfile } = await import('../wiring/open/caller.ts');
      await expectProfile(profile, named === undefined ? 'AWS_PROFILE' : '--profile');
    });
  helpEnd(program, auditCodes, ['doctor payments', 'audit payments', 'completion bash > ~/.eks-kubelet-audit.bash']);
  await addCommands(program, args[0] ?? '', [terminal, done]);

  // A failed write of a report is reported by openOutput. For help and messages no reader is left. Without a listener, the error would end the
  // process with 1.
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('error', () => undefined);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, terminal, args);
  }
}

/** Keys in the environment go before the profile that it names. Source: the SDK's chain of credentials. */
const hasKeys = (env: Terminal['env']): boolean => Boolean(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']);

/** The command that is called, none for `--version`. All of them with `completion`: for the help, for what completes, and to suggest what a typo may mean. */
async function addCommands(program: Command, first: string, [terminal, done]: Parameters<LoadCommand>) {
  if (first === '--version' || first === '-V') return;

  const called = Object.hasOwn(commands, first) ? commands[first] : undefined;
  for (const load of called ? [called] : Object.values(commands))
    program.addCommand(inherit(program, await load(terminal, done), terminal));
  if (called) return;

  const { addCompletion } = await import('./completion.ts');
  addCompletion(program, terminal);
}

/** Sub-commands report to the same streams and never end the process themselves. */
function inherit(program: Command, command: Command, terminal: Terminal): Command {
  command.copyInheritedSettings(program);
  for (const each of command.commands) inherit(program, each, terminal);
  return command.commands.length > 0 ? command : withVerbosity(command, terminal);
}

/** Messages quote names, files and what other systems say. */
const plain = (text: string): string => printable(text, 4_000);

const asksAws: readonly string[] = ['audit', 'remediate', 'grant', 'withdraw'];
/** Faults that have nothing to do with a permission or a cluster. */
const isOfThisMachine = hasCode(
  ...(['output-unwritable', 'file-unreadable', 'key-unusable', 'kubeconfig-unreadable', 'context-unknown'] as const),
);
const doctorNext = 'next: eks-kubelet-audit doctor (finds what would keep an audit from working; changes nothing)\n';

function explain(error: unknown, terminal: Terminal, args: readonly string[]): number {
  const { stderr } = terminal;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCode.usage;
  if (error instanceof UsageError) {
    stderr.write(`error: ${plain(error.message)}\n`);
    return exitCode.usage;
  }
  if (error instanceof OperatorError) {
    const [command = ''] = args;
    const next = asksAws.includes(command) && !isOfThisMachine(error) ? doctorNext : '';
    stderr.write(`error: ${plain(error.message)}\n${next}`);
    return exitCode.couldNotRun;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    stderr.write('interrupted\n');
    return exitCode.interrupted;
  }

  stderr.write(
    `error: a defect of the program: ${plain(errorText(error))}; please report it with the output of ${debugVariable}=1\n`,
  );
  if (verbosityOf(terminal) === 'verbose' && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  return exitCode.couldNotRun;
}
