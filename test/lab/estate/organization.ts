import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { z } from 'zod';
import { parseSettings } from '../../../infra/config/settings.ts';
import { MemberStack } from '../../../infra/stacks/member-stack.ts';
import { templateText } from '../../../infra/stacks/stack-sets.ts';
import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import { deployStack } from '../aws/cloud-formation/cloud-formation.ts';
import { labRootId } from '../aws/organizations/organizations.ts';
import { labToken } from '../exports.ts';
import type { LabKubernetesCluster } from '../kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../kubernetes/rbac.ts';
import { type Lab, type LabOptions, startLab } from '../lab.ts';
import type { NodeRoot } from '../node/node-root.ts';
import { addEstateCluster } from './estate-cluster.ts';
import { accounts, type OrganizationAccount, organizationRegions, units } from './organization-accounts.ts';

export type LabOrganization = Awaited<ReturnType<typeof startOrganization>>;

export const organizationId = 'o-lab0000000';
/** The account and Region from which everything is audited: delegated administrator of the organization. */
export const hub = { accountId: accounts.hub.id, region: 'eu-west-1' } as const;
/** The role of the platform team in every account, an administrator of every cluster; the operator's role may assume it. */
export const platformRole = 'PlatformAdmin';
export const operatorRole = `arn:aws:iam::${hub.accountId}:role/KubeletAuditOperator`;

/** The settings of a deployment that audits this organization. */
export const organizationSettings = {
  organization: { id: organizationId, units: [labRootId], exclude: [] },
  regions: [...organizationRegions],
  homeRegion: hub.region,
  operatorRole,
  // On a busy machine a kubelet may take longer than the default, and none hangs here.
  nodeTimeout: '5m',
};

interface OrganizationOptions extends LabOptions {
  /** Whether no cluster lets the audit in yet; that of account `crowded` knows callers by aws-auth only. */
  readonly ungranted?: boolean;
  /** The member stack's template; that of `organizationSettings` when absent. */
  readonly memberTemplate?: unknown;
}

/** An organization as docs/deploy.md leaves it, of accounts that are each in another way not as one would wish. */
export async function startOrganization({
  ungranted = false,
  memberTemplate: template = memberStackTemplate(),
  ...options
}: OrganizationOptions = {}) {
  const lab = await startLab(options);
  const roots: NodeRoot[] = [];
  const added: LabKubernetesCluster[] = [];
  const everyAccount: readonly OrganizationAccount[] = Object.values(accounts);

  lab.organizations.create({
    id: organizationId,
    managementAccountId: accounts.management.id,
    delegatedAdministrators: [hub.accountId],
  });
  for (const unit of units) lab.organizations.putUnit(unit);
  for (const account of everyAccount) {
    addAccount(lab, account, template);
    for (const [region, clusters] of Object.entries(account.clusters ?? {}))
      for (const cluster of clusters)
        added.push(
          await addEstateCluster(
            lab,
            {
              ...(ungranted ? administeredIn(account.id) : grantedIn(account.id)),
              ...(ungranted && account.id === accounts.throttled.id && { authenticationMode: 'CONFIG_MAP' }),
              ...cluster,
            },
            { accountId: account.id, region, roots },
          ),
        );
  }
  for (const { id } of everyAccount) lab.sts.putRole(platformRoleIn(id), { trustPolicy: trustsOperator });
  lab.sts.putRole(operatorRole, { trustPolicy: { Version: '2012-10-17', Statement: [] } });

  return {
    lab,
    id: organizationId,
    hub,
    regions: organizationRegions as readonly string[],
    /** A session of the role that people at a terminal have. */
    operator: (seconds?: number) => lab.sts.startSession(operatorRole, 'somebody', seconds),
    clusters: added,
    close: async () => {
      await lab.close();
      for (const root of roots) root[Symbol.dispose]();
    },
  };
}

/** What `grant` leaves in a cluster: an access entry of the account's member role, and the minimal rights. */
export function grantedIn(accountId: string) {
  const { accessEntries, rbac } = administeredIn(accountId);
  return {
    accessEntries: [
      { principalArn: `arn:aws:iam::${accountId}:role/${memberRoleName}`, groups: [kubernetesGroup] },
      ...accessEntries,
    ],
    rbac: { groups: { ...rbac.groups, [kubernetesGroup]: auditorRules } },
    staticTokens: { [labToken]: { name: 'lab-auditor', groups: [kubernetesGroup] } },
  };
}

const platformRoleIn = (accountId: string): string => `arn:aws:iam::${accountId}:role/${platformRole}`;

/** As EKS leaves a cluster to its creator. */
const administeredIn = (accountId: string) => ({
  accessEntries: [{ principalArn: platformRoleIn(accountId), groups: ['platform'] }],
  rbac: { groups: { platform: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] } },
});

const trustsOperator = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: operatorRole }, Action: 'sts:AssumeRole' }],
} as const;

/** The template that the StackSet carries. Whether CloudFormation would take it, `cdk synth` and its test say. */
export function memberStackTemplate(): unknown {
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8')));
  const settings = parseSettings(organizationSettings);
  const declare = (app: App) => new MemberStack(app, 'EksKubeletAuditMember', settings);
  return JSON.parse(templateText(context, declare, { validated: false }));
}

/** The member stack in one account, in every Region, with the parameters that the StackSet gives it. */
export function deployMember(lab: Lab, template: unknown, accountId: string): void {
  for (const region of organizationRegions)
    deployStack(lab, {
      template,
      accountId,
      region,
      parameters: {
        HubAccountId: hub.accountId,
        OrganizationId: organizationId,
        OperatorRole: operatorRole,
        RoleRegion: hub.region,
      },
    });
}

function addAccount(lab: Lab, account: OrganizationAccount, template: unknown): void {
  const { id, name, unit: parentId, state, securityHubOff = [], deniedRegions, throttledRegions = [] } = account;
  lab.addAccount(id);
  lab.organizations.putAccount({ id, name, ...(parentId && { parentId }), ...(state && { state }) });
  lab.ec2.setRegions(id, account.enabledRegions ?? organizationRegions);
  if (!account.withoutRole) deployMember(lab, template, id);

  for (const region of organizationRegions) if (!securityHubOff.includes(region)) lab.securityHub.enable(id, region);
  if (deniedRegions) lab.organizations.denyRegion(id, deniedRegions);
  for (const region of throttledRegions)
    lab.faults.inject('eks:ListClusters', { kind: 'throttling' }, { accountId: id, region });
}
