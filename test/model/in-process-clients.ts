import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { SecurityHubService } from '../lab/aws/security-hub/security-hub.ts';
import { LabError } from '../lab/wire/service.ts';
import { place } from './true-world.ts';

/** The SDK's client without the wire: each command goes to the lab's Security Hub in this process, and what that refuses is thrown as the SDK would. */
export function inProcessClient(
  service: SecurityHubService,
  broken: (operation: string) => boolean,
  region: string = place.region,
): SecurityHubClient {
  const client = new SecurityHubClient({
    region,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });

  client.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        const operation = commandName.replace(/Command$/, '');
        if (broken(operation)) throw asThrown(new LabError('InternalException', 'planned fault', 500));
        const output = await service
          .handle({
            service: 'securityhub',
            operation,
            accountId: place.accountId,
            region,
            principalArn: `arn:aws:sts::${place.accountId}:assumed-role/EksKubeletAuditMember/model`,
            input: { ...input },
          })
          .catch((error: unknown) => {
            throw error instanceof LabError ? asThrown(error) : error;
          });
        return { output: Object(output), response: {} };
      },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

const asThrown = ({ code, message, status }: LabError): Error =>
  Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });
