import { remediationEnvironment } from '../contract/remediation-names.ts';
import type { Place } from '../core/model.ts';
import { UsageError } from '../core/operator-error.ts';
import { required } from './settings.ts';

const pattern = /^(arn:aws[a-z-]*:iam::\d{12}:)?(role|user)\/[\w+=,.@/-]{1,512}$/;

/**
 * Who may approve a runbook, by account.
 * @throws UsageError when nobody may, or a word is none: a runbook that nobody can approve would wait for nothing
 */
export function approversFrom(
  env: Readonly<Record<string, string | undefined>>,
): (place: Pick<Place, 'partition' | 'accountId'>) => readonly string[] {
  const words = required(env, remediationEnvironment.approvers).split(',');
  const broken = words.find((each) => !pattern.test(each));
  if (broken !== undefined || words.length > 10)
    throw new UsageError(
      `${remediationEnvironment.approvers} '${broken ?? words.join(',')}' names no approvers; give up to ten, each as role/NAME, user/NAME or an ARN of IAM`,
    );

  return ({ partition, accountId }) =>
    words.map((each) => (each.startsWith('arn:') ? each : `arn:${partition}:iam::${accountId}:${each}`));
}
