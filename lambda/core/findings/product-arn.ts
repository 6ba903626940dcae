import type { Place } from '../model/model.ts';

/** The default product of an account's Region: the only one that a custom integration may send to, and only from that account. */
export const defaultProductArn = ({ partition, region, accountId }: Place): string =>
  `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`;
