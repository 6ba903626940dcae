import { productName } from '../../../contract/names.ts';
import type { Transition } from '../../model/model.ts';
import { howMany } from '../../model/text/how-many.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { withReason } from '../asff/fingerprint.ts';
import { requirementText } from '../description.ts';
import { type FindingOfOptions, findingOf, isApplicable } from '../finding.ts';
import { findingText } from '../finding-text.ts';
import { parseFindingId } from '../identity.ts';
import { ownFields } from '../own-fields.ts';
import { statusBefore, transitionOfFinding } from './announcement.ts';
import type { Memory } from './memory.ts';
import { machinesOf, type OpenedFinding } from './opened-by-sweep.ts';

interface SweptFindingOptions {
  readonly context: FindingOfOptions;
  /** The sweep's time, and when it listed the machines. */
  readonly at: string;
  readonly listed: string;
  /** What the last run left; absent before the first. */
  readonly run?: Memory | undefined;
}

/** What a sweep says of a failure: of the machines that it saw, and nothing of the others. */
export function sweptFinding(opened: OpenedFinding, options: SweptFindingOptions): AsffFinding | undefined {
  const { rolled } = opened;
  if (!isApplicable(rolled)) return undefined;

  const finding = findingOf(rolled, options.context);
  const fields = Object.entries(finding.ProductFields).filter(([name]) => !name.startsWith(`${productName}/nodes`));
  const words = sweptWords(opened, options);
  const Description = findingText(`${words}. ${requirementText(rolled.control)}`, 1024);
  return withReason(
    {
      ...finding,
      Description,
      ProductFields: { ...Object.fromEntries(fields), [ownFields.sweptListed]: options.listed },
    },
    { ReasonCode: 'SEEN_BY_SWEEP', Description: findingText(words, 512) },
  );
}

/** Its announcement. */
export function sweptTransition(
  opened: OpenedFinding,
  options: SweptFindingOptions & Pick<Transition, 'securityHub'>,
): Transition | undefined {
  const { id, before, rolled } = opened;
  const name = parseFindingId(id);
  if (!name || !isApplicable(rolled)) return undefined;

  const announcing = {
    kind: 'opened',
    name,
    findingId: id,
    before: statusBefore(before),
    securityHub: options.securityHub,
    memory: options.run ? 'kept' : 'missing',
  } as const;
  const transition = transitionOfFinding(announcing, findingOf(rolled, options.context));
  return { ...transition, because: findingText(`${sweptWords(opened, options)}; ${transition.because}`, 512) };
}

/** `1 machine seen at 14:15 UTC fails (i-…); the run of 05:00 UTC saw none`. */
function sweptWords({ rolled, before }: OpenedFinding, { at, run }: SweptFindingOptions): string {
  const ids = machinesOf(rolled).map(([id]) => id);
  const more = ids.length > named ? `, and ${ids.length - named} more` : '';
  const verb = { fail: ['fails', 'fail'], warn: ['is suspected to fail', 'are suspected to fail'] }[
    rolled.status === 'fail' ? 'fail' : 'warn'
  ][ids.length === 1 ? 0 : 1];
  const seen =
    ids.length > 0
      ? `${howMany(ids.length, 'machine')} seen at ${at.slice(11, 16)} UTC ${verb} (${ids.slice(0, named).join(', ')}${more})`
      : `seen at ${at.slice(11, 16)} UTC in a cluster that is new`;
  if (!run) return `${seen}; no run has audited this cluster yet`;

  const day = run.startedAt.slice(0, 10) === at.slice(0, 10) ? '' : `${run.startedAt.slice(0, 10)} `;
  return `${seen}; the run of ${day}${run.startedAt.slice(11, 16)} UTC saw ${before?.status === 'warn' ? 'it suspected only' : 'none'}`;
}

const named = 3;
