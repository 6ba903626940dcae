import type { AccessEntry, Cluster, Nodegroup } from '@aws-sdk/client-eks';
import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { partitionOf, regionalArn } from '../partition.ts';
import { Places } from '../places.ts';

/** A cluster as DescribeCluster shows it (times in seconds since 1970), with the names that belong to it. */
export type LabEksCluster = Omit<Cluster, 'createdAt' | 'connectorConfig' | 'name'> & {
  readonly name: string;
  readonly createdAt?: number;
  readonly nodegroups?: readonly string[];
  readonly fargateProfiles?: readonly string[];
};

/** What DescribeNodegroup says beside the names; what is not given is that of an AL2023 group without a launch template of its own. */
export type LabNodegroup = Pick<Nodegroup, 'amiType' | 'version' | 'releaseVersion' | 'launchTemplate'>;

export interface LabAccessPolicy {
  readonly name: string;
  readonly scope: 'cluster' | 'namespace';
  readonly namespaces?: readonly string[];
}

type Entry = Omit<AccessEntry, 'createdAt' | 'modifiedAt'> & {
  readonly principalArn: string;
  readonly createdAt: number;
  /** Of the role that was there when it was made: EKS lets in no other one of that name. */
  readonly roleId?: string | undefined;
  readonly policies?: readonly LabAccessPolicy[];
};

interface StoredCluster {
  readonly description: Omit<LabEksCluster, 'nodegroups' | 'fargateProfiles'>;
  readonly nodegroups: readonly string[];
  readonly details: ReadonlyMap<string, LabNodegroup>;
  readonly fargateProfiles: readonly string[];
  readonly accessEntries: Map<string, Entry>;
}

/** The Auto Scaling group that EKS makes for a managed node group. */
export const autoScalingGroupOf = (nodegroup: string): string => `eks-${nodegroup}-1ac2b3d4`;

export class EksService extends LabService {
  readonly name = 'eks';
  readonly #clock: () => number;
  readonly #roleId: (roleArn: string) => string | undefined;
  readonly #clusters = new Places(() => new Map<string, StoredCluster>());

  constructor({
    clock = Date.now,
    roleId = () => 'AROALAB',
  }: { readonly clock?: () => number; readonly roleId?: (roleArn: string) => string | undefined } = {}) {
    super();
    this.#clock = clock;
    this.#roleId = roleId;
  }

