import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { OperatorError } from '../../core/model/operator-error.ts';
import { type AwsAccess, awsErrorName, awsErrorText, clientSettings } from '../aws-access.ts';

interface Content {
  readonly body: string | Uint8Array;
  readonly type: string;
}

export interface HeldObject {
  readonly bytes: Buffer;
  readonly tag: string;
  readonly writtenAt?: Date | undefined;
}

/** One bucket, as what a run leaves behind needs it. Encryption, versions and expiry are the bucket's own affair. */
export interface Bucket {
  /** `s3://BUCKET/KEY` */
  address(key: string): string;
  /** The object's text; `undefined` when there is none. A larger object is broken: this program did not write it. */
  read(key: string, maxBytes: number): Promise<string | undefined>;
  tagged(key: string, maxBytes: number): Promise<HeldObject | undefined>;
  bytes(key: string, maxBytes: number): Promise<Buffer | undefined>;
  /** SHA-256 of the object, 64 hexadecimal digits, read piece by piece; `undefined` when there is none. */
  sha256(key: string): Promise<string | undefined>;
  write(key: string, content: Content): Promise<void>;
  /** Writes the object unless there is one: that stays as it is, and the answer is `false`. */
  writeOnce(key: string, content: Content): Promise<boolean>;
  /** Writes the object if it still has that tag, or, without one, if there is none; `false` when it is not so any more. */
  writeFrom(key: string, content: Content, tag: string | undefined): Promise<boolean>;
  /** Deletes the object if it still has that tag; `false` when it is not so any more. */
  deleteFrom(key: string, tag: string): Promise<boolean>;
  /** In the order of their bytes, without the empty objects that the S3 console makes for folders. */
  keys(prefix: string): AsyncIterable<string>;
  /** What the keys below a prefix have up to the next slash, with it, each once: `runs/` gives `RUN/`, and an object `RUN`. */
  names(prefix: string): AsyncIterable<string>;
}

/** Every call throws `OperatorError` with bucket and key. IAM: s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket. */
export function s3Bucket({ client, bucket: Bucket }: { readonly client: S3Client; readonly bucket: string }): Bucket {
  const address = (key: string) => `s3://${Bucket}/${key}`;

  /** The answer; `undefined` for an object that is not there, or not as the condition says. */
  async function asked<Answer>(key: string, call: keyof typeof verbs, ask: () => Promise<Answer>) {
    try {
      return await ask();
    } catch (error) {
      if (notAsAsked.includes(awsErrorName(error))) return undefined;
      if (error instanceof OperatorError) throw error;
      throw new OperatorError(
        'run-store-unusable',
        `${address(key)} cannot be ${verbs[call]}: ${awsErrorText(error)}; check that the bucket is there, in this Region, and that this principal has s3:${call} on it (and the right to its KMS key)`,
        { cause: error },
      );
    }
  }

  const got = (key: string, maxBytes: number) =>
    asked(key, 'GetObject', async () => {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      const { Body, ContentLength = 0, ETag: tag = '', LastModified: writtenAt } = answer;
      if (!Body) return { bytes: Buffer.alloc(0), tag, writtenAt };
      if (ContentLength > maxBytes || !(Symbol.asyncIterator in Body)) {
        if ('destroy' in Body) Body.destroy();
        throw tooLarge(address(key), maxBytes);
      }
      return { bytes: await boundedBytes(Body, { address: address(key), maxBytes }), tag, writtenAt };
    });

  /** `false` where the condition does not hold, also if an answer was lost and the client sent it again. */
  async function put(key: string, { body, type }: Content, condition: object = {}): Promise<boolean> {
    const object = { Bucket, Key: key, Body: Buffer.from(body), ContentType: type, ...condition };
    return (await asked(key, 'PutObject', () => client.send(new PutObjectCommand(object)))) !== undefined;
  }

  async function* listed<Each>(
    prefix: string,
    { of, more }: { readonly of: (page: ListObjectsV2CommandOutput) => readonly Each[]; readonly more?: object },
  ): AsyncGenerator<Each> {
    const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: prefix, ...more });
    for (;;) {
      const page = await asked(prefix, 'ListBucket', () => pages.next());
      if (!page || page.done) return;
      yield* of(page.value);
    }
  }

  return {
    address,
    bytes: async (key, maxBytes) => (await got(key, maxBytes))?.bytes,
    read: async (key, maxBytes) => (await got(key, maxBytes))?.bytes.toString('utf8'),
    tagged: got,
    sha256: (key) =>
      asked(key, 'GetObject', async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
        const hash = createHash('sha256');
        if (Body && Symbol.asyncIterator in Body) for await (const chunk of Body) hash.update(chunk);
        return hash.digest('hex');
      }),
    async write(key, content) {
      await put(key, content);
    },
    async writeOnce(key, content) {
      for (let attempt = 1; ; attempt += 1)
        try {
          return await put(key, content, { IfNoneMatch: '*' });
        } catch (error) {
          // Another write of it goes on: it is there in a moment.
          if (!isConflict(error) || attempt === 4) throw error;
        }
    },
    writeFrom: (key, content, tag) =>
      put(key, content, tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }).catch((error) => {
        if (isConflict(error)) return false;
        throw error;
      }),
    async deleteFrom(key, tag) {
      const object = new DeleteObjectCommand({ Bucket, Key: key, IfMatch: tag });
      return (await asked(key, 'DeleteObject', () => client.send(object))) !== undefined;
    },
    keys: (prefix) => listed(prefix, { of: keysIn }),
    names: (prefix) =>
      listed(prefix, {
        of: (page) =>
          [...keysIn(page), ...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? [])].map((key) =>
            key.slice(prefix.length),
          ),
        more: { Delimiter: '/' },
      }),
  };
}

const keysIn = ({ Contents = [] }: ListObjectsV2CommandOutput): readonly string[] =>
  Contents.flatMap(({ Key = '', Size }) => (Size === 0 && Key.endsWith('/') ? [] : Key));

const verbs = { GetObject: 'read', PutObject: 'written', DeleteObject: 'deleted', ListBucket: 'listed' } as const;

/** `NoSuchKey` is also of an object that is not there to match any more. */
const notAsAsked = ['NoSuchKey', 'PreconditionFailed'];

const isConflict = (error: unknown): boolean =>
  error instanceof OperatorError && awsErrorName(error.cause) === 'ConditionalRequestConflict';

async function boundedBytes(
  body: AsyncIterable<Uint8Array>,
  { address, maxBytes }: { readonly address: string; readonly maxBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;

  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(address, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const brokenObject = (address: string, because: string, cause?: unknown): OperatorError =>
  new OperatorError(
    'run-object-broken',
    `${address} is not what this version writes there: ${because}; delete it and run that part again`,
    { cause },
  );

const tooLarge = (address: string, maxBytes: number): OperatorError =>
  brokenObject(address, `it is larger than ${maxBytes} bytes`);

export const s3Client = (access: AwsAccess): S3Client => new S3Client({ ...clientSettings(access), maxAttempts: 8 });
