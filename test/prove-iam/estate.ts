import { randomBytes } from 'node:crypto';
import { Template } from 'aws-cdk-lib/assertions';
import { appAsDeployed, stacksOf } from '../infra/synthesise.ts';
import { deployStack } from '../lab/aws/cloud-formation/cloud-formation.ts';
import { autoScalingGroupOf } from '../lab/aws/eks/eks.ts';
import { grantedIn } from '../lab/estate/organization.ts';
import type { KubeletBehaviour } from '../lab/kubernetes/kubelet-behaviour.ts';
import { nodeFixture } from '../lab/kubernetes/node-fixture.ts';
import type { LabNode } from '../lab/kubernetes/node-object.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type NodeDescription, NodeRoot, recordedNode } from '../lab/node/node-root.ts';
import {
  type Deployment,
  deployments,
  listed,
  organization,
  own,
  region,
  secondRegion,
  signingKey,
  wholeOrganization,
} from './deployments.ts';
import { refuseUnseen } from './permissions.ts';
import { arnOf, type Place, type PlacedStack } from './place.ts';
import { type DeployedRemediation, deployRemediation } from './remediation-stacks.ts';

/** Accounts in which every call of the program is needed. */
export interface Estate {
  readonly lab: Lab;
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The member stack of each account and Region. */
  readonly members: readonly PlacedStack[];
  /** Of each deployment whose settings have it. */
  readonly remediations: readonly DeployedRemediation[];
  /** Adds the cluster whose one node never answers: nobody waits for it but who asks for it. */
  addSlowCluster(): Promise<void>;
  close(): Promise<void>;
}

interface Machine {
  readonly id: string;
  /** The one tag that lets IAM admit it, so that no other permission could; and what others know it by. */
  readonly tags: Readonly<Record<string, string>>;
  readonly kubelet: KubeletBehaviour;
  readonly node?: Partial<Omit<LabNode, 'kubelet'>>;
  /** Its files; without them its command never starts. */
  readonly root?: NodeDescription;
}

interface EstateCluster extends Pick<Place, 'accountId' | 'region'> {
  readonly name: string;
  readonly machines: readonly Machine[];
}

const noConfigz: KubeletBehaviour = { kind: 'handlers-off' };

/** Outside of the lab's VPC: its networks are asked for, and nobody is dialled. */
const address = (last: number): string => `172.31.0.${last}`;

const refusing = (id: string, cluster: string): Machine => ({
  id,
  tags: {
    'eks:cluster-name': cluster,
    'eks:nodegroup-name': 'workers',
    'aws:autoscaling:groupName': autoScalingGroupOf('workers'),
  },
  kubelet: { kind: 'kubelet-refuses' },
  root: recordedNode('no-ca-anonymous-off'),
});

const inUnit = { accountId: organization.inUnit, region } as const;
const prodArn = arnOf({ partition: 'aws', ...inUnit }, 'eks', 'cluster/prod');

const clusters: readonly EstateCluster[] = [
  { accountId: own.hub, region, name: 'solo', machines: [refusing('i-0000000000000a001', 'solo')] },
  // In the hub's account too: what is listed is entered account by account.
  { accountId: listed.hub, region, name: 'till', machines: [refusing('i-0000000000000b002', 'till')] },
  { accountId: listed.members[1] ?? '', region, name: 'shop', machines: [refusing('i-0000000000000b001', 'shop')] },
  {
    accountId: wholeOrganization.hub,
    region,
    name: 'edge',
    machines: [
      {
        id: 'i-0000000000000c001',
        tags: { 'eks:cluster-name': 'edge' },
        kubelet: { kind: 'recorded', folder: 'file-sets-ca' },
        node: { address: address(9) },
        root: recordedNode('file-sets-ca'),
      },
    ],
  },
  {
    ...inUnit,
    name: 'prod',
    machines: [
      {
        id: 'i-0000000000000d001',
        tags: { 'eks:eks-cluster-name': 'prod', 'karpenter.sh/nodepool': 'batch' },
        kubelet: { kind: 'kubelet-refuses' },
        node: { address: address(11) },
        root: recordedNode('no-ca-anonymous-off'),
      },
      {
        id: 'i-0000000000000d002',
        tags: { 'aws:eks:cluster-name': 'prod' },
        kubelet: noConfigz,
        node: { address: address(12) },
        root: withLongAnswer('no-ca-anonymous-off'),
      },
      {
        id: 'mi-0000000000000d003',
        tags: { EKSClusterARN: prodArn },
        kubelet: noConfigz,
        node: nodeFixture('hybrid-ssm-DERIVED', {
          'eu-central-1/fleet': `${region}/prod`,
          'mi-04a2cf999b7112233': 'mi-0000000000000d003',
        }),
        root: recordedNode('no-ca-anonymous-off'),
      },
    ],
  },
  { ...inUnit, region: secondRegion, name: 'former', machines: [refusing('i-0000000000000e001', 'former')] },
];

export const slowCluster: EstateCluster = {
  ...inUnit,
  region: secondRegion,
  name: 'slow',
  machines: [{ id: 'i-0000000000000f001', tags: { 'eks:cluster-name': 'slow' }, kubelet: noConfigz }],
};

