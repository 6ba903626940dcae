import type { ClusterArn, Place } from './model.ts';

const pattern = /^arn:(aws[a-z-]*):eks:([a-z]{2}[a-z0-9-]{2,30}):(\d{12}):cluster\/([0-9A-Za-z][0-9A-Za-z_-]{0,99})$/;

/** Parses `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`; anything else is `undefined`. */
export function parseClusterArn(text: string): ClusterArn | undefined {
  const [, partition, region, accountId, name] = pattern.exec(text) ?? [];
  if (!partition || !region || !accountId || !name) return undefined;

  return { arn: text, partition, region, accountId, name };
}

/** The ARN of the cluster of that name in an account's Region. */
export function clusterArnOf({ partition, region, accountId }: Place, name: string): ClusterArn {
  return { arn: `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`, partition, region, accountId, name };
}
