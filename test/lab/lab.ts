import { AutoScalingService } from './aws/auto-scaling/auto-scaling.ts';
import { AwsServer, type RecordedCall } from './aws/aws-server.ts';
import { Ec2Service } from './aws/ec2/ec2.ts';
import { EksService } from './aws/eks/eks.ts';
import { EventsService } from './aws/events/events.ts';
import { IamService } from './aws/iam/iam.ts';
import { KmsService } from './aws/kms/kms.ts';
import { OrganizationsService } from './aws/organizations/organizations.ts';
import { S3Service } from './aws/s3/s3.ts';
import { SecurityHubService, type SecurityHubServiceOptions } from './aws/security-hub/security-hub.ts';
import { SsmService } from './aws/ssm/ssm.ts';
import type { SsmServiceOptions } from './aws/ssm/ssm-options.ts';
import { StepFunctionsService } from './aws/step-functions/step-functions.ts';
import { type AccountOptions, StsService } from './aws/sts/sts.ts';
import {
  type KubernetesClusterOptions,
  type LabKubernetesCluster,
  startKubernetesCluster,
} from './kubernetes/kubernetes-cluster.ts';
import { Faults } from './wire/faults.ts';

export interface LabOptions {
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly clock?: () => number;
  /** How fast and how exact SSM is. */
  readonly ssm?: SsmServiceOptions;
  /** Rates off for a clock that does not move: no bucket would fill again. */
  readonly securityHub?: Pick<SecurityHubServiceOptions, 'rates'>;
}

/** Every service of the lab, each by the name that tests use. */
export function labServices({ clock = Date.now, ssm = {}, securityHub = {} }: LabOptions = {}) {
  const sts = new StsService({ clock });
  const events = new EventsService({ clock });
  return {
    sts,
    eks: new EksService({ clock, roleId: (roleArn) => sts.roleId(roleArn) }),
    ssm: new SsmService(ssm),
    ec2: new Ec2Service({ clock }),
    autoScaling: new AutoScalingService(),
    events,
    iam: new IamService({ sts }),
    kms: new KmsService(),
    organizations: new OrganizationsService({ sts, clock }),
    s3: new S3Service({ clock }),
    securityHub: new SecurityHubService({ clock, bus: events, ...securityHub }),
    states: new StepFunctionsService({ clock }),
  };
}

/** An AWS estate on loopback. */
export type Lab = Awaited<ReturnType<typeof startLab>>;

export async function startLab(options: LabOptions = {}) {
  const services = labServices(options);
  const { sts, eks, organizations } = services;
  const faults = new Faults();
  const calls: RecordedCall[] = [];
  const server = new AwsServer({
    services: Object.values(services),
    identities: sts.identities,
    faults,
    calls,
    clock: options.clock ?? Date.now,
    deniedBy: (call) => organizations.deniedBy(call),
  });
  const endpoint = await server.listen();

  const clusters: LabKubernetesCluster[] = [];
  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all([...clusters, ...Object.values(services)].map((each) => each.close()));
  };
  return {
    ...services,
    /** For `AWS_ENDPOINT_URL`, or a client's `endpoint`. */
    endpoint,
    /** Every call that reached the front door, in order, refused ones too. */
    calls: calls as readonly RecordedCall[],
    faults,
    /** Makes the account with one administrator, and returns its keys; the same keys again when it is there. */
    addAccount: (accountId: string, account?: AccountOptions) => sts.addAccount(accountId, account),
    credentials: (accountId: string) => sts.credentials(accountId),
    /** Starts a Kubernetes API server and registers it with EKS. Its account is added when it is new. */
    addKubernetesCluster: async (cluster: KubernetesClusterOptions) => {
      const started = await startKubernetesCluster({ sts, eks }, cluster);
      clusters.push(started);
      return started;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
