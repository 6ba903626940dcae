import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { callerText, type Manifest } from '../../model/manifest.ts';
import { jsonOf } from '../../model/text/words.ts';
import type { Counts } from '../outcome.ts';

/** Where a statement of the hub is, below `statements/`. */
export type StatementName =
  /** `00000012.sigstore.json`: its place in the chain, counted from 1. So two runs can't take the same place. */
  | { readonly kind: 'numbered'; readonly number: number }
  /** As releases before wrote it: `DATE/RUN.sigstore.json`, and `DATE/RUN.2.sigstore.json` for a later summary of that run. */
  | { readonly kind: 'dated'; readonly day: string; readonly runId: string; readonly number: number };

export const statementNamePattern =
  /^(?:(?<place>(?!0{8})\d{8})|(?<day>\d{4}-\d\d-\d\d)\/(?<run>[A-Za-z0-9_-]{1,80})(?:\.(?<more>[2-9]|[1-9]\d{1,3}))?)\.sigstore\.json$/;

export const numberedName = (number: number): string => `${String(number).padStart(8, '0')}.sigstore.json`;

export const datedName = (day: string, runId: string, number: number): string =>
  `${day}/${runId}${number === 1 ? '' : `.${number}`}.sigstore.json`;

/** `undefined` for a name that no run writes. */
export function parsedStatementName(name: string): StatementName | undefined {
  const { place, day, run, more = '1' } = statementNamePattern.exec(name)?.groups ?? {};
  if (place !== undefined) return { kind: 'numbered', number: Number(place) };
  return day === undefined || run === undefined ? undefined : { kind: 'dated', day, runId: run, number: Number(more) };
}

/** in-toto's Statement v1, and its predicate for the result of tests. Source: in-toto/attestation, spec/v1 and spec/predicates/test-result.md. */
const statementType = 'https://in-toto.io/Statement/v1';
const predicateType = 'https://in-toto.io/attestation/test-result/v0.1';
const handOverType = 'urn:eks-kubelet-audit:hand-over:v1';
/** What a DSSE envelope calls the statement in it. */
export const payloadType = 'application/vnd.in-toto+json';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const longestText = 4_096;
const text = z.string().check(z.maxLength(longestText));
/** Errors quote what others say, and a statement that is too long to be read would end the chain. */
const fitting = (each: string): string => each.slice(0, longestText);
const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/));
const count = z.int().check(z.nonnegative());
/** A statement that is named in another one: by its name below `statements/`, and by the SHA-256 of its bytes. */
const statementLink = z.object({ name: z.string().check(z.regex(statementNamePattern)), sha256 });
const results = ['PASSED', 'WARNED', 'FAILED'] as const;

/** The place of a statement in the hub's chain; absent in a folder of evidence. Releases before wrote `previous` alone. */
const place = {
  number: z.exactOptional(z.int().check(z.minimum(1))),
  /** The statement's own object, below `statements/`. */
  name: z.exactOptional(z.string().check(z.regex(statementNamePattern))),
  /** The statement that was signed before this one; absent in the first of a chain. */
  previous: z.exactOptional(statementLink),
  /** The other ends of a chain that had forked before statements had numbers: this statement joins them. */
  repairs: z.exactOptional(z.array(statementLink).check(z.minLength(1), z.maxLength(100))),
  /** Until when every object of the census and of sweeps is in a signed list. */
  listedUntil: z.exactOptional(time),
};

/** What is signed of a run. Fields that a later version adds are left out, as in-toto asks of its readers. */
const runStatement = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ name: text, digest: z.object({ sha256 }) })).check(z.minLength(1), z.maxLength(1_000)),
  predicateType: z.literal(predicateType),
  predicate: z.object({
    result: z.enum(results),
    configuration: z.array(z.object({ name: text, digest: z.object({ sha256 }) })).check(z.maxLength(100)),
    run: z.object({
      id: text,
      startedAt: time,
      finishedAt: time,
      counts: z.record(text, count),
      waived: count,
      clusters: count,
      nodes: count,
      /** What could not be looked at: codes, the first hundred of them. */
      gaps: z.object({ count, codes: z.array(text).check(z.maxLength(100)) }),
      program: z.object({ name: text, version: text, commit: z.nullable(text) }),
      caller: text,
      ...place,
      /** The first statement about the same run: only releases before wrote it, into a later one. */
      first: z.exactOptional(statementLink),
      /** For how many days the run's files are kept. */
      keptDays: z.exactOptional(count),
    }),
  }),
});

