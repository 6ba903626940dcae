import { Command, Option } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { grantPlanReport, grantReport } from '../../core/report/terminal/grant.ts';
import { applyGrant, planGrant } from '../../flow/grant/grant.ts';
import { type GrantSettings, grantSettingsFrom } from '../../wiring/grant-settings.ts';
import { organizationGrantSettingsFrom } from '../../wiring/organization-grant-settings.ts';
import { exitCode } from '../exit-code.ts';
import { defaultRegion, helpEnd, plainCodes, several } from '../options.ts';
import { writeReport } from '../report-output.ts';
import { settingOption } from '../setting-option.ts';
import { screenWidth, type Terminal } from '../terminal.ts';
import { grantOrganization } from './grant-organization.ts';

interface Flags {
  readonly organization?: boolean;
  readonly account?: readonly string[];
  readonly memberRole?: string;
  readonly through?: string;
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleArn?: string;
  readonly sources?: string;
  readonly controls?: string;
  readonly nextNode?: boolean;
  readonly apply?: boolean;
  readonly revokeOther?: boolean;
}

/** Shows, or with `--apply` gives, what lets the audit's role read kubelets: of one cluster, or of every cluster of many accounts. */
export function grantCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('grant')
    .summary(
      'let the audit read kubelets of one cluster, or of all: print the access entry and the RBAC objects, or apply them',
    )
    .description(
      'Prints, as a shell script, the access entry and the ClusterRole that let the audit’s role read the kubelets of CLUSTER, a name or an ARN: through its API server (nodes/proxy), or on their own port (nodes/configz). Works with your own AWS credentials; the role gets no right to do this. With --organization or --account: one plan for every cluster of every account.',
    )
    .argument('[CLUSTER]', 'the cluster, by name or ARN')
    .option(
      '--organization',
      'every cluster of every active account of the AWS organization (needs credentials of the management account or of a delegated administrator)',
    )
    .addOption(
      new Option(
        '--account <id>',
        'every cluster of this account (repeatable); AWS Organizations is not asked',
      ).argParser(several),
    )
    .option(
      '--through <role>',
      'with --organization or --account: the role of yours, by its name in each account, that looks and changes (default: the audit’s own looks)',
    )
    .addOption(
      new Option(
        '--region <region>',
        'Region of the cluster (default AWS_REGION, or that of the ARN); with --organization or --account repeatable, every enabled Region by default',
      ).argParser(several),
    )
    .option('--profile <profile>', 'AWS profile')
    .option('--role-arn <arn>', `the role to let in (default ${memberRoleName} of the cluster’s account)`)
    .option('--member-role <name>', 'with --organization or --account: the role to let in, by its name in each account')
    .addOption(
      settingOption(
        {},
        'sources',
        'the sources of the audit that is granted: with direct the narrow right nodes/configz, else with configz nodes/proxy',
      ),
    )
    .addOption(
      settingOption(
        {},
        'controls',
        'the controls of the audit that is granted: with 4.1.10 it may also read who holds nodes/proxy (ClusterRoles, their bindings, aws-auth)',
      ),
    )
    .addOption(
      settingOption(
        {},
        'nextNode',
        'the audit that is granted has nextNode: it may also list Karpenter’s node pools and node classes, whose user data can hold secrets (not with direct)',
      ),
    )
    .option('--revoke-other', 'with --apply: take the binding of the other way away')
    .option(
      '--apply',
      'do what is missing; asks nothing. Never edits aws-auth: a cluster in mode CONFIG_MAP gets the text only',
    )
    .addHelpText(
      'after',
      helpEnd(plainCodes, [
        'grant payments',
        'grant payments --apply',
        'grant --organization --through PlatformAdmin --apply',
      ]),
    )
    .action(async (cluster: string | undefined, flags: Flags) => {
      const region = await defaultRegion(terminal.env, flags.profile);
      if (flags.organization || flags.account) {
        done(await grantOrganization(organizationGrantSettingsFrom({ ...flags, cluster, ...region }), terminal));
        return;
      }
      if (cluster === undefined)
        throw new UsageError("missing required argument 'CLUSTER'; name one, or give --organization or --account");
      if (flags.through !== undefined || flags.memberRole !== undefined)
        throw new UsageError('--through and --member-role are for many accounts; give --organization or --account too');
      const settings = grantSettingsFrom({ ...flags, cluster, ...region });
      done(await run(settings, { apply: false, revokeOther: false, ...flags }, terminal));
    });
}

async function run(
  settings: GrantSettings,
  { apply, revokeOther }: Required<Pick<Flags, 'apply' | 'revokeOther'>>,
  terminal: Terminal,
): Promise<number> {
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openGrantPorts } = await import('../../wiring/open/grant.ts');
  const ports = openGrantPorts(settings);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);

  try {
    const { signal } = interrupt;
    const plan = await planGrant(ports, { ...settings, wanted: settings.cluster, roleName: memberRoleName, signal });
    if (signal.aborted) return exitCode.interrupted;

    const shown = { profile: settings.profile, width: screenWidth(terminal) };
    if (!apply || !plan.entry) await writeReport(grantPlanReport(plan, shown), undefined, terminal);
    if (!apply) return 0;

    const steps = await applyGrant(ports, plan, { revokeOther, signal });
    await writeReport(grantReport(plan, steps, shown), undefined, terminal);
    if (signal.aborted) return exitCode.interrupted;
    if (steps.some(({ outcome }) => outcome.status === 'failed'))
      throw new OperatorError(
        'not-granted',
        `cluster '${plan.target.arn.name}' is not wholly granted; fix what failed and give the same command again: what is done stays`,
      );
    return 0;
  } finally {
    ports.close();
    process.off('SIGINT', stop);
  }
}
