import type { AccessEntry, Cluster, Nodegroup } from '@aws-sdk/client-eks';
import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import { partitionOf } from '../partition.ts';

/** A cluster as DescribeCluster shows it (times in seconds since 1970), with the names that belong to it. */
export type LabEksCluster = Omit<Cluster, 'createdAt' | 'connectorConfig' | 'name'> & {
  readonly name: string;
  readonly createdAt?: number;
  readonly nodegroups?: readonly string[];
  readonly fargateProfiles?: readonly string[];
};

/** What DescribeNodegroup says beside the names; what is not given is that of an AL2023 group without a launch template of its own. */
export type LabNodegroup = Pick<Nodegroup, 'amiType' | 'version' | 'releaseVersion' | 'launchTemplate'>;

/** An access policy of an access entry, by its name. */
export interface LabAccessPolicy {
  readonly name: string;
  readonly scope: 'cluster' | 'namespace';
  readonly namespaces?: readonly string[];
}

type Entry = Omit<AccessEntry, 'createdAt' | 'modifiedAt'> & {
  readonly principalArn: string;
  /** Seconds since 1970. */
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

const mostPerPage = 100;

/** The Auto Scaling group that EKS makes for a managed node group. */
export const autoScalingGroupOf = (nodegroup: string): string => `eks-${nodegroup}-1ac2b3d4`;

/** EKS: clusters by account and Region. */
export class EksService implements LabService {
  readonly name = 'eks';
  readonly #clock: () => number;
  readonly #roleId: (roleArn: string) => string | undefined;
  readonly #clusters = new Map<string, Map<string, StoredCluster>>();

  constructor({
    clock = Date.now,
    roleId = () => 'AROALAB',
  }: { readonly clock?: () => number; readonly roleId?: (roleArn: string) => string | undefined } = {}) {
    this.#clock = clock;
    this.#roleId = roleId;
  }

  /** Makes or replaces a cluster; what is not given is that of a plain public one. Access entries of a replaced cluster stay. */
  putCluster(accountId: string, region: string, cluster: LabEksCluster): string {
    const { nodegroups = [], fargateProfiles = [], ...given } = cluster;
    const arn = `arn:${partitionOf(region)}:eks:${region}:${accountId}:cluster/${cluster.name}`;
    const place = this.#place(accountId, region);
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

  /** A managed node group more, or the same again. */
  putNodegroup(accountId: string, region: string, clusterName: string, name: string, details: LabNodegroup = {}): void {
    const place = this.#place(accountId, region);
    const cluster = place.get(clusterName);
    if (cluster === undefined) throw new Error(`no cluster '${clusterName}' in ${accountId} ${region}`);
    place.set(clusterName, {
      ...cluster,
      nodegroups: [...new Set([...cluster.nodegroups, name])],
      details: new Map([...cluster.details, [name, details]]),
    });
  }

  deleteNodegroup(accountId: string, region: string, clusterName: string, name: string): void {
    const place = this.#place(accountId, region);
    const cluster = place.get(clusterName);
    if (cluster) place.set(clusterName, { ...cluster, nodegroups: cluster.nodegroups.filter((each) => each !== name) });
  }

  deleteCluster(accountId: string, region: string, name: string): void {
    this.#place(accountId, region).delete(name);
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
    const cluster = this.#place(accountId, region).get(clusterName);
    if (cluster === undefined) throw new Error(`no cluster '${clusterName}' in ${accountId} ${region}`);
    cluster.accessEntries.set(entry.principalArn, {
      clusterName,
      principalArn: entry.principalArn,
      kubernetesGroups: [...entry.groups],
      username: entry.user ?? defaultUser(entry.principalArn),
      createdAt: this.#clock() / 1000,
      roleId: this.#roleId(entry.principalArn),
      type: entry.type ?? 'STANDARD',
      ...(entry.policies && { policies: entry.policies }),
    });
  }

  authenticationMode(accountId: string, region: string, clusterName: string): string | undefined {
    return this.#place(accountId, region).get(clusterName)?.description.accessConfig?.authenticationMode;
  }

  /** What EKS's own authorizer goes by. */
  accessPolicies(accountId: string, region: string, clusterName: string, principalArn: string) {
    return this.accessEntry(accountId, region, clusterName, principalArn)?.policies ?? [];
  }

  /** The access entry of a role or a user, as the cluster's authenticator looks it up. In mode CONFIG_MAP there is none, nor for a role that was made again. */
  accessEntry(accountId: string, region: string, clusterName: string, principalArn: string): Entry | undefined {
    const cluster = this.#place(accountId, region).get(clusterName);
    const usesEntries = cluster?.description.accessConfig?.authenticationMode !== 'CONFIG_MAP';
    const entry = usesEntries ? cluster?.accessEntries.get(principalArn) : undefined;
    const outlived = entry?.roleId !== undefined && entry.roleId !== this.#roleId(principalArn);
    return outlived ? undefined : entry;
  }

  async handle(call: LabCall): Promise<unknown> {
    switch (call.operation) {
      case 'ListClusters':
        return page('clusters', [...this.#place(call.accountId, call.region).keys()], call);
      case 'DescribeCluster':
        return { cluster: this.#cluster(call).description };
      case 'ListNodegroups':
        return page('nodegroups', this.#cluster(call, 'clusterName').nodegroups, call);
      case 'DescribeNodegroup':
        return { nodegroup: this.#nodegroup(call) };
      case 'ListFargateProfiles':
        return page('fargateProfileNames', this.#cluster(call, 'clusterName').fargateProfiles, call);
      case 'ListAccessEntries':
        return page('accessEntries', [...this.#entries(call).keys()], call);
      case 'DescribeAccessEntry':
        return { accessEntry: shown(this.#entry(call)) };
      case 'ListAssociatedAccessPolicies':
        return this.#associatedPolicies(call);
      case 'CreateAccessEntry':
        return this.#createAccessEntry(call);
      case 'DeleteAccessEntry':
        this.#entries(call).delete(this.#entry(call).principalArn);
        return {};
      case 'UpdateAccessEntry':
        return this.#updateAccessEntry(call);
      default:
        throw new LabError('UnknownOperationException', `the lab's eks does not know '${call.operation}'`, 404);
    }
  }

  #place(accountId: string, region: string): Map<string, StoredCluster> {
    const key = `${accountId} ${region}`;
    const place = this.#clusters.get(key) ?? new Map<string, StoredCluster>();
    this.#clusters.set(key, place);
    return place;
  }

  #cluster(call: LabCall, member: 'name' | 'clusterName' = 'name'): StoredCluster {
    const name = String(call.input[member]);
    const cluster = this.#place(call.accountId, call.region).get(name);
    if (cluster === undefined) {
      throw new LabError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
    }
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
    if (entry === undefined) {
      throw new LabError(
        'ResourceNotFoundException',
        `The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.`,
        404,
      );
    }
    return entry;
  }

  /** Every operation on access entries needs a mode that knows them. */
  #entries(call: LabCall): Map<string, Entry> {
    const cluster = this.#cluster(call, 'clusterName');
    if (cluster.description.accessConfig?.authenticationMode === 'CONFIG_MAP') {
      throw new LabError(
        'InvalidRequestException',
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      );
    }
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
      ...page('associatedAccessPolicies', associated, call),
    };
  }

  #createAccessEntry(call: LabCall): unknown {
    const cluster = { accessEntries: this.#entries(call) };
    const principalArn = String(call.input['principalArn']);
    if (!/^arn:[\w-]+:iam::\d{12}:(role|user)\/.+$/.test(principalArn)) {
      throw new LabError('InvalidParameterException', 'The principalArn parameter format is not valid');
    }
    if (principalArn.includes(':role/') && this.#roleId(principalArn) === undefined) {
      throw new LabError('InvalidParameterException', 'The specified principalArn is invalid: invalid principal.');
    }
    if (cluster.accessEntries.has(principalArn)) {
      throw new LabError(
        'ResourceInUseException',
        'The specified access entry resource is already in use on this cluster.',
        409,
      );
    }
    const username = call.input['username'] ?? defaultUser(principalArn);
    if (typeof username !== 'string' || /^(system|eks|aws|amazon|iam):/.test(username)) {
      throw new LabError('InvalidParameterException', `The username '${username}' is not valid`);
    }
    const entry: Entry = {
      clusterName: String(call.input['clusterName']),
      principalArn,
      kubernetesGroups: texts(call.input['kubernetesGroups']),
      username,
      createdAt: this.#clock() / 1000,
      roleId: this.#roleId(principalArn),
      type: 'STANDARD',
    };
    cluster.accessEntries.set(principalArn, entry);
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

/** `maxResults` is 1 to 100 in every list of EKS. */
function page(member: string, names: readonly unknown[], call: LabCall): object {
  const { maxResults = mostPerPage, nextToken } = call.input;
  if (Number(maxResults) < 1 || Number(maxResults) > mostPerPage)
    throw new LabError('InvalidParameterException', 'maxResults must be between 1 and 100');
  const start = nextToken === undefined ? 0 : readToken(nextToken);
  const end = start + Number(maxResults);
  return { [member]: names.slice(start, end), ...(end < names.length && { nextToken: writeToken(end) }) };
}

function writeToken(start: number): string {
  return Buffer.from(`from:${start}`).toString('base64');
}

function readToken(token: unknown): number {
  const match = /^from:(\d+)$/.exec(Buffer.from(String(token), 'base64').toString('utf8'));
  if (match === null) throw new LabError('InvalidParameterException', 'Invalid pagination token');
  return Number(match[1]);
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
