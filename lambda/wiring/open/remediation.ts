import { accountCredentials } from '../../adapters/account-credentials.ts';
import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { powertoolsLog } from '../../adapters/log.ts';
import { ssmClient } from '../../adapters/ssm/client.ts';
import { ssmRunbooks } from '../../adapters/ssm/remediation-runbook.ts';
import { productName } from '../../contract/names.ts';
import { remediationEnvironment, remediationRoleName } from '../../contract/remediation-names.ts';
import type { Place } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { RequestPorts } from '../../flow/remediate/ports.ts';
import type { AwsAccessPath } from '../access-path.ts';
import { noProgress } from '../no-progress.ts';
import { required, type Settings } from '../settings.ts';
import type { Invocation } from './hub.ts';
import { openRunPorts } from './run.ts';

/** What the function behind the custom action touches: clusters by the member role, which reads, and the runbook by a role that can do nothing but start it. */
export async function openRequestPorts(
  settings: Settings & { readonly accessPath: AwsAccessPath },
  { env, keys, deadline, signal }: Invocation & { readonly deadline: Date; readonly signal: AbortSignal },
): Promise<RequestPorts & { close(): void }> {
  const approvers = approversFrom(env);
  const clock = systemClock;
  const sockets = awsSockets();
  const run = await openRunPorts(settings, { log: powertoolsLog(keys), progress: noProgress, deadline });
  const starter = accountCredentials({
    base: awsCredentials(),
    role: {
      name: remediationRoleName,
      of: 'remediation',
      sessionName: productName,
      region: settings.accessPath.homeRegion,
    },
    clock,
    sockets,
  });

  return {
    ...run,
    runbooks: ssmRunbooks({
      client: (place) => ssmClient({ region: place.region, credentials: starter(place), sockets }),
      approvers,
      clock,
      signal,
    }),
    close() {
      run.close();
      sockets.close();
    },
  };
}

const approverPattern = /^(arn:aws[a-z-]*:iam::\d{12}:)?(role|user)\/[\w+=,.@/-]{1,512}$/;

/**
 * Who may approve a runbook, by account.
 * @throws UsageError when there are no approvers, or a word is not one: a runbook without approvers would wait for ever
 */
export function approversFrom(
  env: Readonly<Record<string, string | undefined>>,
): (place: Pick<Place, 'partition' | 'accountId'>) => readonly string[] {
  const words = required(env, remediationEnvironment.approvers).split(',');
  const broken = words.find((each) => !approverPattern.test(each));
  if (broken !== undefined || words.length > 10)
    throw new UsageError(
      `${remediationEnvironment.approvers} '${broken ?? words.join(',')}' names no approvers; give up to ten, each as role/NAME, user/NAME or an ARN of IAM`,
    );

  return ({ partition, accountId }) =>
    words.map((each) => (each.startsWith('arn:') ? each : `arn:${partition}:iam::${accountId}:${each}`));
}
