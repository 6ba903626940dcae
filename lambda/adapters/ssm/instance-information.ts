import {
  type InstanceInformation,
  type InstanceInformationStringFilter,
  paginateDescribeInstanceInformation,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Result } from '../../core/model/result.ts';
import type { Clock } from '../../flow/ports.ts';
import { type SsmFault, ssmCall } from './ssm-call.ts';
import type { SsmPaces } from './ssm-pace.ts';

interface InstanceInformationOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly paces?: SsmPaces;
}

/** What SSM knows of the instances that one filter admits, all pages. A tag filter cannot be combined with others. */
export const instanceInformation = (
  options: InstanceInformationOptions,
  filter: InstanceInformationStringFilter,
): Promise<Result<readonly InstanceInformation[], SsmFault>> =>
  ssmCall('ssm:DescribeInstanceInformation', () => allPages(options, filter), options);

async function allPages({ client, signal }: InstanceInformationOptions, filter: InstanceInformationStringFilter) {
  const known: InstanceInformation[] = [];
  const pages = paginateDescribeInstanceInformation(
    { client, pageSize: 50 },
    { Filters: [filter] },
    { abortSignal: signal },
  );
  for await (const page of pages) known.push(...(page.InstanceInformationList ?? []));
  return known;
}
