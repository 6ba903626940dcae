import { awsCredentials } from '../adapters/aws-access.ts';
import { systemClock } from '../adapters/clock.ts';
import { singleAttemptClient } from '../adapters/ssm/remediation-client.ts';
import { ssmRemedies } from '../adapters/ssm/remediation-command.ts';
import type { Ports } from '../core/ports.ts';
import type { RemediationPorts } from '../core/remediation/ports.ts';
import { openPorts } from './ports.ts';
import type { RemediateSettings } from './remediate-settings.ts';

/** What `remediate` touches, all with the caller's own credentials: no role of the audit may change a node. */
export async function openRemediationPorts(
  settings: RemediateSettings,
  surroundings: Pick<Ports, 'log' | 'progress'>,
): Promise<RemediationPorts & { close(): void }> {
  const ports = await openPorts(settings, surroundings);
  const credentials = awsCredentials(settings.road.profile);

  return {
    ...ports,
    remedies: ssmRemedies({ client: ({ region }) => singleAttemptClient({ region, credentials }), clock: systemClock }),
  };
}
