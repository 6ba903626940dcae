import { Command } from 'commander';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { printable } from '../../core/model/text/words.ts';
import { withdrawnLine, withdrawPlanReport } from '../../core/report/terminal/withdraw.ts';
import type { WithdrawPorts } from '../../flow/withdraw/ports.ts';
import { applyWithdrawal, planWithdrawal } from '../../flow/withdraw/withdraw-findings.ts';
import type { AwsAccessPath } from '../../wiring/access-path.ts';
import { partitionOfRegion } from '../../wiring/partition-of-region.ts';
import { type RawSettings, type Settings, settingsFrom } from '../../wiring/settings.ts';
import { throwIfLeft, untilInterrupted } from '../interrupt.ts';
import { defaultRegion, helpEnd, plainCodes, withOptions } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { openOutput } from '../report-output.ts';
import { type Terminal, tableStyle, terminalLog, typedWord } from '../terminal.ts';

type Flags = Pick<RawSettings, 'organization' | 'account' | 'memberRole' | 'region' | 'profile'> & {
  readonly confirm?: string;
};

export function withdrawCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('withdraw')
    .summary('before the audit is removed: archive its findings everywhere, and announce open failures as withdrawn')
    .description(
      'Shows how many findings of this program are active in each account and Region, and how many announced failures the hub remembers as open. Once you have typed the name of the hub’s account, it archives the findings and announces each open failure as Finding Withdrawn. Give credentials of the hub’s account and its Region; BUCKET is the hub’s.',
    )
    .argument('<s3://BUCKET>', 'the hub’s bucket, whose memory says which failures are open')
    .option('--confirm <name>', 'the name of the hub’s account, where no person can be asked');
  withOptions(command, terminal.env, [
    ...(['organization', 'account', 'memberRole', 'profile'] as const),
    ['region', 'Region to look into (repeatable; default every enabled one)'],
  ]);
  return helpEnd(command, plainCodes, [
    'withdraw s3://BUCKET',
    'withdraw s3://BUCKET --organization --region eu-west-1',
  ]).action(async (source: string, flags: Flags) => {
    const { bucketNamed } = await import('../../wiring/open/run-bucket.ts');
    const bucket = bucketNamed(source);
    const settings = settingsFrom({ ...flags, ...(await defaultRegion(terminal.env, flags.profile)) });
    const { accessPath } = settings;
    if (accessPath.by !== 'aws') throw new Error('without a kubeconfig the clusters are found by AWS');
    // An audit of the own account looks into one Region; what it left may be in any.
    const regions = flags.region?.length ? accessPath.regions : [];
    const given = { ...settings, accessPath: { ...accessPath, regions }, bucket, confirm: flags.confirm };
    done(await untilInterrupted((signal) => withdraw(given, { terminal, signal })));
  });
}

interface WithdrawSettings extends Settings {
  readonly accessPath: AwsAccessPath;
  readonly bucket: string;
  readonly confirm: string | undefined;
}

async function withdraw(
  settings: WithdrawSettings,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<number> {
  // Loaded here: the AWS clients are slow to load.
  const { caller } = await import('../../wiring/open/caller.ts');
  const { openWithdrawPorts } = await import('../../wiring/open/withdraw.ts');
  const { accessPath, bucket, confirm } = settings;
  const { homeRegion: region, regions } = accessPath;
  const who = await caller(region, accessPath.profile);
  if (!who.ok) throw new OperatorError('credentials-unusable', who.error.message);

  const { accountId } = who.value;
  const partition = partitionOfRegion(region);
  const progress = terminalProgress(terminal);
  const hub = { partition, accountId, region };
  const ports = await openWithdrawPorts(settings, { bucket, hub, log: terminalLog(terminal), progress });
  const out = await openOutput(undefined, terminal);
  try {
    const options = { regions, partition, page: ports.page, signal };
    const plan = await planWithdrawal(ports, options);
    progress.stop();
    await out.write(withdrawPlanReport(plan, tableStyle(terminal)));
    if (plan.places.length > 0) await confirmed(await nameOf(ports, accountId, signal), confirm, terminal);

    let failed = 0;
    for await (const each of applyWithdrawal(ports, plan.places, options)) {
      const { problems, published } = each;
      await out.write(withdrawnLine(each));
      if (problems.length + (published?.rejected.length ?? 0) + (published?.notSent.length ?? 0) > 0) failed += 1;
    }
    if (!signal.aborted) throwIfLeft('findings-not-taken', { 'account-Region': failed, gap: plan.gaps.length });
    return 0;
  } finally {
    progress.stop();
    await out.close();
    ports.close();
  }
}

/** The hub's account by its name, where AWS Organizations is asked for it; by its id elsewhere. */
async function nameOf({ accounts }: Pick<WithdrawPorts, 'accounts'>, accountId: string, signal: AbortSignal) {
  for await (const each of accounts.accounts(signal))
    if (each.status === 'active' && each.account.id === accountId) return each.account.name?.trim() || accountId;
  return accountId;
}

/** @throws OperatorError when a person, or --confirm, gives another word; UsageError when no person can be asked */
async function confirmed(name: string, confirm: string | undefined, terminal: Terminal): Promise<void> {
  if (confirm === undefined && !terminal.stdin.isTTY)
    throw new UsageError(`there is no terminal to ask on; give --confirm '${name}', the name of the hub's account`);

  const question = `Findings will be archived and open failures announced as withdrawn. Type the name of the hub's account (${printable(name, 100)}) to go on: `;
  const isTyped = confirm === undefined ? (await typedWord(question, name, terminal)) === 'yes' : confirm === name;
  if (!isTyped)
    throw new OperatorError('not-confirmed', `nothing was changed: that is not the name of the hub's account, ${name}`);
}
