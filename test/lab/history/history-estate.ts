import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import { machineTags } from '../aws/ec2/machine-tags.ts';
import type { Fields } from '../aws/security-hub/security-hub-record.ts';
import { addEstateCluster } from '../estate/estate-cluster.ts';
import { type KubeletBehaviour, servesConfigz } from '../kubernetes/kubelet-behaviour.ts';
import type { LabKubernetesCluster } from '../kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../kubernetes/rbac.ts';
import { type Lab, startLab } from '../lab.ts';

export const place = { partition: 'aws', accountId: '111122223333', region: 'eu-central-1' } as const;
export const bucket = 'audit-runs';

const { accountId, region } = place;
const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;

const kubelets = {
  good: servesConfigz({}),
  'without a client CA': servesConfigz({
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: {} },
  }),
  silent: { kind: 'refused' },
} as const satisfies Record<string, KubeletBehaviour>;
type Kubelet = keyof typeof kubelets;

/** One account's Region with two clusters whose nodes come, go, fail and heal. */
export class HistoryEstate {
  readonly lab: Lab;
  /** The ARN of the KMS key that signs the runs. */
  readonly signingKey: string;
  readonly #clusters = new Map<string, LabKubernetesCluster>();
  readonly #instances = new Map<string, string>();

  private constructor(lab: Lab) {
    this.lab = lab;
    this.signingKey = lab.kms.createKey({ accountId, region }).arn;
  }

  static async start(): Promise<HistoryEstate> {
    // The clock does not move within a day, so no rate would fill again.
    const lab = await startLab({ clock: () => Date.now(), securityHub: { rates: 'off' } });
    lab.addAccount(accountId);
    const Principal = { AWS: `arn:aws:iam::${accountId}:root` };
    lab.sts.putRole(auditor, {
      trustPolicy: { Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] },
    });
    lab.s3.createBucket(accountId, region, bucket);
    lab.securityHub.enable(accountId, region);

    const estate = new HistoryEstate(lab);
    for (const name of ['payments', 'shop']) {
      const granted = {
        accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
        rbac: { groups: { [kubernetesGroup]: auditorRules } },
      };
      const added = await addEstateCluster(lab, { name, ...granted, nodes: [] }, { accountId, region, roots: [] });
      estate.#clusters.set(name, added);
    }
    return estate;
  }

  /** Nodes of a managed node group, as the API server and EC2 show them. */
  add(cluster: string, group: string, names: readonly string[], launchedAt = Date.now() - 3_600_000): void {
    this.lab.eks.putNodegroup(accountId, region, cluster, group);
    for (const name of names) {
      const id = `i-${(this.#instances.size + 1).toString(16).padStart(17, '0')}`;
      this.#instances.set(name, id);
      const tags = machineTags({ cluster, group: { kind: 'managed', name: group } });
      this.lab.ec2.putInstance(accountId, region, { id, privateDnsName: name, tags, launchedAt });
      this.#api(cluster).putNode({ name, instanceId: id, nodegroup: group, kubelet: kubelets.good });
    }
  }

  /** A machine of a node group that joins at once; an Auto Scaling group launched it now. */
  launch(cluster: string, group: string, names: readonly string[], kubelet: Kubelet): void {
    this.add(cluster, group, names, Date.now());
    this.become(cluster, names, kubelet);
  }

  /** Its machines end now, and EC2 lists them for an hour. */
  terminate(cluster: string, names: readonly string[]): void {
    for (const name of names) {
      this.lab.ec2.terminateInstance(accountId, region, this.#instances.get(name) ?? '');
      this.#api(cluster).removeNode(name);
    }
  }

  remove(cluster: string, names: readonly string[]): void {
    for (const name of names) {
      const id = this.#instances.get(name) ?? '';
      this.lab.ec2.putInstance(accountId, region, { id, state: 'terminated', tags: {} });
      this.#api(cluster).removeNode(name);
    }
  }

  become(cluster: string, names: readonly string[], kubelet: Kubelet): void {
    for (const name of names) this.#api(cluster).setKubelet(name, kubelets[kubelet]);
  }

  /** What an analyst does to every finding that failed. */
  async analyse(changes: Fields): Promise<void> {
    const failed = this.findings.filter(({ Compliance }) => Object(Compliance).Status === 'FAILED');
    await this.lab.securityHub.handle({
      service: 'securityhub',
      operation: 'BatchUpdateFindings',
      accountId,
      region,
      principalArn: `arn:aws:iam::${accountId}:user/analyst`,
      input: { FindingIdentifiers: failed.map(({ Id, ProductArn }) => ({ Id, ProductArn })), ...changes },
    });
  }

  get findings(): readonly Fields[] {
    return this.lab.securityHub.findings(accountId, region);
  }

  close(): Promise<void> {
    return this.lab.close();
  }

  #api(cluster: string): LabKubernetesCluster['api'] {
    const found = this.#clusters.get(cluster);
    if (!found) throw new Error(`no cluster '${cluster}'`);
    return found.api;
  }
}
