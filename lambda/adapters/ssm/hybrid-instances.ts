import type { InstanceInformation, SSMClient } from '@aws-sdk/client-ssm';
import { hybridClusterTag } from '../../contract/names.ts';
import type { Instance, Place } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import { hybridGroup } from '../../core/read/inventory/inventory.ts';
import type { InstanceDirectory, InstanceLookup } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { instanceInformation } from './managed-instances.ts';
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

/** SSM takes so many ids in one filter. */
const mostIds = 100;

/** Single machines: those that SSM manages (`mi-…`), of which EC2 knows nothing, and whatever `ec2` finds. */
export function withHybridLookup(ec2: InstanceLookup, { client, clock }: HybridOptions): InstanceLookup {
  return {
    async find(cluster, { ids = [], ...wanted }, signal) {
      const { arn } = cluster;
      const hybrid = ids.filter((each) => each.startsWith('mi-'));
      const found = await ec2.find(cluster, { ...wanted, ids: ids.filter((each) => !hybrid.includes(each)) }, signal);
      if (!found.ok || !arn) return found;

      const all = [...found.value];
      for (let from = 0; from < hybrid.length; from += mostIds) {
        const Values = hybrid.slice(from, from + mostIds);
        const known = await instanceInformation({ client: client(arn), clock, signal }, { Key: 'InstanceIds', Values });
        if (!known.ok) return err(ssmProblem(known.error, '*'));
        all.push(...known.value.flatMap(toInstance));
      }
      return ok(all);
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
      group: hybridGroup,
      platform: platform === 'Windows' ? 'windows' : 'linux',
      ...(name && { privateDnsName: name }),
    },
  ];
}
