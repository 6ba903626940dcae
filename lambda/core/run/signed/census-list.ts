import { censusPrefix, historyPrefix, sweepPrefix, sweepStateKey } from '../../../contract/names.ts';
import type { SweepState } from '../sweep.ts';

/** The subject of a statement that lists the objects of the census, of sweeps and of the history since the statement before. */
export const censusListFile = 'SHA256SUMS.census';

/** Below `statements/`, by the SHA-256 of the list itself: a summary that ends too early leaves a list that no statement names, and nothing else. */
export const censusListName = (sha256: string): string => `census/${sha256}`;
export const isCensusList = (name: string): boolean => name.startsWith('census/');

/** The objects that such a list may name. What one sweep leaves for the next is no evidence. */
export const listedPrefixes = [censusPrefix, historyPrefix, sweepPrefix] as const;
export const isListed = (key: string): boolean =>
  key !== sweepStateKey && listedPrefixes.some((prefix) => key.startsWith(prefix));

/** The time of the sweep that an object is of, by its key; `undefined` for a key of the history, or that no sweep writes. */
export function sweptAtOf(key: string): string | undefined {
  const { day, hour, minute } =
    /^(?:census|sweeps)\/(?<day>\d{4}-\d\d-\d\d)\/(?<hour>\d\d)(?<minute>\d\d)[./]/.exec(key)?.groups ?? {};
  return day === undefined ? undefined : `${day}T${hour}:${minute}:00.000Z`;
}

/** Whether a run that follows a statement lists an object: each sweep's once, its own history, and in the first list the history so far. */
export function isToList(key: string, { from, until, ownHistory }: ListedTime): boolean {
  if (key.startsWith(historyPrefix)) return from === undefined || key === ownHistory;
  const sweptAt = sweptAtOf(key);
  return sweptAt !== undefined && sweptAt <= until && (from === undefined || sweptAt > from);
}

export interface ListedTime {
  /** Until when the statement before has listed sweeps; absent for the first list. */
  readonly from?: string | undefined;
  readonly until: string;
  /** The key of the history of the run that is signed. */
  readonly ownHistory: string;
}

/** An item is started within an hour of its sweep, and ends within another. */
const settledMs = 2 * 3_600_000;

/**
 * Until when nothing of a sweep is still to come, so that what comes later is not of a sweep. One that died after it wrote its state is reported by the
 * next one, however late that comes.
 * @param isReported whether the census of the sweep in the state is written
 */
export function settledUntil(
  now: Date,
  { state, isReported }: { readonly state?: SweepState | undefined; readonly isReported: boolean },
): string {
  const pending = state && !isReported && state.records.length > 0 ? [Date.parse(state.sweptAt) - 1] : [];
  return new Date(Math.min(now.getTime() - settledMs, ...pending)).toISOString();
}
