import type { NodeAudit } from '../../../model/model.ts';
import { readingsOf } from '../steps/value-source.ts';

/**
 * Why a node that was fixed is not as planned, in one sentence; absent when it is. It must pass what it was fixed for, answer everybody that it
 * answered before, and not refuse the API server.
 */
export function stillWrong(
  controls: readonly string[],
  { before, now }: { readonly before: NodeAudit; readonly now: NodeAudit },
): string | undefined {
  const mute = readingsOf(before).find(({ via }) => !readingsOf(now).some((each) => each.via === via));
  if (mute) {
    const because = now.failures.find(({ via }) => via === mute.via)?.because ?? 'it said nothing';
    return `it was read by ${mute.via} before its change, and is not any more: ${because}`;
  }

  const mustLetIn = controls.includes('kubelet-client-ca-file') || !refuses(before);
  if (mustLetIn && refuses(now))
    return 'its kubelet refuses the API server: the client CA that it has now may not be the one that signs the API server’s certificate';

  const open = controls.find((slug) => now.verdicts[slug]?.status !== 'pass');
  return open === undefined ? undefined : `${open} does not pass: ${reasonOf(now, open)}`;
}

function reasonOf({ verdicts }: NodeAudit, slug: string): string {
  const verdict = verdicts[slug];
  if (verdict === undefined) return 'it was not evaluated';
  if ('because' in verdict) return verdict.because;

  const { setting, value, expected } = verdict.evidence;
  return `${setting} is ${value}, expected ${expected}`;
}

const refuses = ({ failures }: NodeAudit): boolean => failures.some(({ kind }) => kind === 'kubelet-refused');
