import type { Problem } from '../../core/model.ts';
import { type SsmFault, ssmProblem } from './ssm-call.ts';

/** The problem behind a fault that every node would meet, in the words of who wanted to change something. */
export function nothingChanged(fault: SsmFault, resource: string): Problem {
  const problem = ssmProblem(fault, resource);
  return {
    ...problem,
    remedy: fault.accessDenied
      ? `allow ${fault.action} on ${resource} to this principal; nothing was changed`
      : 'fix that, and give the same command again; nothing was changed',
  };
}
