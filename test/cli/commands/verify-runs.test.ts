import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, begun, folderOf, idOf, type SignedBucket, SignedBuckets } from './signed-bucket.ts';

let buckets: SignedBuckets;
let sound: SignedBucket;
const since = begun('old').slice(0, 10);
const runs = ['old', 'first', 'second', 'third'] as const;

beforeAll(async () => {
  buckets = await SignedBuckets.start();
  sound = buckets.create('runs-sound');
  // As the function does it: by a key of KMS.
  const { arn, publicKey } = buckets.lab.kms.createKey({ accountId: '111122223333', region: 'eu-west-1' });
  buckets.writeKey('key', publicKey);
  for (const run of runs) await buckets.sumUp(sound.name, run, {}, arn);
  // As S3 does after the days of the settings.
  sound.remove(folderOf('old'));
});
afterAll(async () => await buckets?.close());

const verifyAll = ({ name }: SignedBucket, ...more: readonly string[]) =>
  buckets.verify(`s3://${name}`, '--since', since, ...more);

describe('verify of a bucket', () => {
  it('finds runs intact that KMS signed, and names the run with expired files', async () => {
    const { code, stdout, stderr } = await verifyAll(sound);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      new RegExp(
        `^expired {2}runs/${idOf('old')}/ is gone, after 365 days\nhead: 4:[0-9a-f]{64}, 00000004.sigstore.json\nintact: 3 runs from ${since} on, \\d+ files, as signed\n$`,
      ),
    );
    expect(code).toBe(0);
  });

  it('takes the head of each event that left the hub, and says how many statements came after it', async () => {
    const heads = buckets
      .events()
      .flatMap(({ 'detail-type': type, detail }) => (type === 'Audit Completed' ? [detail] : []));
    expect(heads.map(({ head }) => head)).toEqual([1, 2, 3, 4].map((number) => sound.head(number)));
    expect(heads.map((each) => each['previousStatementSha256']).slice(1)).toEqual(
      heads.slice(0, -1).map((each) => each['statementSha256']),
    );
    const { code, stdout } = await verifyAll(sound, ...heads.flatMap(({ head }) => ['--head', String(head)]));
    expect(
      [...stdout.matchAll(/^head +(\d):\w+ is (\S+), and (\d) statements? came after it$/gm)].map((each) =>
        each.slice(1),
      ),
    ).toEqual([1, 2, 3, 4].map((number) => [`${number}`, at(number).slice(11), `${4 - number}`]));
    expect(code).toBe(0);
    expect((await verifyAll(sound, '--head', sound.head(3).slice(2))).code).toBe(0);
    expect((await verifyAll(sound, '--head', sound.head(3), '--head', '0'.repeat(64))).code).toBe(1);
  });

  it('takes a chain that begins after the day for one that may have lost its beginning', async () => {
    const before = `${Number(since.slice(0, 4)) - 1}${since.slice(4)}`;
    const { code, stdout } = await buckets.verify('s3://runs-sound', '--since', before);
    expect(stdout).toMatch(/^anew +00000001\.sigstore\.json names no statement before it: the chain begins on /m);
    expect(code).toBe(1);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await verifyAll(sound, '-f', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ faults: [], runs: 3, heads: [{ number: 4, name: at(4).slice(11) }] });
  });
});

describe('verify of one run', () => {
  it('compares its files with its statement', async () => {
    const bucket = buckets.copyOf(sound);
    const address = `s3://${bucket.name}/${folderOf('second')}`;
    const intact = await buckets.verify(address, '--head', bucket.head(3));
    expect(intact.stdout).toContain(`run: ${idOf('second')}, `);
    expect(intact.code).toBe(0);
    expect((await buckets.verify(address, '--head', bucket.head(2))).stdout).toMatch(/^head +the statement's SHA-256/m);

    bucket.put(`${folderOf('second')}report.md`, '');
    const changed = await buckets.verify(address);
    expect(changed.stdout).toMatch(/^changed +\S+report\.md/m);
    expect(changed.code).toBe(1);

    bucket.sign(at(3), at(3), buckets.newKey.privateKey);
    expect((await buckets.verify(address)).stdout).toMatch(/^unsigned +statements\/00000003\S+ is not signed by this/m);
    bucket.remove(at(3));
    const unsigned = await buckets.verify(address);
    expect(unsigned.stdout).toMatch(/^unsigned +a statement about run \S+ is not here/m);
    expect(unsigned.code).toBe(1);
  });

  it('ends with 3 for a bucket that cannot be read, and with 64 for wrong words', async () => {
    expect((await buckets.verify('s3://nowhere', '--since', since)).code).toBe(3);
    for (const args of [
      ['s3://runs-sound'],
      [`s3://runs-sound/${folderOf('first')}`, '--since', since],
      [buckets.home, '--since', since],
      ['s3://runs-sound', '--since', 'May'],
      ['s3://runs-sound', '--since', since, '--head', '4'],
      ['s3://runs-sound', '--since', since, '--head', `x:${'0'.repeat(64)}`],
      ['s3://runs-sound/history/'],
    ])
      expect((await buckets.verify(...(args as [string, ...string[]]))).code, args.join(' ')).toBe(64);
  });
});

describe('a run that was copied into a folder with its statement', () => {
  it('is verified without any network', async () => {
    const evidence = join(buckets.home, 'evidence');
    for (const key of sound.keys) {
      if (!key.startsWith(folderOf('second'))) continue;
      const file = join(evidence, key.slice(folderOf('second').length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, sound.get(key));
    }
    writeFileSync(join(evidence, 'statement.sigstore.json'), sound.get(at(3)));
    const { code, stdout } = await buckets.verify(evidence);
    expect(stdout).toMatch(/^intact: \d+ files, as signed/m);
    expect(code).toBe(0);
  });
});
