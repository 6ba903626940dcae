import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { callerText, type Manifest } from '../../model/manifest.ts';
import { jsonOf } from '../../model/text/json-of.ts';
import type { Counts } from '../outcome.ts';
import { statementNamePattern } from './statement-name.ts';

/** in-toto's Statement v1, and its predicate for the result of tests. Source: in-toto/attestation, spec/v1 and spec/predicates/test-result.md. */
const statementType = 'https://in-toto.io/Statement/v1';
const predicateType = 'https://in-toto.io/attestation/test-result/v0.1';
/** What a DSSE envelope calls the statement in it. */
export const payloadType = 'application/vnd.in-toto+json';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const text = z.string().check(z.maxLength(4_096));
const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/));
const count = z.int().check(z.nonnegative());
/** A statement that is named in another one: by its name below `statements/`, and by the SHA-256 of its bytes. */
const statementLink = z.object({ name: z.string().check(z.regex(statementNamePattern)), sha256 });
const results = ['PASSED', 'WARNED', 'FAILED'] as const;

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
      /** The statement that was signed before this one; absent in the first of a chain, and in a folder of evidence. */
      previous: z.exactOptional(statementLink),
      /** The first statement about the same run, where this is a later one. */
      first: z.exactOptional(statementLink),
      /** For how many days the run's files are kept. */
      keptDays: z.exactOptional(count),
    }),
  }),
});

export type RunStatement = Readonly<z.infer<typeof runStatement>>;
export type StatementLink = Readonly<z.infer<typeof statementLink>>;

export interface StatementOptions {
  readonly runId: string;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly result: RunStatement['predicate']['result'];
  readonly counts: Counts;
  readonly waived: number;
  readonly clusters: number;
  readonly nodes: number;
  /** What could not be looked at: how much, and codes as far as they are known. */
  readonly gaps: { readonly count: number; readonly codes: readonly string[] };
  readonly manifest: Manifest;
  /** Of a run of the hub: its place in the chain, and when its files expire. */
  readonly chain?: Pick<RunStatement['predicate']['run'], 'previous' | 'first' | 'keptDays'>;
}

/** A statement about a run: its files by their hash, what it came to, what it left out, and who ran which program with which settings. */
export function statementOf(options: StatementOptions): RunStatement {
  const { runId, subjects, result, counts, waived, clusters, nodes, gaps, manifest, chain } = options;
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
        waived,
        clusters,
        nodes,
        gaps: { count: gaps.count, codes: gaps.codes.slice(0, 100) },
        program: { ...program },
        caller: callerText(manifest),
        ...chain,
      },
    },
  };
}

/** A statement as it was signed, or why these bytes are none that this program writes. */
export function readStatement(bytes: Uint8Array): { readonly statement: RunStatement } | { readonly broken: string } {
  const read = runStatement.safeParse(jsonOf(Buffer.from(bytes).toString('utf8')));
  if (read.success) return { statement: read.data };
  const [issue] = read.error.issues;
  return { broken: `its ${issue?.path.map(String).join('.') || 'whole'}: ${issue?.message}` };
}

/** What other places name a statement by: the SHA-256 of its bytes. A signature is another one each time it is made. */
export const hashOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
