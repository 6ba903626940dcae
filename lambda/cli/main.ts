import { Command, CommanderError } from 'commander';
import { OperatorError, UsageError } from '../core/operator-error.ts';
import { auditCommand } from './audit.ts';
import { controlsCommand } from './controls.ts';
import { evaluateCommand } from './evaluate.ts';
import { explainCommand } from './explain.ts';
import type { Terminal } from './terminal.ts';

/** Exit codes of every command. 0, 1 and 2 are outcomes of an audit: see core/outcome.ts. */
const exit = { couldNotRun: 3, usage: 64, interrupted: 130 } as const;

/** Runs one command line and returns its exit code; prints nothing outside the given streams. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const done = (outcome: number) => {
    code = outcome;
  };

  const program = new Command('eks-kubelet-audit')
    .description(
      'Proves for every node of every EKS cluster whether its kubelet accepts only certificate-authenticated clients (CIS Amazon EKS Benchmark 3.2.3), and the benchmark’s other kubelet controls.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError('(add --help for what this command takes)')
    .addHelpText('after', exitCodes);
  for (const command of [
    auditCommand(terminal, done),
    evaluateCommand(terminal, done),
    controlsCommand(terminal),
    explainCommand(terminal),
  ])
    program.addCommand(inherit(program, command));

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

function explain(error: unknown, { stderr, env }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exit.usage;
  if (error instanceof UsageError) {
    stderr.write(`error: ${error.message}\n`);
    return exit.usage;
  }
  if (error instanceof OperatorError) {
    stderr.write(`error: ${error.message}\n`);
    return exit.couldNotRun;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    stderr.write('interrupted\n');
    return exit.interrupted;
  }

  // Whoever read the report has read enough (`| head`).
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;

  stderr.write(
    `error: a defect of the program: ${error instanceof Error ? error.message : String(error)}; please report it with the output of EKS_KUBELET_AUDIT_DEBUG=1\n`,
  );
  if (env['EKS_KUBELET_AUDIT_DEBUG'] && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  return exit.couldNotRun;
}

const exitCodes = `
Exit codes: 0 all passed, 1 a control failed, 2 incomplete (unknown or warned, nothing failed), 3 could not run, 64 wrong usage, 130 interrupted.`;
