import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment } from '../../../lambda/contract/environment.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { executionName } from '../../../lambda/core/run/execution-name.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { openSummaryPorts } from '../../../lambda/wiring/open/hub.ts';
import { answer, answers, auditedWith, discovery } from '../../core/run/complete-run.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { awsVariables, runCli } from '../run-cli.ts';
import { payloadOf, signedBy } from './signed-bundle.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const home = temporaryFolder();
const pub = join(home, 'pub.pem');

/** Runs of a year ago, whose files have expired, and of the last days. */
const daysAgo = (days: number): string =>
  new Date(new Date(Date.now() - days * 86_400_000).setUTCHours(5, 0, 0, 0)).toISOString();
const begun = {
  old: daysAgo(400),
  first: daysAgo(4),
  second: daysAgo(3),
  third: daysAgo(2),
  next: daysAgo(1),
} as const;
type Run = keyof typeof begun;
const idOf = (run: Run): string => executionName(new Date(begun[run]));
const folderOf = (run: Run): string => `runs/${idOf(run)}/`;
const nameOf = (run: Run, number = ''): string => `${begun[run].slice(0, 10)}/${idOf(run)}${number}.sigstore.json`;
const statementOf = (run: Run): string => `statements/${nameOf(run)}`;
const lastRun = 'memory/last-run.json';

let lab: Lab;
let awsEnvironment: Record<string, string>;
let keyArn: string;
let copies = 0;

/** What the summary function of a deployment does, on the lab's S3, KMS and event bus. */
async function sumUp(bucket: string, run: Run, signingKey = keyArn): Promise<void> {
  const env = {
    AWS_REGION: region,
    [environment.bucket]: bucket,
    [environment.signingKey]: signingKey,
    [environment.resultRetentionDays]: '365',
  };
  const ports = { ...openSummaryPorts({ keys: {}, env }), metrics: { publish: () => undefined } };
  const [runId, startedAt] = [idOf(run), begun[run]];
  try {
    await ports.runs.putDiscovery({ ...discovery, runId, startedAt });
    for (const { item } of answers)
      await ports.runs.putAnswer(runId, answer(item, { startedAt, finishedAt: startedAt }));
    await runSummary(ports, { runId, benchmark: 'cis-eks-1.8.0', controls, partition: 'aws', auditedWith });
  } finally {
    ports.close();
  }
}

const remove = (bucket: string, prefix: string): void => {
  for (const key of [...lab.s3.objects(bucket).keys()]) if (key.startsWith(prefix)) lab.s3.deleteObject(bucket, key);
};
const textOf = (bucket: string, key: string): string =>
  lab.s3.objects(bucket).get(key)?.body.toString('utf8') ?? expect.unreachable(key);

function copyOf(bucket: string): string {
  copies += 1;
  const copy = `runs-copy-${copies}`;
  lab.s3.createBucket(accountId, region, copy);
  for (const [key, { body }] of lab.s3.objects(bucket)) lab.s3.putObject(copy, key, body);
  return copy;
}

const verify = (source: string, ...more: readonly string[]) =>
  runCli(['verify', source, '--key', pub, ...more], { env: awsEnvironment });
const since = begun.old.slice(0, 10);
const verifyAll = (bucket: string, ...more: readonly string[]) => verify(`s3://${bucket}`, '--since', since, ...more);

beforeAll(async () => {
  lab = await startLab();
  awsEnvironment = awsVariables(lab, lab.addAccount(accountId), region);
  Object.assign(process.env, awsEnvironment, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
  const key = lab.kms.createKey({ accountId, region });
  keyArn = key.arn;
  writeFileSync(pub, key.publicKey.export({ type: 'spki', format: 'pem' }));

  lab.s3.createBucket(accountId, region, 'runs-sound');
  for (const run of ['old', 'first', 'second', 'third'] as const) await sumUp('runs-sound', run);
  // As S3 does after the days of the settings.
  remove('runs-sound', folderOf('old'));
});
afterAll(async () => {
  for (const name of [...Object.keys(awsEnvironment ?? {}), 'POWERTOOLS_LOG_LEVEL']) delete process.env[name];
  await lab?.close();
});

const predicateOf = (bucket: string, key: string) => JSON.parse(payloadOf(textOf(bucket, key))).predicate;

/** The statement of a run, signed by another key. */
function forge(bucket: string, run: Run): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  lab.s3.putObject(bucket, statementOf(run), signedBy(privateKey, textOf(bucket, statementOf(run))));
}

