import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { OperatorError, UsageError } from '../core/operator-error.ts';
import { errorText } from '../core/text/error-text.ts';
import { printable } from '../core/text/printable.ts';
import { auditCommand } from './commands/audit.ts';
import { controlsCommand } from './commands/controls.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { explainCommand } from './commands/explain.ts';
import { grantCommand } from './commands/grant.ts';
import { historyCommand } from './commands/history.ts';
import { remediateCommand } from './commands/remediate.ts';
import { reportCommand } from './commands/report.ts';
import { exitCode } from './exit-code.ts';
import { auditCodes, helpEnd } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and returns its exit code; prints nothing outside the given streams. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const done = (outcome: number) => {
    code = outcome;
  };

  const program = new Command('eks-kubelet-audit')
    .description(
      'Proves for every node of every EKS cluster whether its kubelet authenticates and authorizes the API server and all other clients (CIS Amazon EKS Benchmark 3.2.1 to 3.2.4), and judges the benchmark’s other kubelet controls.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError('(add --help for what this command takes)')
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'audit payments',
        'doctor payments',
        'completion bash > ~/.local/share/bash-completion/completions/eks-kubelet-audit',
      ]),
    )
    .version(manifest.version);
  for (const command of [
    auditCommand(terminal, done),
    doctorCommand(terminal, done),
    evaluateCommand(terminal, done),
    reportCommand(terminal, done),
    historyCommand(terminal),
    controlsCommand(terminal),
    explainCommand(terminal),
    grantCommand(terminal, done),
    remediateCommand(terminal, done),
  ])
    program.addCommand(inherit(program, command));
  tab(program, { completionCommandName: 'completion' });

  // What a report cannot write it tells itself (openOutput); of help and messages there is nobody left to tell. Unheard, it would end the process with 1.
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('error', () => undefined);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, terminal);
  }
}

/** Sub-commands report to the same streams and never end the process themselves. */
function inherit(program: Command, command: Command): Command {
  command.copyInheritedSettings(program);
  for (const each of command.commands) inherit(program, each);
  return command;
}

/** Messages quote names, files and what other systems say. */
const plain = (text: string): string => printable(text, 4_000);

function explain(error: unknown, { stderr, env }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCode.usage;
  if (error instanceof UsageError) {
    stderr.write(`error: ${plain(error.message)}\n`);
    return exitCode.usage;
  }
  if (error instanceof OperatorError) {
    stderr.write(`error: ${plain(error.message)}\n`);
    return exitCode.couldNotRun;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    stderr.write('interrupted\n');
    return exitCode.interrupted;
  }

  stderr.write(
    `error: a defect of the program: ${plain(errorText(error))}; please report it with the output of EKS_KUBELET_AUDIT_DEBUG=1\n`,
  );
  if (env['EKS_KUBELET_AUDIT_DEBUG'] && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  return exitCode.couldNotRun;
}
