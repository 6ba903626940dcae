import type { DeployedStack } from '../lab/aws/cloud-formation/deployed-stack.ts';

/** Where a stack is deployed, as its ARNs tell. */
export interface Place {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

export interface PlacedStack {
  readonly stack: DeployedStack;
  readonly place: Place;
}

/** `arn:aws:eks:eu-west-1:111122223333:cluster/prod`, of `eks` and `cluster/prod`. */
export const arnOf = ({ partition, accountId, region }: Place, service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

/** `arn:aws:iam::111122223333:role/NAME`: a role is of no Region. */
export const roleArn = ({ partition, accountId }: Pick<Place, 'partition' | 'accountId'>, name: string): string =>
  `arn:${partition}:iam::${accountId}:role/${name}`;
