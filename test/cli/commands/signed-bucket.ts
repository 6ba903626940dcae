import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../../lambda/contract/environment.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import { executionName } from '../../../lambda/core/run/item.ts';
import { hashOf, numberedName } from '../../../lambda/core/run/signed/run-statement.ts';
import type { SigningKey } from '../../../lambda/core/run/signed/signed-bundle.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { openSummaryPorts } from '../../../lambda/wiring/open/hub.ts';
import { answer, answers, auditedWith, discovery } from '../../core/run/complete-run.ts';
import { signingKey } from '../../flow/run/signing-keys.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { awsVariables, runCli } from '../run-cli.ts';
import { payloadOf, signedBy } from './signed-bundle.ts';

const accountId = '111122223333';
const region = 'eu-west-1';

/** Runs of a year ago, whose files have expired, and of the last days. */
const daysAgo = { old: 400, first: 4, second: 3, third: 2, next: 1 } as const;
export type Run = keyof typeof daysAgo;
export const begun = (run: Run): string =>
  new Date(new Date(Date.now() - daysAgo[run] * 86_400_000).setUTCHours(5, 0, 0, 0)).toISOString();
export const idOf = (run: Run): string => executionName(new Date(begun(run)));
export const folderOf = (run: Run): string => `runs/${idOf(run)}/`;
export const at = (number: number): string => `statements/${numberedName(number)}`;
/** What a sweep leaves at noon of the day of a run: its census, and what its item read. */
export const censusOf = (run: Run, time = '1200'): string => `census/${begun(run).slice(0, 10)}/${time}.jsonl`;
export const sweptOf = (run: Run): string =>
  `sweeps/${begun(run).slice(0, 10)}/1200/results/${accountId}/${region}/payments/1.json.gz`;
export const historyOf = (run: Run): string => `history/${begun(run).slice(0, 10)}/${idOf(run)}.jsonl`;
export const listOf = (bucket: SignedBucket, number: number): string =>
  `statements/census/${JSON.parse(payloadOf(bucket.get(at(number)))).subject[2].digest.sha256}`;
export const lastRun = 'memory/last-run.json';

export type Key = SigningKey & { readonly privateKey: KeyObject };
interface Signers {
  readonly key?: SigningKey;
  readonly keyBefore?: SigningKey;
  /** What the items of the run came to. */
  readonly change?: Partial<ItemAnswer>;
}

/** The buckets of hubs that sign, in the lab, and what can be done to their objects without a key. */
export class SignedBuckets {
  readonly lab: Lab;
  readonly key: Key = signingKey();
  readonly newKey: Key = signingKey();
  readonly home: string = temporaryFolder();
  readonly #environment: Record<string, string>;
  #copies = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.#environment = awsVariables(lab, lab.addAccount(accountId), region);
    Object.assign(process.env, this.#environment, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
    for (const key of ['key', 'newKey'] as const) this.writeKey(key, this[key].publicKey);
  }

  static async start(): Promise<SignedBuckets> {
    return new SignedBuckets(await startLab());
  }