  /** Makes or replaces a cluster; what is not given is that of a plain public one. Access entries of a replaced cluster stay. */
  putCluster(accountId: string, region: string, cluster: LabEksCluster): string {
    const { nodegroups = [], fargateProfiles = [], ...given } = cluster;
    const arn = regionalArn('eks', { accountId, region }, `cluster/${cluster.name}`);
    const place = this.#clusters.of({ accountId, region });
    place.set(cluster.name, {
      description: {
        arn,
        createdAt: Math.floor(this.#clock() / 1000) - 30 * 86_400,
        version: '1.34',
        status: 'ACTIVE',
        platformVersion: 'eks.9',
        roleArn: `arn:${partitionOf(region)}:iam::${accountId}:role/eks-cluster`,
        resourcesVpcConfig: {
          subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b1c2d3e4f5061728'],
          securityGroupIds: [],
          clusterSecurityGroupId: 'sg-0123456789abcdef0',
          vpcId: 'vpc-0123456789abcdef0',
          endpointPublicAccess: true,
          endpointPrivateAccess: true,
          publicAccessCidrs: ['0.0.0.0/0'],
        },
        accessConfig: { authenticationMode: 'API' },
        tags: {},
        ...given,
      },
      nodegroups,
      details: place.get(cluster.name)?.details ?? new Map(),
      fargateProfiles,
      accessEntries: place.get(cluster.name)?.accessEntries ?? new Map(),
    });
    return arn;
  }

  putNodegroup(accountId: string, region: string, clusterName: string, name: string, details: LabNodegroup = {}): void {
    const { place, cluster } = this.#known({ accountId, region }, clusterName);
    place.set(clusterName, {
      ...cluster,
      nodegroups: [...new Set([...cluster.nodegroups, name])],
      details: new Map([...cluster.details, [name, details]]),
    });
  }

  deleteCluster(accountId: string, region: string, name: string): void {
    this.#clusters.of({ accountId, region }).delete(name);
  }

  putAccessEntry(
    accountId: string,
    region: string,
    clusterName: string,
    entry: {
      readonly principalArn: string;
      readonly user?: string;
      readonly groups: readonly string[];
      readonly type?: string;
      readonly policies?: readonly LabAccessPolicy[];
    },
  ): void {
    const { principalArn, groups, user, type, policies } = entry;
    this.#known({ accountId, region }, clusterName).cluster.accessEntries.set(principalArn, {
      ...this.#newEntry(clusterName, principalArn, groups),
      ...(user !== undefined && { username: user }),
      ...(type && { type }),
      ...(policies && { policies }),
    });
  }

  #newEntry(clusterName: string, principalArn: string, groups: readonly string[]): Entry {
    return {
      clusterName,
      principalArn,
      kubernetesGroups: [...groups],
      username: defaultUser(principalArn),
      createdAt: this.#clock() / 1000,
      roleId: this.#roleId(principalArn),
      type: 'STANDARD',
    };
  }

  #known(place: Pick<LabCall, 'accountId' | 'region'>, name: string) {
    const clusters = this.#clusters.of(place);
    const cluster = clusters.get(name);
    if (cluster === undefined) throw new Error(`no cluster '${name}' in ${place.accountId} ${place.region}`);
    return { place: clusters, cluster };
  }

  authenticationMode(accountId: string, region: string, clusterName: string): string | undefined {
    return this.#clusters.of({ accountId, region }).get(clusterName)?.description.accessConfig?.authenticationMode;
  }

  /** What EKS's own authorizer goes by. */
  accessPolicies(accountId: string, region: string, clusterName: string, principalArn: string) {
    return this.accessEntry(accountId, region, clusterName, principalArn)?.policies ?? [];
  }

  /** The access entry of a role or a user, as the cluster's authenticator looks it up. In mode CONFIG_MAP there is none, nor for a role that was made again. */
  accessEntry(accountId: string, region: string, clusterName: string, principalArn: string): Entry | undefined {
    const cluster = this.#clusters.of({ accountId, region }).get(clusterName);
    const usesEntries = cluster?.description.accessConfig?.authenticationMode !== 'CONFIG_MAP';
    const entry = usesEntries ? cluster?.accessEntries.get(principalArn) : undefined;
    const outlived = entry?.roleId !== undefined && entry.roleId !== this.#roleId(principalArn);
    return outlived ? undefined : entry;
  }

  readonly operations = {
    ListClusters: (call: LabCall) => listed('clusters', [...this.#clusters.of(call).keys()], call),
    DescribeCluster: (call: LabCall) => ({ cluster: this.#cluster(call).description }),
    ListNodegroups: (call: LabCall) => listed('nodegroups', this.#cluster(call, 'clusterName').nodegroups, call),
    DescribeNodegroup: (call: LabCall) => ({ nodegroup: this.#nodegroup(call) }),
    ListFargateProfiles: (call: LabCall) =>
      listed('fargateProfileNames', this.#cluster(call, 'clusterName').fargateProfiles, call),
    ListAccessEntries: (call: LabCall) => listed('accessEntries', [...this.#entries(call).keys()], call),
    DescribeAccessEntry: (call: LabCall) => ({ accessEntry: shown(this.#entry(call)) }),
    ListAssociatedAccessPolicies: (call: LabCall) => this.#associatedPolicies(call),
    CreateAccessEntry: (call: LabCall) => this.#createAccessEntry(call),
    UpdateAccessEntry: (call: LabCall) => this.#updateAccessEntry(call),
    DeleteAccessEntry: (call: LabCall) => {
      this.#entries(call).delete(this.#entry(call).principalArn);
      return {};
    },
  };

  #cluster(call: LabCall, member: 'name' | 'clusterName' = 'name'): StoredCluster {
    const name = String(call.input[member]);
    const cluster = this.#clusters.of(call).get(name);
    if (!cluster) throw new LabError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
    return cluster;
  }

  #nodegroup(call: LabCall): object {
    const name = String(call.input['nodegroupName']);
    const { nodegroups, details, description } = this.#cluster(call, 'clusterName');
    if (!nodegroups.includes(name))
      throw new LabError('ResourceNotFoundException', `No node group found for name: ${name}.`, 404);
    return {
      nodegroupName: name,
      clusterName: call.input['clusterName'],
      status: 'ACTIVE',
      amiType: 'AL2023_x86_64_STANDARD',
      version: description.version,
      ...details.get(name),
      resources: { autoScalingGroups: [{ name: autoScalingGroupOf(name) }] },
    };
  }

  #entry(call: LabCall): Entry {
    const principalArn = String(call.input['principalArn']);
    const entry = this.#entries(call).get(principalArn);
    if (!entry) throw new LabError('ResourceNotFoundException', 'The specified principalArn could not be found.', 404);
    return entry;
  }

  /** Every operation on access entries needs a mode that knows them. */
  #entries(call: LabCall): Map<string, Entry> {
    const cluster = this.#cluster(call, 'clusterName');
    if (cluster.description.accessConfig?.authenticationMode === 'CONFIG_MAP')
      throw new LabError(
        'InvalidRequestException',
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      );
    return cluster.accessEntries;
  }

  #associatedPolicies(call: LabCall): unknown {
    const { principalArn, policies = [] } = this.#entry(call);
    const associated = policies.map(({ name, scope, namespaces = [] }) => ({
      policyArn: `arn:${partitionOf(call.region)}:eks::aws:cluster-access-policy/${name}`,
      accessScope: { type: scope, namespaces },
      associatedAt: 1_760_000_000,
      modifiedAt: 1_760_000_000,
    }));
    return {
      clusterName: call.input['clusterName'],
      principalArn,
      ...listed('associatedAccessPolicies', associated, call),
    };
  }

  #createAccessEntry(call: LabCall): unknown {
    const entries = this.#entries(call);
    const principalArn = String(call.input['principalArn']);
    if (principalArn.includes(':role/') && this.#roleId(principalArn) === undefined)
      throw new LabError('InvalidParameterException', 'The specified principalArn is invalid: invalid principal.');
    if (entries.has(principalArn))
      throw new LabError('ResourceInUseException', 'The access entry is already in use on this cluster.', 409);
    const username = call.input['username'] ?? defaultUser(principalArn);
    if (typeof username !== 'string' || /^(system|eks|aws|amazon|iam):/.test(username))
      throw new LabError('InvalidParameterException', `The username '${username}' is not valid`);
    const groups = texts(call.input['kubernetesGroups']);
    const entry = { ...this.#newEntry(String(call.input['clusterName']), principalArn, groups), username };
    entries.set(principalArn, entry);
    return { accessEntry: shown(entry) };
  }

  #updateAccessEntry(call: LabCall): unknown {
    const known = this.#entry(call);
    const { kubernetesGroups, username } = call.input;
    const entry: Entry = {
      ...known,
      ...(kubernetesGroups !== undefined && { kubernetesGroups: texts(kubernetesGroups) }),
      ...(typeof username === 'string' && { username }),
    };
    this.#entries(call).set(known.principalArn, entry);
    return { accessEntry: shown(entry) };
  }
}

const shown = ({ policies: _, roleId: __, ...entry }: Entry) => entry;

/** A page has 100 entries at most: the service's model says so. */
function listed(member: string, all: readonly unknown[], { input }: LabCall): object {
  const { maxResults: size, nextToken: token } = input;
  const { page, next } = pageOf(all, 'nextToken', { size, token, usual: 100, badToken: 'InvalidParameterException' });
  return { [member]: page, ...next };
}

/** What EKS names a user whose access entry names none. */
function defaultUser(principalArn: string): string {
  const match = /^arn:([\w-]+):iam::(\d{12}):role\/(.+)$/.exec(principalArn);
  if (match === null) return principalArn;
  return `arn:${match[1]}:sts::${match[2]}:assumed-role/${match[3]}/{{SessionName}}`;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