export async function startEstate(): Promise<Estate> {
  const lab = await startLab();
  const roots: NodeRoot[] = [];
  const add = (cluster: EstateCluster) => addCluster(lab, cluster, roots);

  const { id, management: managementAccountId, unit, inUnit: accountId, excluded } = organization;
  lab.organizations.create({ id, managementAccountId, delegatedAdministrators: [wholeOrganization.hub] });
  lab.organizations.putUnit({ id: unit });
  lab.organizations.putAccount({ id: wholeOrganization.hub });
  lab.organizations.putAccount({ id: accountId, parentId: unit });
  lab.organizations.putAccount({ id: excluded, parentId: unit });
  lab.organizations.putAccount({ id: '444400000004', parentId: unit, state: 'SUSPENDED' });

  const deployed = deployments.map((deployment) => deployStacks(lab, deployment));
  const members = deployed.flatMap((each) => each.members);
  for (const { place } of members) {
    lab.ec2.setRegions(place.accountId, regionsOf(place.accountId));
    lab.securityHub.enable(place.accountId, place.region);
  }
  lab.kms.createKey({ ...signingKey, allows: ({ accountId: caller }) => caller === wholeOrganization.hub });
  lab.eks.putCluster(own.hub, region, { name: 'young', status: 'CREATING' });
  for (const cluster of clusters) await add(cluster);
  addGroups(lab);

  const everyMachine = [...clusters, slowCluster].flatMap(({ machines }) => machines);
  return {
    lab,
    tags: new Map(everyMachine.map(({ id: machine, tags }) => [machine, tags])),
    members,
    remediations: deployed.flatMap(({ remediation }) => remediation ?? []),
    addSlowCluster: () => add(slowCluster),
    close: async () => {
      await lab.close();
      for (const root of roots) root[Symbol.dispose]();
    },
  };
}

/** Of the cluster whose deployment looks at next nodes: a group with a launch template, and one with a launch configuration. */
function addGroups({ ec2, autoScaling }: Lab): void {
  const { accountId } = inUnit;
  const [id, imageId, tags] = ['lt-0000000000000d001', 'ami-0000000000000d001', { 'eks:cluster-name': 'prod' }];
  ec2.putLaunchTemplate(accountId, region, { id, name: 'batch', versions: [{ imageId }] });
  autoScaling.putLaunchConfiguration(accountId, region, { name: 'old', imageId });
  autoScaling.putGroup(accountId, region, { name: 'batch', tags, template: { id, version: '$Latest' } });
  autoScaling.putGroup(accountId, region, { name: 'old', tags, launchConfiguration: 'old' });
}

const regionsOf = (accountId: string): readonly string[] =>
  wholeOrganization.members.includes(accountId) ? [region, secondRegion] : [region];

/** Each with the template that its own settings give. */
function deployStacks(lab: Lab, deployment: Deployment) {
  const { settings, members, memberParameters: parameters } = deployment;
  const stacks = stacksOf(appAsDeployed(), settings);
  const template = Template.fromStack(stacks.member).toJSON();
  for (const each of [template, Template.fromStack(stacks.hub).toJSON()]) refuseUnseen(each);

  const places = members.flatMap((accountId) =>
    regionsOf(accountId).map((each) => ({ partition: 'aws', accountId, region: each })),
  );
  return {
    members: places.map((place) => ({ place, stack: deployStack(lab, { ...place, template, parameters }) })),
    remediation: deployRemediation(lab, stacks, { deployment, places }),
  };
}

async function addCluster(lab: Lab, { accountId, region: where, name, machines }: EstateCluster, roots: NodeRoot[]) {
  await lab.addKubernetesCluster({
    accountId,
    region: where,
    name,
    ...grantedIn(accountId),
    // Without them nobody looks for hybrid nodes; none of the nodes is in them.
    remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['10.250.0.0/16'] }] },
    fargateProfiles: ['jobs'],
    nodegroups: ['workers'],
    nodes: machines.map(({ id, kubelet, node }) => ({ name: `${id}.internal`, instanceId: id, ...node, kubelet })),
  });

  for (const { id, tags, root } of machines) {
    const node = root && new NodeRoot(root);
    if (node) roots.push(node);
    if (id.startsWith('i-')) lab.ec2.putInstance(accountId, where, { id, tags });
    lab.ssm.registerInstance(accountId, where, {
      id,
      tags,
      ...(node ? { node } : { behaviour: { startsAfter: 600_000 } }),
    });
  }
}

/** A node whose answer does not fit into the 2,500 characters of a list, however it is packed. */
function withLongAnswer(recording: string): NodeDescription {
  const { files, processes } = recordedNode(recording);
  const path = '/etc/kubernetes/kubelet/config.json';
  const config: unknown = JSON.parse(String(files[path]));
  return {
    processes,
    files: {
      ...files,
      [path]: JSON.stringify(Object.assign({}, config, { providerID: randomBytes(4_000).toString('hex') })),
    },
  };
}