describe('verify of a bucket', () => {
  it('finds signed runs intact, and names the one whose files have expired', async () => {
    const { code, stdout, stderr } = await verifyAll('runs-sound');
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      new RegExp(
        `^expired {2}runs/${idOf('old')}/ is gone, after 365 days\nhead: [0-9a-f]{64}, ${nameOf('third')}\nintact: 3 runs from ${since} on, \\d+ files, as signed\n$`,
      ),
    );
    expect(code).toBe(0);
  });

  it('names each statement before the next one, and sends the hashes out of the hub', async () => {
    const chain = (['old', 'first', 'second', 'third'] as const).map(
      (run) => predicateOf('runs-sound', statementOf(run)).run,
    );
    expect(chain.map(({ previous }) => previous?.name)).toEqual([
      undefined,
      ...(['old', 'first', 'second'] as const).map((run) => nameOf(run)),
    ]);
    const completed = lab.events
      .events(accountId, region)
      .flatMap(({ 'detail-type': type, detail }) =>
        type === 'Audit Completed' && detail['runId'] !== idOf('old') ? [detail] : [],
      );
    const hashes = [...chain.slice(1).map(({ previous }) => previous.sha256), completed.at(-1)?.['statementSha256']];
    expect(completed.map((each) => [each['previousStatementSha256'], each['statementSha256']])).toEqual(
      hashes.slice(0, -1).map((hash, index) => [hash, hashes[index + 1]]),
    );
    expect((await verifyAll('runs-sound', '--head', String(hashes[1]))).code).toBe(0);
    const unknown = await verifyAll('runs-sound', '--head', '0'.repeat(64));
    expect(unknown.stdout).toMatch(/^head +no statement from \S+ on has SHA-256 0{64}, which --head names/m);
    expect(unknown.code).toBe(1);
  });

  const [report, sums] = ['report.md', 'SHA256SUMS'].map((file) => `${folderOf('second')}${file}`) as [string, string];
  /** What is done, and how a line begins that says so, with one blank for many. */
  const tampered: readonly (readonly [what: string, tamper: (bucket: string) => unknown, says: string])[] = [
    [
      'a changed file with its new checksum',
      (bucket) => {
        lab.s3.putObject(bucket, report, '');
        const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
        lab.s3.putObject(bucket, sums, textOf(bucket, sums).replace(/^\S+(?= {2}report\.md)/m, empty));
      },
      `changed ${sums} is not the one that was signed`,
    ],
    [
      'the files of a run that are gone too early',
      (bucket) => remove(bucket, folderOf('second')),
      `missing ${folderOf('second')} is not here, and is kept for 365 days`,
    ],
    [
      'a run that is gone with its statement',
      (bucket) => {
        remove(bucket, folderOf('second'));
        remove(bucket, statementOf('second'));
      },
      `missing ${statementOf('second')} is not here: run ${idOf('second')} was signed before`,
    ],
    [
      'a run that another key signed',
      (bucket) => forge(bucket, 'third'),
      `unsigned ${statementOf('third')} is not signed by this key`,
    ],
    [
      'an older statement that was signed anew',
      (bucket) => forge(bucket, 'second'),
      `changed ${statementOf('second')} is not the statement about run ${idOf('second')}`,
    ],
    [
      'a statement in the place of another one',
      (bucket) => lab.s3.putObject(bucket, statementOf('second'), textOf(bucket, statementOf('third'))),
      `changed ${statementOf('second')} holds a statement about run ${idOf('third')}`,
    ],
    [
      'a chain that forks, since what was kept of it was set back',
      async (bucket) => {
        const { previous } = predicateOf(bucket, statementOf('third')).run;
        const kept = { ...JSON.parse(textOf(bucket, lastRun)), statement: previous };
        lab.s3.putObject(bucket, lastRun, JSON.stringify(kept));
        await sumUp(bucket, 'next');
      },
      `forked ${nameOf('third')} and ${nameOf('next')} name the same statement before them, ${nameOf('second')}`,
    ],
    [
      'a chain that begins anew, since what was kept of it is lost',
      async (bucket) => {
        remove(bucket, lastRun);
        await sumUp(bucket, 'next');
      },
      `anew ${nameOf('next')} names no statement before it, and it is not the first one`,
    ],
    [
      'a run without a statement',
      (bucket) => sumUp(bucket, 'next', ''),
      `unsigned ${folderOf('next')} has no statement`,
    ],
    [
      'what is no statement',
      (bucket) => {
        lab.s3.putObject(bucket, `statements/${begun.third.slice(0, 10)}/x.json`, '{}');
        lab.s3.putObject(bucket, `statements/${nameOf('third', '.2')}`, 'x'.repeat(2 * 1024 * 1024));
      },
      `unsigned statements/${nameOf('third', '.2')} is larger than a statement\nextra statements/${begun.third.slice(0, 10)}/x.json is no name`,
    ],
  ];

  it.each(tampered)('ends with 1 and names %s', async (_, tamper, says) => {
    const bucket = copyOf('runs-sound');
    await tamper(bucket);
    const { code, stdout } = await verifyAll(bucket);
    expect(`\n${stdout.replaceAll(/ +/g, ' ')}`).toContain(`\n${says}`);
    expect(stdout).toMatch(/^not intact: /m);
    expect(code).toBe(1);
  });

  it('takes a chain that begins after the day for one that may have lost its beginning', async () => {
    const before = daysAgo(500).slice(0, 10);
    const { code, stdout } = await verify('s3://runs-sound', '--since', before);
    expect(stdout).toMatch(
      new RegExp(`^anew +${nameOf('old')} names no statement before it: the chain begins on ${since}`, 'm'),
    );
    expect(code).toBe(1);
  });

  it('finds a run that was summed up again intact, says so, and its later statement names the first', async () => {
    const bucket = copyOf('runs-sound');
    await sumUp(bucket, 'second');
    await sumUp(bucket, 'next');
    const { code, stdout } = await verifyAll(bucket);
    expect(stdout).toContain(
      `again    ${folderOf('second')} was signed 2 times; it is compared with ${nameOf('second', '.2')}`,
    );
    expect(code).toBe(0);

    const { run } = predicateOf(bucket, `statements/${nameOf('second', '.2')}`);
    expect([run.first.name, run.previous.name]).toEqual([nameOf('second'), nameOf('third')]);
  });
});

