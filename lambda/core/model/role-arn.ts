import type { Place } from './model.ts';

/** The ARN of an account's role without a path. */
export const roleArn = ({ partition, accountId }: Pick<Place, 'partition' | 'accountId'>, name: string): string =>
  `arn:${partition}:iam::${accountId}:role/${name}`;

export interface RoleArn {
  readonly arn: string;
  readonly partition: string;
  readonly accountId: string;
  /** `/` for a role without a path. */
  readonly path: string;
}

const pattern = /^arn:(aws[a-z-]*):iam::(\d{12}):role(\/(?:[\w+=,.@-]{1,64}\/){0,8})[\w+=,.@-]{1,64}$/;

/** Parses `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`; a session (`arn:…:sts:…:assumed-role/…`), a user and anything else are `undefined`. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const [, partition, accountId, path] = pattern.exec(text) ?? [];
  if (!partition || !accountId || !path) return undefined;

  return { arn: text, partition, accountId, path };
}
