import { Readable } from 'node:stream';
import * as z from 'zod/mini';
import {
  type ClusterAudit,
  type ClusterNode,
  type KubeletFacts,
  nodeGroupKinds,
  nodeKinds,
  type Problem,
  type SettingFact,
  vias,
} from '../../core/model/model.ts';
import type { CaBundleFacts, FileFact, ServingCertificateFacts } from '../../core/model/node-facts.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { settingPaths } from '../../core/model/settings.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import { failureKind, origin, verdict } from '../../core/report/saved-result/result-schema.ts';
import type { AuditParts, KeptInventory, KeptPart } from '../../flow/run/ports.ts';
import { unpacked } from '../result-source.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { gzipped } from './gzipped.ts';
import type { runKeys } from './run-keys.ts';

/** Packed: what is read of 50,000 nodes is some megabytes. */
const largest = 256 * 1024 * 1024;

/** Of inventories and parts: a step of another release reads none of another version. */
const version = 1;

const text = z.string();
const time = z.iso.datetime();
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const yes = z.literal(true);
const problem: z.ZodMiniType<Problem> = z.object({ code: text, message: text, remedy: text });

const clusterNode: z.ZodMiniType<ClusterNode> = z.object({
  key: text,
  name: z.exactOptional(text),
  machine: z.discriminatedUnion('status', [
    z.object({ status: z.literal('confirmed'), instanceId: text }),
    z.object({ status: z.literal('unconfirmed'), because: text }),
    z.object({ status: z.literal('none'), because: text }),
  ]),
  kind: z.enum(nodeKinds),
  group: z.object({ kind: z.enum(nodeGroupKinds), name: text }),
  kubeletVersion: z.exactOptional(text),
  osImage: z.exactOptional(text),
  imageId: z.exactOptional(text),
  launchTemplate: z.exactOptional(z.object({ id: text, version: z.exactOptional(text) })),
  owner: z.exactOptional(text),
  internalIp: z.exactOptional(text),
  kubeletPort: z.exactOptional(z.int()),
  addressConfirmed: z.exactOptional(yes),
  internalIpShared: z.exactOptional(yes),
  distrust: z.exactOptional(text),
  groupUnconfirmed: z.exactOptional(text),
  booting: z.exactOptional(yes),
  unlisted: z.exactOptional(yes),
  claimed: z.exactOptional(z.enum(['without-machine', 'elsewhere'])),
  alsoTaggedFor: z.exactOptional(z.array(text)),
  notAdmitted: z.exactOptional(yes),
});

const inventory: z.ZodMiniType<ClusterAudit['inventory']> = z.object({
  from: z.enum(['kubernetes', 'tags', 'saved', 'none']),
  complete: z.boolean(),
  machinesUnknown: z.exactOptional(yes),
  terminated: z.exactOptional(z.array(text)),
  sweptAndGone: z.exactOptional(z.array(text)),
  claims: z.exactOptional(z.array(clusterNode)),
  contested: z.exactOptional(z.array(clusterNode)),
});

const inventoryHead: z.ZodMiniType<Omit<KeptInventory, 'nodes'>> = z.object({
  version: z.literal(version),
  auditedAt: time,
  inventory,
  first: z.array(text),
  clusterVerdicts: z.exactOptional(z.record(text, verdict)),
  problems: z.array(problem),
});

const partHead: z.ZodMiniType<Omit<KeptPart, 'read'>> = z.object({
  version: z.literal(version),
  notes: z.array(problem),
});

const unknownFact = z.object({ state: z.literal('unknown'), because: text });

const settingFact: z.ZodMiniType<SettingFact> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('known'),
    // JSON leaves out what is known to be unset.
    value: z.prefault(z.union([text, z.number(), z.boolean(), z.undefined()]), undefined),
    origin,
    pendingRestart: z.exactOptional(text),
  }),
  unknownFact,
]);

const fileFact: z.ZodMiniType<FileFact> = z.discriminatedUnion('state', [
  z.object({ state: z.literal('known'), path: text, mode: z.int(), owner: text, group: text }),
  z.object({ state: z.literal('not-named') }),
  unknownFact,
]);

const clientCa: z.ZodMiniType<CaBundleFacts> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('read'),
    path: text,
    certificates: z.array(z.object({ subject: text, sha256, notAfter: text })),
  }),
  z.object({ state: z.literal('gone'), path: text }),
  z.object({ state: z.literal('unreadable'), path: text, because: text }),
]);

