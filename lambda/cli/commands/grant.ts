import { Command } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { grantPlanReport, grantReport } from '../../core/reports/terminal/grant.ts';
import { applyGrant, planGrant } from '../../flow/grant.ts';
import { type GrantSettings, grantSettingsFrom } from '../../wiring/grant-settings.ts';
import { exitCode } from '../exit-code.ts';
import { defaultRegion, helpEnd, plainCodes } from '../options.ts';
import { writeReport } from '../report-output.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly region?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly sources?: string;
  readonly apply?: boolean;
  readonly revokeOther?: boolean;
}

/** Shows, or with `--apply` gives, what lets the audit's role read kubelets through one cluster's API server. */
export function grantCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('grant')
    .summary('let the audit read one cluster’s kubelets: print the access entry and the RBAC objects, or apply them')
    .description(
      'Prints, as a shell script, the access entry and the ClusterRole that let the audit’s role read the kubelets of CLUSTER, a name or an ARN: through its API server (nodes/proxy), or on their own port (nodes/configz). Works with your own AWS credentials; the role gets no right to do this.',
    )
    .argument('<CLUSTER>', 'the cluster, by name or ARN')
    .option('--region <region>', 'Region of the cluster (default AWS_REGION, or that of the ARN)')
    .option('--profile <profile>', 'AWS profile')
    .option('--role-arn <arn>', `the role to let in (default ${memberRoleName} of the cluster’s account)`)
    .option(
      '--sources <sources>',
      'the sources of the audit that is granted: with direct the narrow right nodes/configz, else with configz nodes/proxy (default configz,ssm)',
    )
    .option('--revoke-other', 'with --apply: take the binding of the other way away')
    .option(
      '--apply',
      'do what is missing; asks nothing. Never edits aws-auth: a cluster in mode CONFIG_MAP gets the text only',
    )
    .addHelpText('after', helpEnd(plainCodes, ['grant payments', 'grant payments --apply']))
    .action(async (cluster: string, flags: Flags) => {
      const region = await defaultRegion(terminal.env, flags.profile);
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

    if (!apply || !plan.entry) await writeReport(grantPlanReport(plan, settings), undefined, terminal);
    if (!apply) return 0;

    const steps = await applyGrant(ports, plan, { revokeOther, signal });
    await writeReport(grantReport(plan, steps, settings), undefined, terminal);
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
