import type { InstanceInformation, SSMClient } from '@aws-sdk/client-ssm';
import { hybridClusterTag } from '../../contract/names.ts';
import type { Instance, Place } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import type { InstanceDirectory } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { instanceInformation } from './instance-information.ts';
import { ssmProblem } from './ssm-call.ts';

interface HybridOptions {
  readonly client: (place: Place) => SSMClient;
  readonly clock: Clock;
}

/**
 * The hybrid nodes of a cluster that SSM manages: `mi-…` ids with the tag that their activation carries, EKSClusterARN. Nodes with IAM Roles Anywhere
 * are not in SSM by default, so they are not here. SSM is not asked about a cluster that AWS does not call hybrid (no remote node networks), or whose
 * ARN is unknown. Missing SSM rights must not cost other clusters their inventory.
 */
export function hybridInstances({ client, clock }: HybridOptions): InstanceDirectory {
  return {
    async instances({ arn, compute }, signal) {
      if (!arn || !compute.hybrid) return ok([]);

      const found = await instanceInformation(
        { client: client(arn), clock, signal },
        { Key: `tag:${hybridClusterTag}`, Values: [arn.arn] },
      );
      return found.ok ? ok(found.value.flatMap(toInstance)) : err(ssmProblem(found.error, '*'));
    },
  };
}

function toInstance({
  InstanceId: id,
  PlatformType: platform,
  ComputerName: name,
  RegistrationDate: registeredAt,
}: InstanceInformation): readonly Instance[] {
  if (!id?.startsWith('mi-')) return [];
  return [
    {
      id,
      state: 'running',
      ...(registeredAt && { launchedAt: registeredAt.toISOString() }),
      group: { kind: 'hybrid', name: 'hybrid' },
      platform: platform === 'Windows' ? 'windows' : 'linux',
      ...(name && { privateDnsName: name }),
    },
  ];
}