const servingCertificate: z.ZodMiniType<ServingCertificateFacts> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('shown'),
    at: text,
    subject: text,
    issuer: text,
    sha256,
    notBefore: text,
    notAfter: text,
    signedBy: z.enum(['cluster-ca', 'itself', 'another', 'unknown']),
    forServers: z.boolean(),
    namesNode: z.boolean(),
    keyProven: z.boolean(),
    isOfNode: z.boolean(),
  }),
  z.object({ state: z.literal('none'), because: text, at: text, isOfNode: z.boolean() }),
]);

const facts: z.ZodMiniType<KubeletFacts> = z.object({
  via: z.enum(vias),
  settings: z.record(z.enum(settingPaths), settingFact),
  flags: z.exactOptional(z.object({ 'hostname-override': settingFact })),
  notes: z.array(text),
  files: z.exactOptional(z.object({ kubeconfig: fileFact, config: fileFact })),
  clientCa: z.exactOptional(clientCa),
  servingCertificate: z.exactOptional(servingCertificate),
  proof: z.exactOptional(z.object({ readAt: time, sha256, keptSha256: z.exactOptional(sha256) })),
});

const nodeRead: z.ZodMiniType<KeptPart['read'][number]> = z.object({
  node: clusterNode,
  readings: z.array(facts),
  failures: z.array(
    z.object({
      via: z.enum(vias),
      kind: failureKind,
      because: text,
      noKubelet: z.exactOptional(yes),
      timedOut: z.exactOptional(yes),
      anonymousIsOn: z.exactOptional(yes),
      servingCertificate: z.exactOptional(servingCertificate),
      problem: z.exactOptional(problem),
    }),
  ),
});

/** JSON Lines: what is about all nodes first, then a node a line, so that the text of a cluster is never in memory as a whole. */
export function s3AuditParts(bucket: Bucket, keys: ReturnType<ReturnType<typeof runKeys>['parts']>): AuditParts {
  return {
    async inventory() {
      const kept = await readLines(bucket, keys.inventory, { head: inventoryHead, line: clusterNode });
      return kept && { ...kept.head, nodes: kept.lines };
    },
    putInventory: ({ nodes, ...head }) => writeLines(bucket, keys.inventory, { head, lines: nodes }),
    async part(step, shared) {
      const kept = await readLines(bucket, keys.part(step), {
        head: partHead,
        line: nodeRead,
        kept: (read) => ({ ...read, readings: read.readings.map((each) => shared.facts(each)) }),
      });
      return kept && { ...kept.head, read: kept.lines };
    },
    putPart: (step, { read, ...head }) => writeLines(bucket, keys.part(step), { head, lines: read }),
  };
}

interface Lines {
  readonly head: object;
  readonly lines: Iterable<object>;
}

async function writeLines(bucket: Bucket, key: string, { head, lines }: Lines): Promise<boolean> {
  const pieces = function* () {
    yield `${JSON.stringify({ version, ...head })}\n`;
    for (const each of lines) yield `${JSON.stringify(each)}\n`;
  };
  return await bucket.writeOnce(key, { body: await gzipped(pieces()), type: 'application/gzip' });
}

interface Schemas<Head, Line> {
  readonly head: z.ZodMiniType<Head>;
  readonly line: z.ZodMiniType<Line>;
  /** A line as it is kept. */
  readonly kept?: (line: Line) => Line;
}

async function readLines<Head, Line>(
  bucket: Bucket,
  key: string,
  { kept = (line) => line, ...schemas }: Schemas<Head, Line>,
) {
  const bytes = await bucket.bytes(key, largest);
  if (!bytes) return undefined;

  const checked = <T>(schema: z.ZodMiniType<T>, text: string): T => {
    const read = schema.safeParse(jsonOf(text));
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw brokenObject(
      bucket.address(key),
      `${issue?.path.map(String).join('.') || 'a line'}: ${issue?.message}`,
      read.error,
    );
  };
  let head: Head | undefined;
  const lines: Line[] = [];
  try {
    for await (const text of linesOf(bytes)) {
      if (head === undefined) head = checked(schemas.head, text);
      else lines.push(kept(checked(schemas.line, text)));
    }
  } catch (error) {
    throw error instanceof OperatorError ? error : brokenObject(bucket.address(key), 'it cannot be unpacked', error);
  }
  if (head === undefined) throw brokenObject(bucket.address(key), 'it is empty');
  return { head, lines };
}

async function* linesOf(bytes: Buffer): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of unpacked(Readable.from([bytes]))) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
