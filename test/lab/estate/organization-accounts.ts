import { type EstateCluster, type EstateNode, estateNode } from './estate-node.ts';

/** How an account of the lab's organization differs from an ordinary one. */
export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
  readonly unit?: string;
  readonly state?: 'SUSPENDED';
  /** No StackSet and no own stack reached it. */
  readonly withoutRole?: true;
  readonly securityHubOff?: readonly string[];
  /** By a service control policy. */
  readonly deniedRegions?: readonly string[];
  readonly enabledRegions?: readonly string[];
  /** eks:ListClusters answers `Rate exceeded` there, always. */
  readonly throttledRegions?: readonly string[];
  readonly clusters?: Readonly<Record<string, readonly EstateCluster[]>>;
}

export const organizationRegions = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const;

export const units = [
  { id: 'ou-lab0-workload1', name: 'workloads' },
  { id: 'ou-lab0-payments1', name: 'payments', parentId: 'ou-lab0-workload1' },
  { id: 'ou-lab0-sandboxes', name: 'sandboxes' },
] as const;
const [workloads, payments, sandboxes] = units;

const node = (name: string, recording: string, more: Partial<EstateNode> = { ssm: 'absent' }): EstateNode =>
  estateNode(`${name}.internal`, recording, 'workers', more);
const passing = (name: string): EstateNode => node(name, 'al2023-shape');
const cluster = (name: string, ...nodes: readonly EstateNode[]): EstateCluster => ({ name, nodes });
const open = 'ca-set-but-anonymous-always-allow-read-only-port';

export const accounts = {
  hub: {
    id: '111122223333',
    name: 'security',
    clusters: { 'eu-west-1': [cluster('tools', passing('tools-1'))] },
  },
  management: {
    id: '222200000001',
    name: 'management',
    clusters: {
      'eu-west-1': [cluster('billing', passing('billing-1'), node('billing-2', 'no-ca-anonymous-off', {}))],
    },
  },
  withoutRole: {
    id: '222200000002',
    name: 'newcomer',
    withoutRole: true,
    unit: sandboxes.id,
    clusters: { 'eu-west-1': [cluster('hidden', passing('hidden-1'))] },
  },
  hubOff: {
    id: '222200000003',
    name: 'legacy',
    unit: workloads.id,
    securityHubOff: ['eu-west-1'],
    clusters: { 'eu-west-1': [cluster('quiet', node('quiet-1', 'no-ca-anonymous-on-always-allow'))] },
  },
  suspended: { id: '222200000004', name: 'closing', unit: sandboxes.id, state: 'SUSPENDED' },
  fenced: {
    id: '222200000005',
    name: 'sovereign',
    unit: workloads.id,
    deniedRegions: ['us-east-1'],
    clusters: {
      'eu-central-1': [cluster('inside', passing('inside-1'))],
      'us-east-1': [cluster('beyond', passing('beyond-1'))],
    },
  },
  throttled: {
    id: '222200000006',
    name: 'crowded',
    unit: workloads.id,
    throttledRegions: ['eu-central-1'],
    clusters: { 'eu-west-1': [cluster('busy', passing('busy-1'))] },
  },
  /** Its Region's last cluster is deleted by a test, once its findings are there. */
  emptied: {
    id: '222200000007',
    name: 'retired',
    unit: sandboxes.id,
    clusters: { 'eu-central-1': [cluster('former', passing('former-1'))] },
  },
  orders: {
    id: '222200000008',
    name: 'orders',
    unit: payments.id,
    clusters: {
      'eu-west-1': [
        cluster('orders', passing('orders-1'), passing('orders-2')),
        cluster('orders-test', node('orders-test-1', 'flag-sets-ca')),
      ],
      'us-east-1': [cluster('orders', passing('orders-us-1'))],
    },
  },
  ledger: {
    id: '222200000009',
    name: 'ledger',
    unit: payments.id,
    clusters: {
      'eu-central-1': [
        cluster('ledger', node('ledger-1', 'no-ca-anonymous-off', { group: 'old' }), passing('ledger-2')),
      ],
    },
  },
  search: {
    id: '222200000010',
    name: 'search',
    unit: workloads.id,
    clusters: {
      'eu-west-1': [cluster('search', passing('search-1'))],
      'eu-central-1': [cluster('search', passing('search-eu-1'))],
      'us-east-1': [cluster('search', node('search-us-1', 'drop-in-sets-ca'))],
    },
  },
  media: {
    id: '222200000011',
    name: 'media',
    unit: workloads.id,
    clusters: { 'us-east-1': [cluster('media', node('media-1', open))] },
  },
  data: {
    id: '222200000012',
    name: 'data',
    unit: workloads.id,
    enabledRegions: ['eu-west-1'],
    clusters: { 'eu-west-1': [cluster('lake', passing('lake-1'))] },
  },
  idle: { id: '222200000013', name: 'idle', unit: sandboxes.id },
} as const satisfies Readonly<Record<string, OrganizationAccount>>;
