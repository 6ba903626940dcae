/** Where the stack is deployed, as its ARNs tell. */
export interface Place {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

/** Where the flows run, and where the policies are taken to be deployed. */
export const place: Place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };

/** `arn:aws:eks:eu-west-1:111122223333:cluster/prod`, of `eks` and `cluster/prod`. */
export const arnOf = ({ partition, accountId, region }: Place, service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
