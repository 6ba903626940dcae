const prefixes: Readonly<Record<string, string>> = {
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'us-isob-': 'aws-iso-b',
  'us-isof-': 'aws-iso-f',
  'us-iso-': 'aws-iso',
  'eu-isoe-': 'aws-iso-e',
  'eusc-': 'aws-eusc',
};

/** The partition of a Region, by its name. */
export const partitionOf = (region: string): string =>
  Object.entries(prefixes).find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';

/** `arn:aws:eks:eu-west-1:111122223333:cluster/prod` */
export const regionalArn = (
  service: string,
  { accountId, region }: { readonly accountId: string; readonly region: string },
  resource: string,
): string => `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
