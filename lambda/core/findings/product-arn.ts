import type { ClusterArn } from '../model.ts';

/** The default product of the cluster's own account and Region: the only one that a custom integration may send to, and only from that account. */
export const defaultProductArn = ({ partition, region, accountId }: ClusterArn): string =>
  `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`;
