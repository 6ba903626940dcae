import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { ClusterArn } from '../../core/model/model.ts';
import { ok } from '../../core/model/result.ts';
import { parseRoleArn } from '../../core/model/role-arn.ts';
import type { IamRoles } from '../../flow/grant/ports.ts';
import { type AwsAccess, attempted, awsErrorName, clientSettings } from '../aws-access.ts';

export const iamClient = (access: AwsAccess): IAMClient => new IAMClient(clientSettings(access));

/** Roles of the clusters' own accounts, with the caller's own rights: iam:GetRole. Not part of the audit. */
export function iamRoles({ client }: { readonly client: (place: ClusterArn) => IAMClient }): IamRoles {
  return {
    async createdAt({ arn, name }, roleArn) {
      if (!arn) throw new Error(`cluster ${name} has no ARN: no role is looked up for it`);
      // A role of another account is not this account's to look up.
      if (parseRoleArn(roleArn)?.accountId !== arn.accountId) return ok(undefined);

      const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
      const call = async () => {
        try {
          return (await client(arn).send(new GetRoleCommand({ RoleName }))).Role?.CreateDate;
        } catch (error) {
          if (['NoSuchEntityException', 'NoSuchEntity'].includes(awsErrorName(error))) return undefined;
          throw error;
        }
      };
      const cause = ['role-unread', 'allow iam:GetRole on it to the principal of these credentials'] as const;
      const message = `when role ${RoleName} of account ${arn.accountId} was made is not known`;
      return await attempted(call, { action: 'iam:GetRole', place: arn, message, forbidden: cause, other: cause });
    },
  };
}
