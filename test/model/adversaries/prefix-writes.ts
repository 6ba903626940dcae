import { gzipSync } from 'node:zlib';
import { memoryKey, runKeys } from '../../../lambda/adapters/s3/run-keys.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { memoryPrefix } from '../../../lambda/contract/names.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { ReportedAudit } from '../../../lambda/core/model/reported-audit.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import { factsOf, silentLog } from '../../fakes/ports.ts';
import type { AuditedEstate } from './audited-estate.ts';
import { accountId, type Estate, type Site, siteOf } from './estate.ts';

export const itemAt = (site: Site) => ({ kind: 'cluster', partition: 'aws', accountId, ...siteOf[site] }) as const;

interface PrefixWrite {
  readonly estate: Estate;
  readonly real: AuditedEstate;
  /** The cluster below whose prefix somebody may write. */
  readonly at: Site;
  /** The one that the object is about. */
  readonly about: Site;
}

const mostBytes = 1e9;

/** What somebody puts into the bucket for the next run, below the prefix of one cluster and about another one. */
export const prefixWrites: Readonly<Record<string, (write: PrefixWrite) => Promise<void>>> = {
  'an answer by which everything passes': async ({ estate, real, at, about }) =>
    put(estate, runKeys(real.nextRun).answer(itemAt(at)), await cleanAnswer(estate, real, about)),
  'one more answer, by which everything passes': async ({ estate, real, at, about }) => {
    const stray = runKeys(real.nextRun).answer(itemAt(at)).replace('.json', '/0.json');
    await put(estate, stray, await cleanAnswer(estate, real, about));
  },
  'a result in which everything passes': async ({ estate, real, at, about }) => {
    const audit = real.audit(about);
    if (audit) await put(estate, runKeys(real.nextRun).result(itemAt(at)), packed(clean(audit)));
  },
  'the honest result of the last run': async ({ estate, real, at, about }) => {
    const audit = real.audit(about);
    if (audit) await put(estate, runKeys(real.nextRun).result(itemAt(at)), packed(audit));
  },
  'what runs remember': async ({ estate, at, about }) => {
    const body = await estate.bucket.bytes(memoryOf(about), mostBytes);
    await put(estate, memoryOf(at), body);
  },
  'what runs remember, without its own key': async ({ estate, at, about }) => {
    const { ownKey, ...memory } = JSON.parse((await estate.bucket.read(memoryOf(about), mostBytes)) ?? '{}');
    if (ownKey !== undefined && (await isAfterFirstRun(estate)))
      await put(estate, memoryOf(at), JSON.stringify(memory));
  },
  'words that no release writes, as memory': ({ estate, at }) => put(estate, memoryOf(at), '{"version": 9}'),
  'words that no release writes, as a result': ({ estate, real, at }) =>
    put(estate, runKeys(real.nextRun).result(itemAt(at)), gzipSync('no result')),
  'a list of another machine, and its audit takes several steps': async (write) =>
    putList(write, await otherList(write)),
  'a list of another machine without its own key, and its audit takes several steps': async (write) => {
    const list = await otherList(write);
    await putList(write, list?.replace(/,"ownKey":"[^"]*"/, ''));
  },
  'a part of another audit in which these machines pass': async ({ estate, real, at, about }) => {
    const keyOf = (site: Site) => runKeys(real.nextRun).parts(itemAt(site)).part(1);
    const { bucket } = estate;
    const audit = real.audit(at);
    if (!audit || bucket.objects.has(keyOf(about))) return;

    const read = audit.nodes.map(({ node }) => ({ node, readings: [factsOf('configz')], failures: [] }));
    const parts = s3RunStore(bucket, { log: silentLog }).parts(real.nextRun, itemAt(about));
    await parts.putPart(1, { read, notes: [] });
    await put(estate, keyOf(at), await bucket.bytes(keyOf(about), mostBytes));
    bucket.objects.delete(keyOf(about));
  },
};

async function putList({ estate, real, at }: PrefixWrite, list: string | undefined): Promise<void> {
  await put(estate, runKeys(real.nextRun).parts(itemAt(at)).listed, list);
  estate.slow.add(at);
}

/** What the first try of an audit leaves of a cluster with another machine. */
async function otherList({ estate, real, about }: PrefixWrite): Promise<string | undefined> {
  const { bucket, now } = estate;
  const key = runKeys(real.nextRun).parts(itemAt(about)).listed;
  if (bucket.objects.has(key)) return undefined;

  const parts = s3RunStore(bucket, { log: silentLog }).parts(real.nextRun, itemAt(about));
  await parts.addListed({
    at: new Date(now).toISOString(),
    nodes: [{ key: 'i-0ffffffffffffffff', group: { kind: 'managed', name: 'none' } }],
  });
  const list = await bucket.read(key, mostBytes);
  bucket.objects.delete(key);
  return list;
}

export const memoryOf = (site: Site): string => memoryKey(memoryPrefix, itemAt(site), siteOf[site].cluster);

/** Until a run of this release has ended, the release before may have written an object, which named no key. */
const isAfterFirstRun = async ({ bucket }: Estate): Promise<boolean> =>
  ((await bucket.read('memory/last-run.json', 4_096)) ?? '').includes('ownKeysSince');

async function put({ bucket }: Estate, key: string, body: string | Uint8Array | undefined): Promise<void> {
  if (body !== undefined) await bucket.write(key, { body, type: 'application/json' });
}

/** The cluster's answer of the last run, with nothing open in it. */
async function cleanAnswer({ bucket }: Estate, real: AuditedEstate, of: Site): Promise<string | undefined> {
  const text = await bucket.read(runKeys(real.lastRun).answer(itemAt(of)), mostBytes);
  if (text === undefined) return undefined;
  const { open: _, failing: __, causes: ___, suppressed: ____, verdicts, ...answer } = JSON.parse(text);
  const pass = Object.values<number>(verdicts).reduce((sum, each) => sum + each, 0);
  const none = { fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  return JSON.stringify({
    ...answer,
    status: 'done',
    complete: true,
    problems: [],
    gaps: [],
    unreadableNodes: 0,
    verdicts: { ...none, pass },
  });
}

const clean = (audit: ReportedAudit): ReportedAudit => ({
  ...audit,
  problems: [],
  nodes: audit.nodes.map(({ verdicts, ...node }) => ({
    ...node,
    verdicts: Object.fromEntries(
      Object.entries(verdicts).map(([slug, verdict]) => [
        slug,
        verdict.status === 'fail' ? { status: 'pass', evidence: verdict.evidence } : verdict,
      ]),
    ),
  })),
});

const packed = (audit: ReportedAudit): Uint8Array => gzipSync([...clusterJson(audit, { controls })].join(''));