/** The key in force hands over to another one, whose statements follow. */
const handOver = z.object({
  _type: z.literal(statementType),
  subject: z.tuple([z.object({ name: z.literal('public-key'), digest: z.object({ sha256 }) })]),
  predicateType: z.literal(handOverType),
  predicate: z.object({ handOver: z.object({ startedAt: time, ...place }) }),
});

export type RunStatement = Readonly<z.infer<typeof runStatement>>;
export type HandOver = Readonly<z.infer<typeof handOver>>;
export type ChainStatement = RunStatement | HandOver;
export type ChainPlace = Readonly<z.infer<z.ZodMiniObject<typeof place>>>;

export const isHandOver = (statement: ChainStatement): statement is HandOver => 'handOver' in statement.predicate;

/** The place of a statement, and when the run that it is about, or that follows it, began. */
export const placeOf = (statement: ChainStatement): ChainPlace & { readonly startedAt: string } =>
  isHandOver(statement) ? statement.predicate.handOver : statement.predicate.run;

/** @param key SHA-256 of the public key in DER that takes over */
export const handOverTo = (key: string, startedAt: string, at: ChainPlace): HandOver => ({
  _type: statementType,
  subject: [{ name: 'public-key', digest: { sha256: key } }],
  predicateType: handOverType,
  predicate: { handOver: { startedAt, ...at } },
});

export type StatementLink = Readonly<z.infer<typeof statementLink>>;

type SignedRun = RunStatement['predicate']['run'];

export interface StatementOptions extends Pick<SignedRun, 'waived' | 'clusters' | 'nodes' | 'gaps'> {
  readonly runId: string;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly result: RunStatement['predicate']['result'];
  readonly counts: Counts;
  readonly manifest: Manifest;
  /** Of a run of the hub: its place in the chain, and when its files expire. */
  readonly chain?: ChainPlace & Pick<SignedRun, 'keptDays'>;
}

/** A statement about a run: its files by their hash, what it came to, what it left out, and who ran which program with which settings. */
export function statementOf(options: StatementOptions): RunStatement {
  const { runId, subjects, result, counts, gaps, manifest, chain, ...numbers } = options;
  const { program, startedAt, finishedAt, settings } = manifest;
  return {
    _type: statementType,
    subject: subjects.map(({ name, sha256: hash }) => ({ name, digest: { sha256: hash } })),
    predicateType,
    predicate: {
      result,
      configuration: [{ name: 'settings', digest: { sha256: hashOf(JSON.stringify(settings)) } }],
      run: {
        id: runId,
        startedAt,
        finishedAt,
        counts: { ...counts },
        ...numbers,
        gaps: { count: gaps.count, codes: gaps.codes.slice(0, 100).map(fitting) },
        program: { ...program },
        caller: fitting(callerText(manifest)),
        ...chain,
      },
    },
  };
}

/** A statement as it was signed, or why this program didn't write these bytes. */
export function readStatement(bytes: Uint8Array): { readonly statement: ChainStatement } | { readonly broken: string } {
  const value = jsonOf(Buffer.from(bytes).toString('utf8'));
  const handed = handOver.safeParse(value);
  if (handed.success) return { statement: handed.data };
  const read = runStatement.safeParse(value);
  if (read.success) return { statement: read.data };
  const [issue] = read.error.issues;
  return { broken: `its ${issue?.path.map(String).join('.') || 'whole'}: ${issue?.message}` };
}

/** What left the hub about a statement: its SHA-256, and its number where the statement has one. */
export interface KnownHead {
  readonly number?: number;
  readonly sha256: string;
}

/** What other places name a statement by: the SHA-256 of its bytes. A signature is another one each time it is made. */
export const hashOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
