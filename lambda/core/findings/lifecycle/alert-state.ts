import type { StoredFinding } from '../../ports.ts';
import { complianceStatuses } from '../asff/asff.ts';
import { ownFields } from '../own-fields.ts';

/** What a finding was before: ASFF's status, `NONE` when there was none, `ARCHIVED` when it was gone. */
const labels = ['NONE', 'ARCHIVED', ...complianceStatuses] as const;
type Label = (typeof labels)[number];

/** The last announcement: `at` is the `startedAt` of the run that saw it. */
export interface TransitionMark {
  readonly kind: 'opened' | 'resolved';
  readonly at: string;
  readonly from: Label;
}

/**
 * Whether somebody was told of a failure that is not over. It is carried in the finding, because its status cannot tell: NOT_AVAILABLE after FAILED
 * is not resolved, and FAILED after that is not opened again.
 */
export interface AlertState {
  readonly open: boolean;
  readonly mark?: TransitionMark;
}

/** - `alarming`: failed or warned. - `settled`: passed, waived or gone. - `unseen`: nothing was seen, so nothing began or ended. */
type Seen = 'alarming' | 'settled' | 'unseen';

/** From failed to warned and back nothing opens: it is about the same, and whoever was told still has to look. */
export function nextAlert(before: StoredFinding | undefined, seen: Seen, at: string): AlertState {
  const state = storedAlert(before);
  if (seen === 'unseen' || state.open === (seen === 'alarming')) return state;

  const kind = seen === 'alarming' ? 'opened' : 'resolved';
  return { open: seen === 'alarming', mark: { kind, at, from: storedLabel(before) } };
}

/** What Security Hub holds says of it. A version of this program that carried nothing counted as announced what was active and failed. */
function storedAlert(stored: StoredFinding | undefined): AlertState {
  if (!stored) return { open: false };

  const mark = transitionMark(stored.productFields);
  const open = stored.productFields[ownFields.open];
  const failed = stored.complianceStatus === 'FAILED' || stored.complianceStatus === 'WARNING';
  return {
    open: stored.recordState !== 'ARCHIVED' && (open === undefined ? failed : open === 'true'),
    ...(mark && { mark }),
  };
}

function storedLabel(stored: StoredFinding | undefined): Label {
  if (!stored) return 'NONE';
  if (stored.recordState === 'ARCHIVED') return 'ARCHIVED';
  return labels.find((each) => each === stored.complianceStatus) ?? 'NONE';
}

const markPattern = /^(opened|resolved) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) from ([A-Z_]{4,13})$/;

export function transitionMark(productFields: Readonly<Record<string, string>>): TransitionMark | undefined {
  const [, kind, at, before] = markPattern.exec(productFields[ownFields.transition] ?? '') ?? [];
  const from = labels.find((each) => each === before);
  if (at === undefined || from === undefined || Number.isNaN(Date.parse(at))) return undefined;

  return { kind: kind === 'opened' ? 'opened' : 'resolved', at, from };
}

/**
 * Whether a run still has to announce it: its own, and what is younger than what the run before announced. What a terminal marked after the run began is the next
 * one's, or both would announce it.
 */
export const isToTell = (
  { at }: TransitionMark,
  { startedAt, told }: { readonly startedAt: string; readonly told: string },
) => at === startedAt || (at > told && at < startedAt);

export const alertFields = ({ open, mark }: AlertState): Readonly<Record<string, string>> => ({
  [ownFields.open]: `${open}`,
  ...(mark ? { [ownFields.transition]: `${mark.kind} ${mark.at} from ${mark.from}` } : {}),
});
