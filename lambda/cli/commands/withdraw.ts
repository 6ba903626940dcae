import { Command, Option } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { printable } from '../../core/model/text/printable.ts';
import { withdrawnLine, withdrawPlanReport } from '../../core/report/terminal/withdraw.ts';
import type { WithdrawPorts } from '../../flow/withdraw/ports.ts';
import { applyWithdrawal, planWithdrawal, type WithdrawnPlace } from '../../flow/withdraw/withdraw-findings.ts';
import type { AwsAccessPath } from '../../wiring/access-path.ts';
import { partitionOfRegion } from '../../wiring/partition-of-region.ts';
import { type Settings, settingsFrom } from '../../wiring/settings.ts';
import { exitCode } from '../exit-code.ts';
import { terminalLog } from '../log.ts';
import { defaultRegion, helpEnd, plainCodes, several } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { openOutput } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';
import { typedWord } from '../typed-word.ts';

interface Flags {
  readonly organization?: boolean;
  readonly account?: readonly string[];
  readonly memberRole?: string;
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly confirm?: string;
}

/** Archives this program's findings everywhere and announces what was open, before the audit is removed (docs/uninstall.md). */
export function withdrawCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('withdraw')
    .summary('before the audit is removed: archive its findings everywhere, and announce open failures as withdrawn')
    .description(
      'Shows how many findings of this program are active in each account and Region, and how many announced failures the hub remembers as open. Once you have typed the name of the hub’s account, it archives the findings and announces each open failure as Finding Withdrawn. Give credentials of the hub’s account and its Region; BUCKET is the hub’s.',
    )
    .argument('<s3://BUCKET>', 'the hub’s bucket, whose memory says which failures are open')
    .option('--organization', 'every active account of the AWS organization, each through its member role')
    .addOption(new Option('--account <id>', 'this account through its member role (repeatable)').argParser(several))
    .option('--member-role <name>', `the role to assume in each account (default ${memberRoleName})`)
    .addOption(
      new Option('--region <region>', 'Region to look into (repeatable; default every enabled one)').argParser(several),
    )
    .option('--profile <profile>', 'AWS profile')
    .option('--confirm <name>', 'the name of the hub’s account, where no person can be asked')
    .addHelpText(
      'after',
      helpEnd(plainCodes, ['withdraw s3://BUCKET', 'withdraw s3://BUCKET --organization --region eu-west-1']),
    )
    .action(async (source: string, flags: Flags) => {
      const { bucketNamed } = await import('../../wiring/open/run-bucket.ts');
      const bucket = bucketNamed(source);
      const settings = settingsFrom({ ...flags, ...(await defaultRegion(terminal.env, flags.profile)) });
      const { accessPath } = settings;
      if (accessPath.by !== 'aws') throw new Error('without a kubeconfig the clusters are found by AWS');
      // An audit of the own account looks into one Region; what it left may be in any.
      const regions = flags.region?.length ? accessPath.regions : [];
      done(await run({ ...settings, accessPath: { ...accessPath, regions } }, { ...flags, bucket }, terminal));
    });
}

async function run(
  settings: Settings & { readonly accessPath: AwsAccessPath },
  { bucket, confirm }: Pick<Flags, 'confirm'> & { readonly bucket: string },
  terminal: Terminal,
): Promise<number> {
  // Loaded here: the AWS clients are slow to load.
  const { caller } = await import('../../wiring/open/caller.ts');
  const { openWithdrawPorts } = await import('../../wiring/open/withdraw.ts');
  const { accessPath } = settings;
  const who = await caller(accessPath.homeRegion, accessPath.profile);
  if (!who.ok) throw new OperatorError('credentials-unusable', who.error.message);

  const { accountId } = who.value;
  const partition = partitionOfRegion(accessPath.homeRegion);
  const progress = terminalProgress(terminal);
  const ports = await openWithdrawPorts(settings, {
    bucket,
    hub: { partition, accountId, region: accessPath.homeRegion },
    log: terminalLog(terminal),
    progress,
  });
  const out = await openOutput(undefined, terminal);
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);

  try {
    const plan = await planWithdrawal(ports, { regions: accessPath.regions, partition, signal });
    progress.stop();
    await out.write(withdrawPlanReport(plan, tableStyle(terminal)));
    if (plan.places.length > 0) await confirmed(await nameOf(ports, { accountId, signal }), { confirm, terminal });

    let failed = 0;
    const { page } = ports;
    const options = { regions: accessPath.regions, partition, page, signal };
    for await (const each of applyWithdrawal(ports, plan.places, options)) {
      await out.write(withdrawnLine(each));
      if (isLeft(each)) failed += 1;
    }
    if (signal.aborted) return exitCode.interrupted;
    throwIfLeft(failed, plan.gaps.length);
    return 0;
  } finally {
    progress.stop();
    await out.close();
    ports.close();
    process.off('SIGINT', stop);
  }
}

/** The hub's account by its name, where AWS Organizations is asked for it; by its id elsewhere. */
async function nameOf(
  { accounts }: Pick<WithdrawPorts, 'accounts'>,
  { accountId, signal }: { readonly accountId: string; readonly signal: AbortSignal },
): Promise<string> {
  for await (const each of accounts.accounts(signal))
    if (each.status === 'active' && each.account.id === accountId) return each.account.name?.trim() || accountId;
  return accountId;
}

/** @throws OperatorError when a person, or --confirm, gives another word; UsageError when no person can be asked */
async function confirmed(
  name: string,
  { confirm, terminal }: { readonly confirm: string | undefined; readonly terminal: Terminal },
): Promise<void> {
  if (confirm === undefined && !terminal.stdin.isTTY)
    throw new UsageError(`no person can be asked here; give --confirm '${name}', the name of the hub's account`);

  const question = `Findings will be archived and open failures announced as withdrawn. Type the name of the hub's account (${printable(name, 100)}) to go on: `;
  const isTyped = confirm === undefined ? (await typedWord(question, name, terminal)) === 'yes' : confirm === name;
  if (!isTyped)
    throw new OperatorError('not-confirmed', `nothing was changed: that is not the name of the hub's account, ${name}`);
}

const isLeft = ({ problems, published }: WithdrawnPlace): boolean =>
  problems.length > 0 || (published !== undefined && published.rejected.length + published.notSent.length > 0);

function throwIfLeft(failed: number, gaps: number): void {
  if (failed === 0 && gaps === 0) return;

  const what = [
    ...(failed > 0 ? [`${howMany(failed, 'account-Region')} not wholly withdrawn`] : []),
    ...(gaps > 0 ? [`${howMany(gaps, 'gap')} not looked at`] : []),
  ];
  throw new OperatorError(
    'findings-not-taken',
    `${what.join(' and ')}; fix what is named and give the same command again: what is done stays`,
  );
}
