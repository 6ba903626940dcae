import { Command } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { type ClusterGranted, hasFailed, isToApply } from '../../core/fix/grant/grant-plan.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { grantPlanReport, grantReport } from '../../core/report/terminal/grant.ts';
import {
  clusterGrantedLine,
  organizationGrantedReport,
  organizationPlanReport,
} from '../../core/report/terminal/grant-organization.ts';
import { clusterCalled } from '../../flow/audit/audit-cluster.ts';
import { applyGrant, planFor } from '../../flow/grant/grant.ts';
import { applyOrganization, planOrganization } from '../../flow/grant/grant-organization.ts';
import {
  type GrantSettings,
  grantSettingsFrom,
  type OrganizationGrantSettings,
  organizationGrantSettingsFrom,
  type RawGrant,
} from '../../wiring/grant-settings.ts';
import { throwIfLeft, untilInterrupted } from '../interrupt.ts';
import { defaultRegion, helpEnd, plainCodes, withOptions } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { openOutput, writeReport } from '../report-output.ts';
import { screenWidth, type Terminal, tableStyle, terminalLog } from '../terminal.ts';

export function grantCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('grant')
    .summary(
      'let the audit read kubelets of one cluster, or of all: print the access entry and the RBAC objects, or apply them',
    )
    .description(
      'Prints, as a shell script, the access entry and the ClusterRole that let the audit’s role read the kubelets of CLUSTER, a name or an ARN: through its API server (nodes/proxy), or on their own port (nodes/configz). Works with your own AWS credentials; the role gets no right to do this. With --organization or --account: one plan for every cluster of every account.',
    )
    .argument('[CLUSTER]', 'the cluster, by name or ARN')
    .option('--role-arn <arn>', `the role to let in (default ${memberRoleName} of the cluster’s account)`)
    .option(
      '--through <role>',
      'with --organization or --account: name of your own role to assume in each account; without it the audit’s own role reads, and nothing can be applied',
    )
    .option('--revoke-other', 'with --apply: remove the binding of the other source')
    .option(
      '--apply',
      'create the missing parts, without asking. Never edits aws-auth: for a cluster in mode CONFIG_MAP it prints the text only',
    );
  withOptions(command, {}, [
    [
      'organization',
      'every cluster of every active account of the AWS organization (needs credentials of the management account or of a delegated administrator)',
    ],
    ['account', 'every cluster of this account (repeatable); AWS Organizations is not asked'],
    ['memberRole', 'with --organization or --account: the role to let in, by its name in each account'],
    [
      'region',
      'Region of the cluster (default AWS_REGION, or that of the ARN); with --organization or --account repeatable, every enabled Region by default',
    ],
    'profile',
    [
      'sources',
      'the sources of the audit that is granted: with direct the narrow right nodes/configz, otherwise with configz nodes/proxy',
    ],
    [
      'controls',
      'the controls of the audit that is granted: with 4.1.10 it may also read who holds nodes/proxy (ClusterRoles, their bindings, aws-auth)',
    ],
    [
      'nextNode',
      'the audit that is granted has nextNode: it may also list Karpenter’s node pools and node classes, whose user data can hold secrets (not with direct)',
    ],
  ]);
  return helpEnd(command, plainCodes, [
    'grant payments',
    'grant payments --apply',
    'grant --organization --through PlatformAdmin --apply',
  ]).action(async (cluster: string | undefined, flags: RawGrant) => {
    const raw = { ...flags, cluster, ...(await defaultRegion(terminal.env, flags.profile)) };
    const isOfMany = flags.organization || flags.account;
    done(
      await untilInterrupted(
        isOfMany
          ? (signal) => grantOrganization(organizationGrantSettingsFrom(raw), { terminal, signal })
          : (signal) => grantCluster(grantSettingsFrom(raw), { terminal, signal }),
      ),
    );
  });
}

interface RunOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function grantCluster(settings: GrantSettings, { terminal, signal }: RunOptions): Promise<number> {
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openGrantPorts } = await import('../../wiring/open/grant.ts');
  const ports = openGrantPorts(settings);
  const { apply } = settings;
  try {
    const cluster = await clusterCalled(ports, settings.cluster);
    const plan = await planFor(ports, cluster, { ...settings, roleName: memberRoleName, signal });
    const shown = { profile: settings.profile, width: screenWidth(terminal) };
    if (!apply || !plan.entry) await writeReport(grantPlanReport(plan, shown), undefined, terminal);
    if (!apply || signal.aborted) return 0;

    const steps = await applyGrant(ports, plan, { ...settings, signal });
    await writeReport(grantReport(plan, steps, shown), undefined, terminal);
    if (!signal.aborted && hasFailed({ plan, steps }))
      throw new OperatorError(
        'not-granted',
        `cluster '${plan.target.arn.name}' was only partly granted; fix what failed and run the command again: finished steps are kept`,
      );
    return 0;
  } finally {
    ports.close();
  }
}

/** Prints one plan for every cluster of every account, and with `--apply` applies it, one line per cluster. */
async function grantOrganization(
  settings: OrganizationGrantSettings,
  { terminal, signal }: RunOptions,
): Promise<number> {
  const { openOrganizationGrantPorts } = await import('../../wiring/open/grant.ts');
  const progress = terminalProgress(terminal);
  const ports = openOrganizationGrantPorts(settings, { log: terminalLog(terminal), progress });
  const out = await openOutput(undefined, terminal);
  try {
    const { regions } = settings.accessPath;
    const found = await planOrganization(ports, { ...settings, regions, roleArn: undefined, signal });
    progress.stop();
    await out.write(organizationPlanReport(found, { ...settings, ...tableStyle(terminal) }));
    if (!settings.apply) return 0;

    const toApply = found.plans.filter((plan) => isToApply(plan, settings));
    const done: ClusterGranted[] = [];
    if (toApply.length > 0) await out.write('\n');
    for await (const granted of applyOrganization(ports, toApply, { ...settings, signal })) {
      done.push(granted);
      await out.write(clusterGrantedLine(granted));
    }
    await out.write(`\n${organizationGrantedReport(found, done, settings)}`);
    // Steps to do by hand are in the plan and are no failure: only aws-auth shows whether they were done.
    if (!signal.aborted) throwIfLeft('not-granted', { cluster: done.filter(hasFailed).length, gap: found.gaps.length });
    return 0;
  } finally {
    progress.stop();
    await out.close();
    ports.close();
  }
}