describe('verify of one run', () => {
  it('compares its files with its statement', async () => {
    const bucket = copyOf('runs-sound');
    const sound = await verify(`s3://${bucket}/${folderOf('second')}`);
    expect(sound.stdout).toContain(`run: ${idOf('second')}, `);
    expect(sound.code).toBe(0);

    lab.s3.putObject(bucket, `${folderOf('second')}report.md`, '');
    const changed = await verify(`s3://${bucket}/${folderOf('second')}`);
    expect(changed.stdout).toMatch(/^changed +\S+report\.md/m);
    expect(changed.code).toBe(1);

    remove(bucket, statementOf('second'));
    const unsigned = await verify(`s3://${bucket}/${folderOf('second')}`);
    expect(unsigned.stdout).toMatch(/^unsigned +a statement about run \S+ is not here/m);
    expect(unsigned.code).toBe(1);
  });

  it('ends with 3 for a bucket that cannot be read, and with 64 for words that mean nothing', async () => {
    expect((await verifyAll('nowhere')).code).toBe(3);
    for (const args of [
      ['s3://runs-sound'],
      [`s3://runs-sound/${folderOf('first')}`, '--since', since],
      [home, '--since', since],
      ['s3://runs-sound', '--since', 'May'],
      ['s3://runs-sound/history/'],
    ])
      expect((await verify(...(args as [string, ...string[]]))).code, args.join(' ')).toBe(64);
  });
});

describe('a run that was copied into a folder with its statement', () => {
  it('is verified without any network', async () => {
    const evidence = join(home, 'evidence');
    for (const [key, { body }] of lab.s3.objects('runs-sound')) {
      if (!key.startsWith(folderOf('second'))) continue;
      const file = join(evidence, key.slice(folderOf('second').length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, body);
    }
    writeFileSync(join(evidence, 'statement.sigstore.json'), textOf('runs-sound', statementOf('second')));
    const { code, stdout } = await runCli(['verify', evidence, '--key', pub]);
    expect(stdout).toMatch(/^intact: \d+ files, as signed/m);
    expect(code).toBe(0);
  });
});
