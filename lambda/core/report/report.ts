import { benchmarkFor, benchmarkNote, numberIn } from '../judge/benchmark-for.ts';
import type { Control } from '../judge/control.ts';
import type { WaiverUse } from '../judge/waivers/waiver-use.ts';
import type { Manifest } from '../model/manifest.ts';
import type { AccessStatus } from '../model/model.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { allOf } from '../model/text/words.ts';
import type { Coverage } from '../run/coverage.ts';
import type { Tally } from '../run/outcome.ts';

/** The controls of a report, and the benchmark whose numbers they have: a version, or `auto` for those that fit each cluster. */
export interface ReportedControls {
  readonly controls: readonly Control[];
  readonly benchmark: string;
}

/** What is known before the first cluster. */
export interface RunStart {
  readonly startedAt: string;
  readonly benchmark: string;
}

/** What is known when the last cluster is done. */
export interface RunEnd extends RunStart {
  readonly finishedAt: string;
  readonly tally: Tally;
  /** The coverage of a run over accounts. */
  readonly coverage?: Coverage;
  /** Of the waivers that it was audited with; absent without any. */
  readonly waivers?: WaiverUse;
  /** How it was audited: one, or one of each of the results that a report is made of; absent where none is known. */
  readonly manifests?: readonly Manifest[];
  /** A person stopped it: what is missing was not looked at. */
  readonly interrupted?: true;
}

/**
 * A format: text piece by piece, cluster by cluster as they are done, so that a thousand clusters are never in memory at once. It serves one run, in
 * the order `begin`, `cluster` any number of times, `end`. What each of them yields ends with a line break, or is empty.
 */
export interface Report {
  begin?(run: RunStart): Iterable<string>;
  cluster(audit: ReportedAudit): Iterable<string>;
  end(run: RunEnd): Iterable<string>;
}

/** `3.2.3`; none where this version of the benchmark has no such control. */
export const controlNumber = numberIn;

interface Numbered {
  readonly benchmark: string;
}

/** A cluster under the benchmark with whose numbers it was saved, or with those that fit its Kubernetes version. */
type NumberedCluster = Pick<ReportedAudit, 'benchmark'> & {
  readonly cluster: Pick<ReportedAudit['cluster'], 'version'>;
};

/** A report's options for one of its clusters. */
export const numberedFor = <Options extends Numbered>(
  options: Options,
  { benchmark, cluster }: NumberedCluster,
): Options => ({ ...options, benchmark: benchmark ?? benchmarkFor(options.benchmark, cluster) });

/** A report's options for what it says of all its clusters: where their numbers differ there are none, and controls go by name. */
export function numberedForAll<Options extends Numbered>(
  options: Options,
  clusters: readonly NumberedCluster[],
): Options {
  const [only, ...others] = new Set(clusters.map((each) => numberedFor(options, each).benchmark));
  return { ...options, benchmark: others.length > 0 ? 'auto' : (only ?? options.benchmark) };
}

/** `cis-eks-1.8.0; cis-eks-2.0.0`: whose numbers the clusters have, and why where `auto` found none that fit. */
export function benchmarkWords(options: Numbered, clusters: readonly NumberedCluster[]): string {
  const words = clusters.map((each) => {
    const note = benchmarkNote(options.benchmark, each.cluster);
    return `${numberedFor(options, each).benchmark}${note === undefined ? '' : `, as ${note}`}`;
  });
  return words.length === 0 ? options.benchmark : [...new Set(words)].toSorted().join('; ');
}

/** `3.2.3 kubelet-client-ca-file`, `4 controls: 3.1.1-3.1.4`, or `all 16 controls`: as short as it can be for one cell of a table. */
export function controlList(some: readonly Control[], { controls: all, benchmark }: ReportedControls): string {
  const numberOf = (control: Control) => controlNumber(control, benchmark);

  const [only, ...others] = some;
  if (only && others.length === 0) return [numberOf(only), only.slug].filter(Boolean).join(' ');
  if (some.length === all.length) return allOf(some.length, 'control');

  const numbers = some.flatMap((each) => numberOf(each) ?? []);
  const names = some.filter((each) => numberOf(each) === undefined).map(({ slug }) => slug);
  const own =
    numbers.length === 0 && (names.length <= 2 || benchmark === 'auto') ? names : [`${names.length} without a number`];
  return `${some.length} controls: ${[...ranges(numbers), ...(names.length > 0 ? own : [])].join(', ')}`;
}

/** `3.1.1-3.1.4, client-ca-expiry`: numbers, and slugs for controls without a number in this version. */
export function controlNumbers(some: readonly Control[], benchmark: string): string {
  const numbers = some.flatMap((each) => controlNumber(each, benchmark) ?? []);
  const names = some.filter((each) => controlNumber(each, benchmark) === undefined).map(({ slug }) => slug);
  return [...ranges(numbers), ...names].join(', ');
}

/** `3.1.1, 3.1.2, 3.1.3, 3.2.1` → `3.1.1-3.1.3, 3.2.1` */
function ranges(numbers: readonly string[]): readonly string[] {
  const found: { readonly first: string; readonly last: string }[] = [];
  for (const number of numbers) {
    const before = found.at(-1);
    if (before && follows(before.last, number)) found[found.length - 1] = { first: before.first, last: number };
    else found.push({ first: number, last: number });
  }
  return found.map(({ first, last }) => (first === last ? first : `${first}-${last}`));
}

function follows(before: string, number: string): boolean {
  const parts = (text: string) => ({
    head: text.slice(0, text.lastIndexOf('.')),
    tail: Number(text.split('.').at(-1)),
  });
  const [one, other] = [parts(before), parts(number)];
  return one.head === other.head && one.tail + 1 === other.tail;
}

/** Draws rows as a table, and colours words: the only things that a report for people needs from the outside. */
export interface TableStyle {
  /** The last column holds the sentences. */
  readonly draw: (head: readonly string[], rows: readonly (readonly string[])[]) => string;
  readonly colour: (text: string, status: AccessStatus) => string;
  readonly bold: (text: string) => string;
  /** Columns of the screen or file that is written to. */
  readonly width: number;
  /** Every place and every node, with all that is known of it. */
  readonly verbose?: boolean;
}
