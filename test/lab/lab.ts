import { AutoScalingService } from './aws/auto-scaling/auto-scaling.ts';
import { AwsServer, type RecordedCall } from './aws/aws-server.ts';
import { Ec2Service } from './aws/ec2/ec2.ts';
import { EksService } from './aws/eks/eks.ts';
import { EventsService } from './aws/events/events.ts';
import { IamService } from './aws/iam/iam.ts';
import type { LabCredentials } from './aws/identities.ts';
import { KmsService } from './aws/kms/kms.ts';
import { OrganizationsService } from './aws/organizations/organizations.ts';
import { S3Service } from './aws/s3/s3.ts';
import { SecurityHubService, type SecurityHubServiceOptions } from './aws/security-hub/security-hub.ts';
import { SsmService, type SsmServiceOptions } from './aws/ssm/ssm.ts';
import { StepFunctionsService } from './aws/step-functions/step-functions.ts';
import { type AccountOptions, StsService } from './aws/sts/sts.ts';
import {
  type KubernetesClusterOptions,
  type LabKubernetesCluster,
  startKubernetesCluster,
} from './kubernetes/kubernetes-cluster.ts';
import { Faults } from './wire/faults.ts';
import type { LabService } from './wire/service.ts';

export interface LabOptions {
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly clock?: () => number;
  /** How fast and how exact SSM is. */
  readonly ssm?: SsmServiceOptions;
  /** Rates off for a clock that does not move: no bucket would fill again. */
  readonly securityHub?: Pick<SecurityHubServiceOptions, 'rates'>;
}

/** An AWS estate on loopback. Made by `startLab`. */
export interface Lab extends AsyncDisposable {
  /** For `AWS_ENDPOINT_URL`, or a client's `endpoint`. */
  readonly endpoint: string;
  readonly sts: StsService;
  readonly eks: EksService;
  readonly ssm: SsmService;
  readonly ec2: Ec2Service;
  readonly autoScaling: AutoScalingService;
  /** EventBridge. */
  readonly events: EventsService;
  readonly kms: KmsService;
  readonly organizations: OrganizationsService;
  readonly s3: S3Service;
  readonly securityHub: SecurityHubService;
  /** Step Functions. */
  readonly states: StepFunctionsService;
  /** Every call that reached the front door, in order, refused ones too. */
  readonly calls: readonly RecordedCall[];
  readonly faults: Faults;
  /** Makes the account with one administrator, and returns its keys; the same keys again when it is there. */
  addAccount(accountId: string, options?: AccountOptions): LabCredentials;
  /** The administrator's keys. */
  credentials(accountId: string): LabCredentials;
  /** Starts a Kubernetes API server and registers it with EKS. Its account is added when it is new. */
  addKubernetesCluster(options: KubernetesClusterOptions): Promise<LabKubernetesCluster>;
  close(): Promise<void>;
}

export async function startLab({
  clock = Date.now,
  ssm: ssmOptions = {},
  securityHub: securityHubOptions = {},
}: LabOptions = {}): Promise<Lab> {
  const sts = new StsService({ clock });
  const eks = new EksService({ clock, roleId: (roleArn) => sts.roleId(roleArn) });
  const ssm = new SsmService(ssmOptions);
  const ec2 = new Ec2Service({ clock });
  const autoScaling = new AutoScalingService();
  const events = new EventsService({ clock });
  const kms = new KmsService();
  const securityHub = new SecurityHubService({ clock, bus: events, ...securityHubOptions });
  const states = new StepFunctionsService({ clock });
  const organizations = new OrganizationsService({ sts, clock });
  const s3 = new S3Service({ clock });
  const services: readonly LabService[] = [
    sts,
    eks,
    ssm,
    ec2,
    autoScaling,
    events,
    new IamService({ sts }),
    kms,
    organizations,
    s3,
    securityHub,
    states,
  ];

  const faults = new Faults();
  const calls: RecordedCall[] = [];
  const server = new AwsServer({
    services,
    identities: sts.identities,
    faults,
    calls,
    clock,
    deniedBy: (call) => organizations.deniedBy(call),
  });
  const endpoint = await server.listen();

  const clusters: LabKubernetesCluster[] = [];
  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all([...clusters.map((cluster) => cluster.close()), ...services.map((service) => service.close?.())]);
  };
  return {
    endpoint,
    sts,
    eks,
    ssm,
    ec2,
    autoScaling,
    events,
    kms,
    organizations,
    s3,
    securityHub,
    states,
    calls,
    faults,
    addAccount: (accountId, options) => sts.addAccount(accountId, options),
    credentials: (accountId) => sts.credentials(accountId),
    addKubernetesCluster: async (options) => {
      const cluster = await startKubernetesCluster({ sts, eks }, options);
      clusters.push(cluster);
      return cluster;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
