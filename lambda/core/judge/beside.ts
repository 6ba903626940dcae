import type { Verdict, VerdictStatus } from '../model/model.ts';
import { originText } from '../model/text/origin-text.ts';
import { printable } from '../model/text/words.ts';

/**
 * A node group's nodes beside its next one, under one control:
 * - `root`: both fail by the same value, so the template is where it comes from. `fails-too`: both fail, by different values.
 * - `next-fails`: the nodes pass, and the next one will not. `replace`: the nodes fail, and the next one will pass.
 */
export interface Beside {
  readonly kind: 'root' | 'fails-too' | 'next-fails' | 'replace';
  /** One sentence, printable, at most 330 characters. */
  readonly text: string;
}

interface BesideOptions {
  /** The worst status of the running nodes, and their verdicts. */
  readonly running: { readonly status: VerdictStatus; readonly verdicts: readonly Verdict[] } | undefined;
  /** The worst verdict of the next nodes, and where it is written. */
  readonly next: { readonly verdict: Verdict; readonly source: string };
}

/** `undefined` where the two say nothing about each other: without nodes, or where one of them isn't known. */
export function besideOf({ running, next }: BesideOptions): Beside | undefined {
  const { verdict, source } = next;
  if (running?.status === 'fail' && verdict.status === 'pass')
    return {
      kind: 'replace',
      text: printable(`fails here, but the next node is right: replace it (${source})`, 330),
    };
  if (verdict.status !== 'fail') return undefined;

  const { evidence } = verdict;
  const seen = `${evidence.setting} is ${printable(evidence.value, 60)}`;
  const where = written(evidence.origin, source);
  if (running?.status === 'pass')
    return {
      kind: 'next-fails',
      text: printable(`fixed here, but the next node will fail: ${seen} by ${where}`, 330),
    };
  if (running?.status !== 'fail') return undefined;

  const isSame = running.verdicts.some((each) => each.status === 'fail' && each.evidence.value === evidence.value);
  return isSame
    ? { kind: 'root', text: printable(`the root is ${where}: the next node will fail by it, too`, 330) }
    : { kind: 'fails-too', text: printable(`the next node will fail, too: ${seen} by ${where}`, 330) };
}

/** The place of the value, or the template that leaves a default as it is. */
const written = (origin: Parameters<typeof originText>[0], source: string): string =>
  origin.from === 'user-data' ? originText(origin) : `${originText(origin)}, which ${source} leaves as it is`;
