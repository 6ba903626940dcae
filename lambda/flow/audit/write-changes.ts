import type { Change } from '../../core/findings/lifecycle/difference.ts';
import { accounted, nothingPublished } from '../../core/findings/lifecycle/published.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import type { Published, WriteSummary } from '../../core/model/published.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { Ports } from './ports.ts';

/** So many changes are in memory at once: ten requests of Security Hub. */
const atOnce = 1000;

interface Writing {
  readonly place: Place;
  readonly changes: Iterable<Change>;
}

interface Written {
  readonly published: Published;
  /** What stopped the writing: the changes after it are accounted for as not sent. */
  readonly problem?: Problem;
}

/** Sends what has changed, some at a time, and accounts for each change. */
export async function writeChanges(
  { findings }: Pick<Ports, 'findings'>,
  { place, changes }: Writing,
): Promise<Written> {
  let published = nothingPublished;
  let problem: Problem | undefined;

  for (const chunk of chunks(changes)) {
    const toSend = chunk.filter(({ kind }) => kind !== 'unchanged').map(({ finding }) => finding);
    const written = problem ? err(problem) : await write(() => findings.write(place, toSend), toSend.length);
    if (!written.ok) problem = written.error;

    const summary = written.ok
      ? written.value
      : notSent(
          toSend.map(({ Id }) => Id),
          written.error,
        );
    published = accounted(published, { changes: chunk, written: summary });
  }

  return { published, ...(problem && { problem }) };
}

/** Nothing to send is nothing to ask for: Security Hub is not even touched on a quiet day. */
const write = async (
  send: () => Promise<Result<WriteSummary, Problem>>,
  count: number,
): Promise<Result<WriteSummary, Problem>> =>
  count === 0 ? ok({ imported: 0, rejected: [], notSent: [] }) : await send();

const notSent = (ids: readonly string[], { message }: Problem): WriteSummary => ({
  imported: 0,
  rejected: [],
  notSent: ids.map((id) => ({ id, because: message })),
});

function* chunks(changes: Iterable<Change>): Generator<readonly Change[]> {
  let chunk: Change[] = [];
  for (const change of changes) {
    chunk.push(change);
    if (chunk.length === atOnce) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
