import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { ClusterArn } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import { parseRoleArn } from '../../core/model/role-arn.ts';
import type { IamRoles } from '../../flow/grant/ports.ts';
import { type AwsAccess, accountProblem, awsErrorName, awsErrorText, clientSettings } from '../aws-access.ts';

export const iamClient = (access: AwsAccess): IAMClient => new IAMClient(clientSettings(access));

/** Roles of the clusters' own accounts, with the caller's own rights: iam:GetRole. Not part of the audit. */
export function iamRoles({ client }: { readonly client: (place: ClusterArn) => IAMClient }): IamRoles {
  return {
    async createdAt({ arn, name }, roleArn) {
      if (!arn) throw new Error(`cluster ${name} has no ARN: no role is looked up for it`);
      // A role of another account is not this account's to look up.
      if (parseRoleArn(roleArn)?.accountId !== arn.accountId) return ok(undefined);

      const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
      try {
        const { Role } = await client(arn).send(new GetRoleCommand({ RoleName }));
        return ok(Role?.CreateDate);
      } catch (error) {
        if (awsErrorName(error) === 'NoSuchEntityException' || awsErrorName(error) === 'NoSuchEntity')
          return ok(undefined);
        return err(
          accountProblem(error, { action: 'iam:GetRole', place: arn }) ?? {
            code: 'role-unread',
            message: `when role ${RoleName} of account ${arn.accountId} was made is not known: ${awsErrorText(error)}`,
            remedy: 'allow iam:GetRole on it to the principal of these credentials',
          },
        );
      }
    },
  };
}
