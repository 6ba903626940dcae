import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begun, folderOf, type SignedBucket, SignedBuckets } from './signed-bucket.ts';
import { envelopeOf, payloadOf } from './signed-bundle.ts';
import { type Way, ways, withWays } from './ways-to-cheat.ts';

let buckets: SignedBuckets;
let sound: SignedBucket;

beforeAll(async () => {
  buckets = await SignedBuckets.start();
  sound = buckets.create('runs-sound');
  for (const run of ['old', 'first', 'second', 'third'] as const) {
    await sound.sumUp(run);
    sound.sweep(run);
  }
  // As S3 does after the days of the settings.
  sound.remove(folderOf('old'));
  writeFileSync(
    join(buckets.home, 'empty.json'),
    '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
  );
});
afterAll(async () => await buckets?.close());

const isThere = (tool: string): boolean => spawnSync(tool, ['version']).error === undefined;
const tools = { openssl: opensslTakes, cosign: cosignTakes } as const;
/** What the tools said of a statement and its checksums before: most ways change one of them. */
const taken = new Map<string, boolean>();

/** What an auditor finds who checks the last statement about each run, with the first key and the commands of docs/evidence.md. */
function byHand(bucket: SignedBucket, tool: keyof typeof tools): Way['byHand'] {
  const statements = bucket.keys.filter((key) => key.startsWith('statements/') && key.endsWith('.sigstore.json'));
  const ofRuns = new Map(statements.toSorted(inOrder).map((key) => [runOf(bucket, key) ?? key, key]));
  const finds = [...ofRuns].some(([run, key]) => {
    const folder = `runs/${run}/`;
    const files = bucket.keys.filter((each) => each.startsWith(folder));
    // The files have expired, or were removed: there is nothing to compare.
    const sums =
      files.length === 0 ? undefined : bucket.keys.includes(`${folder}SHA256SUMS`) && bucket.get(`${folder}SHA256SUMS`);
    if (sums === false) return true;
    const known = `${tool} ${key} ${hash(bucket.get(key))} ${hash(sums ?? '')}`;
    if (!taken.has(known)) taken.set(known, tools[tool](bucket.get(key), sums));
    const isListed = (sums ?? '').split('\n').every((line) => {
      const [sha256, file] = line.split('  ');
      return file === undefined || (files.includes(folder + file) && hash(bucket.get(folder + file)) === sha256);
    });
    return !taken.get(known) || !isListed;
  });
  return finds ? 'find' : 'pass';
}

/** Numbers come after the names of the release before, and RUN.2 after RUN. */
function inOrder(one: string, other: string): number {
  const rank = (key: string) => {
    const { number, more = '1' } = /\/(?:(?<number>\d{8})|.*?(?:\.(?<more>\d+))?)\.sigstore/.exec(key)?.groups ?? {};
    return number === undefined ? Number(more) : 1_000_000 + Number(number);
  };
  return rank(one) - rank(other);
}

function runOf(bucket: SignedBucket, key: string): string | undefined {
  try {
    return JSON.parse(payloadOf(bucket.get(key))).predicate.run?.id;
  } catch {
    return undefined;
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (name: string, content: string | Buffer): string => {
  const path = join(buckets.home, name);
  writeFileSync(path, content);
  return path;
};

function opensslTakes(bundle: string, sums: string | undefined): boolean {
  try {
    const payload = payloadOf(bundle);
    const [signature] = envelopeOf(bundle).signatures;
    const bytes = Buffer.from(payload);
    const signed = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${bytes.length} `), bytes]);
    const args = ['dgst', '-sha256', '-verify', buckets.pub('key'), '-signature'];
    const [sig, pae] = [file('sig', Buffer.from(signature?.sig ?? '', 'base64')), file('pae', signed)];
    execFileSync('openssl', [...args, sig, pae], { stdio: 'pipe' });
    return sums === undefined || JSON.parse(payload).subject[0].digest.sha256 === hash(sums);
  } catch {
    return false;
  }
}

const cosign: string = Object.keys(tools)[1] ?? '';

function cosignTakes(bundle: string, sums: string | undefined): boolean {
  // Without the run's files it has nothing to compare, and openssl has checked the signature.
  if (sums === undefined) return opensslTakes(bundle, sums);
  const flags = ['--new-bundle-format', '--insecure-ignore-tlog', '--trusted-root', join(buckets.home, 'empty.json')];
  const { status } = spawnSync(cosign, [
    ...['verify-blob-attestation', '--key', buckets.pub('key'), '--bundle', file('bundle', bundle)],
    ...[...flags, file('SHA256SUMS', sums)],
  ]);
  return status === 0;
}

describe.each(Object.entries(ways))('somebody who may %s', (_, all) => {
  it.each(all.map((way) => [way.what, way] as const))('can %s', async (__, way) => {
    const bucket = buckets.copyOf(sound);
    const given = [...(way.flags?.(bucket) ?? [])];
    await way.tamper(bucket);
    const since = way.since ?? begun('old').slice(0, 10);
    const after = way.flagsAfter?.(bucket) ?? [];
    const { code, stdout } = await buckets.verify(`s3://${bucket.name}`, '--since', since, ...given, ...after);
    expect(`\n${stdout.replaceAll(/ +/g, ' ')}`).toContain(`\n${way.says}`);
    expect(stdout).toMatch([/^intact: /m, /^not intact: /m, /^(?:intact|not verified): /m][way.code] ?? /never/);
    expect(code).toBe(way.code);

    for (const tool of ['openssl', 'cosign'] as const)
      if (isThere(tool) || process.env['CI']) expect([tool, byHand(bucket, tool)]).toEqual([tool, way.byHand]);
  });
});

it('is as docs/evidence.md says, for at least thirty ways', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/evidence.md'), 'utf8');
  expect(withWays(page)).toBe(page);
  expect(Object.values(ways).flat().length).toBeGreaterThanOrEqual(30);
});
