import {
  AutoScalingClient,
  type AutoScalingGroup,
  type DescribeAutoScalingGroupsCommandInput,
} from '@aws-sdk/client-auto-scaling';
import {
  type DescribeInstancesCommandInput,
  EC2Client,
  type Instance,
  type LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import {
  DescribeDocumentCommand,
  type DescribeInstanceInformationCommandInput,
  GetDocumentCommand,
  type InstanceInformation,
  ListDocumentVersionsCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { contentHash } from '../../lambda/adapters/ssm/pinned-document.ts';
import type { SecurityHubService } from '../lab/aws/security-hub/security-hub.ts';
import { LabError } from '../lab/wire/service.ts';
import { place } from './true-world.ts';

const settings = { region: place.region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

/** The SDK's client without the wire: commands are answered in this process, by their names and inputs. */
function answeredBy<Client extends AutoScalingClient | EC2Client | EKSClient | SecurityHubClient | SSMClient>(
  client: Client,
  answer: (command: string, input: object) => Promise<object> | object,
): Client {
  // The stacks of clients differ in nothing but the types of inputs and outputs.
  const stack = client.middlewareStack as SecurityHubClient['middlewareStack'];
  stack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => ({ output: Object({ $metadata: {}, ...(await answer(commandName, input)) }), response: {} }),
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

/** What the lab's Security Hub refuses is thrown as the SDK would. */
export const securityHubClient = (
  service: SecurityHubService,
  isBroken: (operation: string) => boolean,
  region: string = place.region,
): SecurityHubClient =>
  answeredBy(new SecurityHubClient({ ...settings, region }), async (command, input) => {
    const operation = command.replace(/Command$/, '');
    if (isBroken(operation)) throw asThrown(new LabError('InternalException', 'planned fault', 500));
    const principalArn = `arn:aws:sts::${place.accountId}:assumed-role/EksKubeletAuditMember/model`;
    return await service
      .handle({
        service: 'securityhub',
        operation,
        accountId: place.accountId,
        region,
        principalArn,
        input: { ...input },
      })
      .then(Object, (error: unknown) => {
        throw error instanceof LabError ? asThrown(error) : error;
      });
  });

const asThrown = ({ code, message, status }: LabError): Error =>
  Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });

/** DescribeInstances with filters; the versions of the launch template that is asked for, of which there is one; EKS's AMI. */
export const ec2Client = (
  instances: () => readonly Instance[],
  template: (id: string) => LaunchTemplateVersion | undefined = () => undefined,
): EC2Client =>
  answeredBy(new EC2Client(settings), (command, input) => {
    const id = Object(input).LaunchTemplateId;
    if (command === 'DescribeLaunchTemplateVersionsCommand')
      return { LaunchTemplateVersions: [template(id) ?? []].flat() };
    if (command === 'DescribeImagesCommand') return { Images: [eksImage] };
    const { Filters = [] }: DescribeInstancesCommandInput = input;
    const found = instances().filter((each) =>
      Filters.every(({ Name = '', Values = [] }) =>
        valuesOf(each, Name).some((value) => value !== undefined && Values.includes(value)),
      ),
    );
    return { Reservations: [{ Instances: found }] };
  });

export const eksImage = {
  ImageId: 'ami-0123456789abcdef0',
  Name: 'amazon-eks-node-al2023-x86_64-standard-1.34-v20260101',
  ImageOwnerAlias: 'amazon',
} as const;

/** What a filter of DescribeInstances looks at. */
function valuesOf(
  { InstanceId, VpcId, PrivateDnsName, PrivateIpAddress, Tags = [] }: Instance,
  filter: string,
): readonly (string | undefined)[] {
  const values: Readonly<Record<string, readonly (string | undefined)[]>> = {
    'instance-id': [InstanceId],
    'vpc-id': [VpcId],
    'private-dns-name': [PrivateDnsName],
    'network-interface.addresses.private-ip-address': [PrivateIpAddress],
    'tag-key': Tags.map(({ Key }) => Key),
  };
  return values[filter] ?? Tags.flatMap(({ Key, Value }) => (filter === `tag:${Key}` ? [Value] : []));
}

/** What a version of the SSM document that reads nodes does: what this program brings, or to say of every kubelet that it is as it should be. */
export type ProbeDocument = 'ours' | 'lying';

const contentOf = (says: ProbeDocument): string => JSON.stringify({ schemaVersion: '2.2', description: says });

/** Of the document that this program brings. */
export const ourContent = contentHash(contentOf('ours'));

/** One document, its versions in their order, of which the last is the default. */
export const documentClient = (versions: readonly ProbeDocument[]): SSMClient =>
  answeredBy(new SSMClient(settings), (command, input) => {
    const says = versions[Number(Object(input).DocumentVersion ?? versions.length) - 1];
    if (!says) throw Object.assign(new Error('Document does not exist'), { name: 'InvalidDocument' });
    const outputs: Readonly<Record<string, object>> = {
      [ListDocumentVersionsCommand.name]: {
        DocumentVersions: versions.map((_, index) => ({
          DocumentVersion: `${index + 1}`,
          IsDefaultVersion: index === versions.length - 1,
          Status: 'Active',
        })),
      },
      [DescribeDocumentCommand.name]: { Document: { Hash: contentHash(contentOf(says)), HashType: 'Sha256' } },
      [GetDocumentCommand.name]: { Content: contentOf(says) },
    };
    return outputs[command] ?? {};
  });

export interface ManagedInstance {
  readonly information: InstanceInformation;
  readonly tags: Readonly<Record<string, string>>;
}

/** DescribeInstanceInformation with filters. */
export const managedInstancesClient = (instances: () => readonly ManagedInstance[]): SSMClient =>
  answeredBy(new SSMClient(settings), (_, input) => {
    const { Filters = [] }: DescribeInstanceInformationCommandInput = input;
    const found = instances().filter(({ information, tags }) =>
      Filters.every(({ Key, Values = [] }) => {
        const value = Key === 'InstanceIds' ? information.InstanceId : tags[Key?.replace(/^tag:/, '') ?? ''];
        return value !== undefined && Values.includes(value);
      }),
    );
    return { InstanceInformationList: found.map(({ information }) => information) };
  });

/** DescribeAutoScalingGroups by names, or with filters. */
export const autoScalingClient = (groups: () => readonly AutoScalingGroup[]): AutoScalingClient =>
  answeredBy(new AutoScalingClient(settings), (_, input) => {
    const { Filters = [], AutoScalingGroupNames: names }: DescribeAutoScalingGroupsCommandInput = input;
    const found = groups().filter(
      ({ AutoScalingGroupName = '', Tags = [] }) =>
        (!names || names.includes(AutoScalingGroupName)) &&
        Filters.every(({ Name, Values = [] }) =>
          Tags.some(({ Key = '', Value = '' }) =>
            Name === 'tag-key' ? Values.includes(Key) : Name === `tag:${Key}` && Values.includes(Value),
          ),
        ),
    );
    return { AutoScalingGroups: found };
  });

/** An account whose node groups are all self-managed. */
export const eksWithoutNodegroups = (): EKSClient => answeredBy(new EKSClient(settings), () => ({ nodegroups: [] }));
