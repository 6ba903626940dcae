import { err, ok, type Result } from '../../../model/result.ts';
import { printable } from '../../../model/text/words.ts';

/** How the fix ended on one node, as its document reported. */
const outcomes = [
  /** The kubelet was restarted with the new values and stayed well. That it runs with them is seen by reading it again. */
  'changed',
  /** The change that waited for it stays. */
  'kept',
  /** Files and arguments said it before: nothing was touched. */
  'already',
  /** Nothing was touched, and the words say why. */
  'refused',
  /** It did not come back healthy with the new values, and runs as before. */
  'restored',
  /** It did not come back healthy in either way, or its state is unknown. */
  'failed',
  /** The document showed what it would do, and nothing was touched. */
  'dry-run',
  /** The files of an earlier run are back, and the kubelet was restarted with them and stayed well. */
  'undone',
] as const;
type RemedyOutcome = (typeof outcomes)[number];

export interface RemedyAnswer {
  readonly outcome: RemedyOutcome;
  /** `disk-full`, `not-back`, … */
  readonly code: string;
  /** One bounded, printable sentence. */
  readonly words: string;
  /** What was changed, or would be. Bounded and printable; for a person who asks, and for nothing else. */
  readonly changes: readonly RemedyChange[];
  /** The node puts the change back within ten minutes unless *keep* follows. */
  readonly keep?: true;
  /** After an undo: an earlier command of the same run can still be undone there. */
  readonly left?: true;
}

export interface RemedyChange {
  /** `setting`, `argument`, `mode`, `owner`, `restart` */
  readonly kind: string;
  readonly file: string;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const mostCharacters = 24_000;
const mostLines = 200;

/**
 * The document's answer on one node. It is the marker, lines of `name=value`, and the number of lines, so that a cut answer is never taken for a whole one.
 * Root on the node can forge it: only the reported end is used, and the node is read again to see whether it is fixed.
 */
export function parseRemedyAnswer(output: string, marker: string): Result<RemedyAnswer, string> {
  if (output.length > mostCharacters) return err('the answer is too long to be one of ours');
  const lines = output.replace(/\r?\n$/, '').split('\n');
  const [first = '', ...rest] = lines;
  if (first !== marker) return err(otherFormat(first, marker));
  if (lines.length > mostLines) return err('the answer has too many lines to be one of ours');
  if (rest.at(-1) !== `end=${lines.length - 1}`) return err('the answer was cut');

  const said = (name: string): readonly string[] =>
    rest.flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
  if (rest.some((line) => !/^[a-z]{1,20}=/.test(line)))
    return err('a line of the answer is not in the document’s format');

  const [word, ...others] = said('outcome');
  const outcome = outcomes.find((each) => each === word);
  const [code] = said('reason');
  if (outcome === undefined || others.length > 0 || code === undefined || !/^[a-z][a-z-]{0,39}$/.test(code))
    return err('the answer does not say how it ended');
  return ok({
    outcome,
    code,
    words: printable(said('words')[0] ?? '', 500),
    changes: said('change').map(changeOf),
    ...(said('keep').length > 0 && { keep: true }),
    ...(said('left').length > 0 && { left: true }),
  });
}

function changeOf(text: string): RemedyChange {
  const [kind = '', file = '', name = '', before = '', after = ''] = text
    .split('\t')
    .map((each) => printable(each, 300));
  return { kind, file, name, before, after };
}

function otherFormat(first: string, marker: string): string {
  const [product = ''] = marker.split('/');
  return first.startsWith(`${product}/`) && /^[!-~]{1,60}$/.test(first)
    ? `the document answers ${first}, and ${marker} is read here: deploy the remediation stack of this version`
    : 'it is not the answer of our document';
}
