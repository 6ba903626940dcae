import { Command } from 'commander';
import { UsageError } from '../../core/model/operator-error.ts';
import { verifiedText } from '../../core/report/terminal/verified.ts';
import { verifyFiles } from '../../flow/verify/verify-files.ts';
import { keptFolder, publicKeyOf } from '../../wiring/files.ts';
import { formatOption, helpEnd, outputOption } from '../options.ts';
import { writeReport } from '../report-output.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly key: string;
  readonly head?: string;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

/** What the command ends with; what could not be checked ends with 3 as elsewhere. */
const outcomes = { intact: 0, faulty: 1 } as const;

const codes = `Exit codes: 0 intact, 1 changed, missing, extra or unsigned, 3 could not check,
64 wrong usage.`;

/** Verifies a folder of evidence with a public key. It reads that folder and the key, and uses no network. */
export function verifyCommand(terminal: Terminal, done: (outcome: number) => void): Command {
  return new Command('verify')
    .summary('verify a signed folder of evidence')
    .description(
      'Verifies what audit --keep-evidence --sign left: each file against SHA256SUMS, files that are in no line of it, SHA256SUMS against the signed statement, and the statement against the public key. It uses no network.',
    )
    .argument('<FOLDER>', 'the folder of evidence')
    .requiredOption('--key <file>', 'public key in PEM (ECDSA, P-256); - for standard input')
    .option(
      '--head <sha256>',
      'the SHA-256 that the statement must have, from a place that the owner of the folder does not write',
    )
    .addOption(formatOption(['table', 'json']))
    .addOption(outputOption())
    .addHelpText('after', helpEnd(codes, ['verify evidence --key pub.pem']))
    .action(async (folder: string, { key, head, format, output }: Flags) => {
      if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
        throw new UsageError(`--head '${head}' is no SHA-256; give 64 hexadecimal digits in lower case`);

      const publicKey = await publicKeyOf(key, terminal.stdin);
      const verified = await verifyFiles(keptFolder(folder), { publicKey, ...(head !== undefined && { head }) });
      const text = format === 'json' ? `${JSON.stringify(verified, undefined, 2)}\n` : verifiedText(verified);
      await writeReport(text, output, terminal);
      done(verified.faults.length === 0 ? outcomes.intact : outcomes.faulty);
    });
}
