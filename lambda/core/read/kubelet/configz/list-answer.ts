import type { Problem } from '../../../model/model.ts';
import { printable } from '../../../model/text/printable.ts';
import { apiStatus, type HttpAnswer, retryAfter } from './api-status.ts';
import { credentialsRefused, rightsMissing } from './cluster-problem.ts';

export type ListAnswer =
  /** The list itself, which has megabytes, is read by who has it. */
  | { readonly kind: 'list' }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** Ask again after this many milliseconds. If that does not help, `problem` is the result. */
  | { readonly kind: 'retry'; readonly after: number; readonly problem: Problem };

/**
 * What the API server's answer to a list means.
 * @param plural what is listed, `nodes`
 */
export function classifyListAnswer(answer: HttpAnswer, plural: string): ListAnswer {
  if (answer.status === 200) return { kind: 'list' };
  if (answer.status === 429) {
    return {
      kind: 'retry',
      after: retryAfter(answer),
      problem: notListed(plural, `the API server is too busy to list ${plural} (429)`),
    };
  }

  const status = apiStatus(answer);
  if (answer.status === 401 && status !== undefined) return { kind: 'problem', problem: credentialsRefused };
  if (answer.status === 403 && status !== undefined) return { kind: 'problem', problem: rightsMissing(status) };

  const said = status === undefined ? '' : `: ${printable(status.message, 160)}`;
  const problem = notListed(plural, `the API server answered ${answer.status} to the list of ${plural}${said}`);
  return answer.status >= 500 ? { kind: 'retry', after: 1000, problem } : { kind: 'problem', problem };
}

const notListed = (plural: string, message: string): Problem => ({
  code: `${plural}-not-listed`,
  message,
  remedy: 'check that the endpoint is the API server of this cluster and that it is healthy, then audit again',
});
