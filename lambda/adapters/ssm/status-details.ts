import { clusterNameTags, hybridClusterTag } from '../../contract/names.ts';

/** What became of a command on one instance, in SSM's words (`Success`, `Delivery Timed Out` or `DeliveryTimedOut`). */
export type InvocationOutcome =
  | { readonly state: 'waiting' }
  | { readonly state: 'success' }
  /** It ran nowhere: the account had too many commands at once. It may be sent again. */
  | { readonly state: 'refused' }
  | { readonly state: 'failed'; readonly because: string };

/** SSM writes these words with and without spaces. */
const letters = (details: string): string => details.replace(/[^A-Za-z]/g, '').toLowerCase();

/** Source: Systems Manager user guide, "Understanding command statuses". A word that SSM adds later is not taken for a success, nor for an end. */
export function invocationOutcome(details: string): InvocationOutcome {
  const word = letters(details);
  if (word === 'success') return { state: 'success' };
  if (word === 'rateexceeded') return { state: 'refused' };

  const because = endings[word];
  return because === undefined ? { state: 'waiting' } : { state: 'failed', because };
}

/** Which machines the role's policy admits, for the message about its refusal. */
export const admittedMachines = `the role admits instances tagged ${clusterNameTags.slice(0, -1).join(', ')} or ${clusterNameTags.at(-1)}, and hybrid nodes tagged ${hybridClusterTag}`;

const endings: Readonly<Record<string, string>> = {
  deliverytimedout:
    "the command did not reach the instance in time: is its SSM agent running, and can it reach SSM's endpoints?",
  executiontimedout: 'the probe did not end within its time limit: is the node overloaded, or a file system hanging?',
  timedout: 'the command timed out on the instance: is its SSM agent running?',
  failed: 'the probe failed on the node',
  cancelled: 'the command was cancelled by somebody before it ended',
  canceled: 'the command was cancelled by somebody before it ended',
  undeliverable: 'the command could not be delivered: the instance does not exist any more, or does not answer SSM',
  terminated: 'the command was ended by SSM because too many other instances failed (its MaxErrors was reached)',
  invalidplatform: 'the probe is for Linux, and SSM knows this instance as another platform',
  accessdenied: `SSM denied the command for this instance: allow ssm:SendCommand on it, or tag it with its cluster (${admittedMachines})`,
  noinstancesintag: 'SSM found no instance to send the command to',
  incomplete: 'SSM ended the command before it ran everywhere',
  skippedstep: 'the step was skipped: the probe is for Linux',
};
