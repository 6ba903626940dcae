import type { Stack } from 'aws-cdk-lib';
import { clusterNameTags, hybridClusterTag } from '../../../lambda/contract/names.ts';
import type { Grant } from '../access/grants.ts';

/** Where a document may run: on machines that are tagged as nodes of a cluster, in every Region of this account. */
export function nodeGrants(stack: Stack): readonly Grant[] {
  const arn = (service: string, resource: string) => stack.formatArn({ service, region: '*', resource });
  const machines = (service: string, resource: string, tag: string, value: string): Grant => ({
    resources: [arn(service, resource)],
    conditions: { StringLike: { [`ssm:resourceTag/${tag}`]: value } },
    why: 'Nodes come and go: the condition admits those tagged as nodes of an EKS cluster',
  });

  return [
    ...clusterNameTags.map((tag) => machines('ec2', 'instance/*', tag, '*')),
    machines('ssm', 'managed-instance/*', hybridClusterTag, arn('eks', 'cluster/*')),
  ];
}