  async close(): Promise<void> {
    for (const name of [...Object.keys(this.#environment), 'POWERTOOLS_LOG_LEVEL']) delete process.env[name];
    await this.lab.close();
  }

  /** The file of a public key. */
  pub(name: string): string {
    return join(this.home, `${name}.pem`);
  }

  writeKey(name: string, key: KeyObject): void {
    writeFileSync(this.pub(name), key.export({ type: 'spki', format: 'pem' }));
  }

  create(name: string): SignedBucket {
    this.lab.s3.createBucket(accountId, region, name);
    return new SignedBucket(this, name);
  }

  copyOf(bucket: SignedBucket): SignedBucket {
    this.#copies += 1;
    const copy = this.create(`${bucket.name}-copy-${this.#copies}`);
    for (const [key, { body }] of this.lab.s3.objects(bucket.name)) this.lab.s3.putObject(copy.name, key, body);
    return copy;
  }

  /** The command, with the first key unless others are named. */
  verify(source: string, ...more: readonly string[]) {
    const keys = more.includes('--key') ? [] : ['--key', this.pub('key')];
    return runCli(['verify', source, ...keys, ...more], { env: this.#environment });
  }

  /** What the summary function of a deployment does, on the lab's S3 and event bus; by KMS where its key is an ARN. */
  async sumUp(bucket: string, run: Run, { key, keyBefore, change = {} }: Signers = {}, arn = ''): Promise<void> {
    const env = {
      AWS_REGION: region,
      [environment.bucket]: bucket,
      [environment.signingKey]: arn,
      [environment.resultRetentionDays]: '365',
    };
    const opened = openSummaryPorts({ keys: {}, env });
    const signing = key && {
      signing: { key: async () => key, ...(keyBefore && { keyBefore: async () => keyBefore }), keptDays: 365 },
    };
    const [runId, startedAt] = [idOf(run), begun(run)];
    const clock = { ...opened.clock, now: () => new Date(Date.parse(startedAt) + 3_600_000) };
    const ports = { ...opened, ...signing, clock, metrics: { publish: () => undefined } };
    try {
      await ports.runs.putDiscovery({ ...discovery, runId, startedAt });
      for (const { item } of answers)
        await ports.runs.putAnswer(runId, answer(item, { startedAt, finishedAt: startedAt, ...change }));
      await runSummary(ports, { runId, benchmark: 'cis-eks-1.8.0', controls, partition: 'aws', auditedWith });
    } finally {
      opened.close();
    }
  }

  events() {
    return this.lab.events.events(accountId, region);
  }
}

/** One bucket, as somebody sees it who may write to it. */
export class SignedBucket {
  readonly all: SignedBuckets;
  readonly name: string;

  constructor(all: SignedBuckets, name: string) {
    this.all = all;
    this.name = name;
  }

  get keys(): readonly string[] {
    return [...this.all.lab.s3.objects(this.name).keys()].toSorted();
  }

  get(key: string): string {
    const found = this.all.lab.s3.objects(this.name).get(key);
    if (!found) throw new Error(`no object ${key}`);
    return found.body.toString('utf8');
  }

  put(key: string, text: string): void {
    this.all.lab.s3.putObject(this.name, key, text);
  }

  remove(...prefixes: readonly string[]): void {
    for (const key of this.keys)
      if (prefixes.some((prefix) => key.startsWith(prefix))) this.all.lab.s3.deleteObject(this.name, key);
  }

  move(from: string, to: string): void {
    this.put(to, this.get(from));
    this.remove(from);
  }

  swap(one: string, other: string): void {
    const text = this.get(one);
    this.put(one, this.get(other));
    this.put(other, text);
  }

  /** The objects below a prefix, to be put back later. */
  saved(prefix: string): () => void {
    const texts = this.keys.flatMap((key) => (key.startsWith(prefix) ? [[key, this.get(key)] as const] : []));
    return () => {
      this.remove(prefix);
      for (const [key, text] of texts) this.put(key, text);
    };
  }

  /** What a sweep leaves on the day of a run, some hours after it. */
  sweep(run: Run): void {
    this.put(censusOf(run), '{}\n');
    this.put(sweptOf(run), 'result');
  }

  sumUp(run: Run, signers: Signers = {}): Promise<void> {
    return this.all.sumUp(this.name, run, { key: this.all.key, ...signers });
  }

  /** `NUMBER:SHA256`, as the mail has it. */
  head(number: number): string {
    return `${number}:${hashOf(payloadOf(this.get(at(number))))}`;
  }

  predicate(key: string) {
    return JSON.parse(payloadOf(this.get(key))).predicate;
  }

  /** The statement of an object, changed and signed by this key. */
  sign(
    from: string,
    to: string,
    key: KeyObject,
    change: (run: Record<string, unknown>) => object = (run) => run,
  ): string {
    const statement = JSON.parse(payloadOf(this.get(from)));
    statement.predicate.run = change(statement.predicate.run);
    const payload = JSON.stringify(statement);
    this.put(to, signedBy(key, this.get(from), { payload }));
    return hashOf(payload);
  }

  /** The chain as the release before wrote it: statements by day and run, which name nothing but the one before. */
  asReleaseBefore(): void {
    let previous: { name: string; sha256: string } | undefined;
    const seen = new Map<string, { name: string; sha256: string }[]>();
    for (const key of this.keys.filter((each) => /^statements\/\d{8}\.sig/.test(each))) {
      const { run } = this.predicate(key);
      const own = seen.get(run.id) ?? [];
      const name = `${run.startedAt.slice(0, 10)}/${run.id}${own.length > 0 ? `.${own.length + 1}` : ''}.sigstore.json`;
      const links = { ...(previous && { previous }), ...(own[0] && { first: own[0] }) };
      const sha256 = this.sign(key, `statements/${name}`, this.all.key.privateKey, (each) => {
        const { number: _, name: __, previous: ___, listedUntil: ____, ...rest } = each;
        return { ...rest, ...links };
      });
      this.remove(key);
      previous = { name, sha256 };
      seen.set(run.id, [...own, previous]);
    }
    this.put(lastRun, JSON.stringify({ ...JSON.parse(this.get(lastRun)), statement: previous }));
  }
}
