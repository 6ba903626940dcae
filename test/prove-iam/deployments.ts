import { controls } from '../../lambda/core/judge/controls/index.ts';
import { labRootId } from '../lab/aws/organizations/organizations.ts';

/** The product, deployed with settings that make policies differ from those of the others. */
export interface Deployment {
  /** As `docs/permissions.md` names it. */
  readonly name: string;
  /** Its hub's account; each deployment has its own, so that no role is of two. */
  readonly hub: string;
  /** As a person writes them into deployment.yaml. */
  readonly settings: object;
  /** Accounts with the member stack, the hub's among them. */
  readonly members: readonly string[];
  /** What the StackSet, or a person, gives the member stack. */
  readonly memberParameters: Readonly<Record<string, string>>;
  /** One of each kind of people that may approve a remedy; nobody where remediation is off. */
  readonly approvers: readonly string[];
}

export const region = 'eu-west-1';
export const secondRegion = 'us-east-1';

export const organization = {
  id: 'o-lab0000000',
  management: '444400000000',
  unit: 'ou-lab0-workload1',
  inUnit: '444400000002',
  excluded: '444400000003',
} as const;

const hubs = { own: '111122223333', listed: '333300000001', organization: '444400000001' } as const;

/** A role of the hub's account that people at a terminal have. */
export const operatorRole = `arn:aws:iam::${hubs.organization}:role/KubeletAuditOperator`;

/** A key of a second account that signs the runs of the organization's hub. */
export const signingKey = {
  accountId: '444400000005',
  region,
  id: '01234567-89ab-cdef-0123-456789abcdef',
} as const;

const oncall = (account: string): string => `arn:aws:iam::${account}:role/Oncall`;
const platform = (where: string, suffix: string): string =>
  `arn:aws:iam::${hubs.organization}:role/aws-reserved/sso.amazonaws.com/${where}/AWSReservedSSO_Platform_${suffix}`;

export const own: Deployment = {
  name: 'own account',
  hub: hubs.own,
  settings: {},
  members: [hubs.own],
  memberParameters: {},
  approvers: [],
};

export const listed: Deployment = {
  name: 'listed accounts',
  hub: hubs.listed,
  settings: {
    accounts: [hubs.listed, '333300000002'],
    regions: [region],
    sources: ['ssm'],
    sign: true,
    remediation: { approvers: [oncall(hubs.listed)] },
  },
  members: [hubs.listed, '333300000002'],
  memberParameters: { HubAccountId: hubs.listed },
  approvers: [oncall(hubs.listed)],
};

export const wholeOrganization: Deployment = {
  name: 'organization',
  hub: hubs.organization,
  settings: {
    organization: { id: organization.id, units: [labRootId], exclude: [organization.excluded] },
    regions: [region, secondRegion],
    homeRegion: region,
    operatorRole,
    sources: ['configz', 'ssm', 'tls'],
    everySource: true,
    // The only one that looks between two runs.
    sweep: '15m',
    // The only one that reads launch templates.
    nextNode: true,
    // The only one that asks who holds nodes/proxy, which is named beside the others.
    controls: controls.map(({ slug }) => slug),
    scope: 'node',
    nodeTimeout: '5m',
    vpc: { subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'] },
    securityHub: { resolvePassed: true },
    signingKey: `arn:aws:kms:${region}:${signingKey.accountId}:key/${signingKey.id}`,
    alertAddresses: ['platform@example.com'],
    remediation: {
      approvers: [platform('*', '?'.repeat(16)), oncall(hubs.organization)],
      addresses: ['platform@example.com'],
      automatedSecurityResponse: true,
    },
  },
  // A StackSet never reaches the management account, which takes the member stack on its own.
  members: [hubs.organization, organization.inUnit, organization.management],
  memberParameters: {
    HubAccountId: hubs.organization,
    OrganizationId: organization.id,
    OperatorRole: operatorRole,
    RoleRegion: region,
  },
  approvers: [platform(region, '0123456789abcdef'), oncall(hubs.organization)],
};

/** Between them they have every policy that any settings give. */
export const deployments: readonly Deployment[] = [own, listed, wholeOrganization];

/** The template of a deployment's remediation, as a permission's id names it. */
export const remediationTemplate = (deployment: string): string => `remediation: ${deployment}`;
