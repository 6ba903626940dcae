import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { OperatorError } from '../../core/model/operator-error.ts';
import { type AwsAccess, awsErrorName, awsErrorText, clientSettings } from '../aws-access.ts';

interface BucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

interface Content {
  readonly body: string | Uint8Array;
  readonly type: string;
}

/** One bucket, as what a run leaves behind needs it. Encryption, versions and expiry are the bucket's own affair. */
export interface Bucket {
  /** `s3://BUCKET/KEY` */
  address(key: string): string;
  /** The object's text; `undefined` when there is none. A larger object is broken: this program did not write it. */
  read(key: string, maxBytes: number): Promise<string | undefined>;
  /** The same with the tag of that very state. */
  tagged(key: string, maxBytes: number): Promise<{ readonly text: string; readonly tag: string } | undefined>;
  /** The same, as the bytes that it has. */
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
  /** In the order of their bytes. */
  keys(prefix: string): AsyncIterable<string>;
  /** What the keys below a prefix have up to the next slash, each once, without either: `runs/` gives the runs. */
  folders(prefix: string): AsyncIterable<string>;
}

/** Every call throws `OperatorError` with bucket and key. IAM: s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket. */
export function s3Bucket({ client, bucket: Bucket }: BucketOptions): Bucket {
  const address = (key: string) => `s3://${Bucket}/${key}`;

  async function got(key: string, maxBytes: number): Promise<{ bytes: Buffer; tag: string } | undefined> {
    try {
      const { Body, ContentLength = 0, ETag: tag = '' } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      if (!Body) return { bytes: Buffer.alloc(0), tag };
      if (ContentLength > maxBytes || !(Symbol.asyncIterator in Body)) {
        if ('destroy' in Body) Body.destroy();
        throw tooLarge(address(key), maxBytes);
      }
      return { bytes: await boundedBytes(Body, { address: address(key), maxBytes }), tag };
    } catch (error) {
      if (awsErrorName(error) === 'NoSuchKey') return undefined;
      throw asOperatorError(error, { address: address(key), verb: 'read', right: 's3:GetObject' });
    }
  }

  async function put(key: string, { body, type }: Content, condition: object): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const object = { Bucket, Key: key, Body: Buffer.from(body), ContentType: type, ...condition };
        await client.send(new PutObjectCommand(object));
        return true;
      } catch (error) {
        // Ours, if an answer was lost and the client sent it again. `NoSuchKey` is of an object that is not there to match any more.
        if (changedMeanwhile.includes(awsErrorName(error))) return false;
        // Another write of it goes on: it is there in a moment.
        if (awsErrorName(error) === 'ConditionalRequestConflict' && attempt < 4) continue;
        throw asOperatorError(error, { address: address(key), verb: 'written', right: 's3:PutObject' });
      }
    }
  }

  return {
    address,
    bytes: async (key, maxBytes) => (await got(key, maxBytes))?.bytes,
    read: async (key, maxBytes) => (await got(key, maxBytes))?.bytes.toString('utf8'),
    async tagged(key, maxBytes) {
      const { bytes, tag = '' } = (await got(key, maxBytes)) ?? {};
      return bytes && { text: bytes.toString('utf8'), tag };
    },
    async sha256(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
        const hash = createHash('sha256');
        if (Body && Symbol.asyncIterator in Body) for await (const chunk of Body) hash.update(chunk);
        return hash.digest('hex');
      } catch (error) {
        if (awsErrorName(error) === 'NoSuchKey') return undefined;
        throw asOperatorError(error, { address: address(key), verb: 'read', right: 's3:GetObject' });
      }
    },
    async write(key, { body, type }) {
      try {
        await client.send(new PutObjectCommand({ Bucket, Key: key, Body: Buffer.from(body), ContentType: type }));
      } catch (error) {
        throw asOperatorError(error, { address: address(key), verb: 'written', right: 's3:PutObject' });
      }
    },
    writeOnce: (key, content) => put(key, content, { IfNoneMatch: '*' }),
    writeFrom: (key, content, tag) => put(key, content, tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }),
    async deleteFrom(key, tag) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: key, IfMatch: tag }));
        return true;
      } catch (error) {
        if (changedMeanwhile.includes(awsErrorName(error))) return false;
        throw asOperatorError(error, { address: address(key), verb: 'deleted', right: 's3:DeleteObject' });
      }
    },
    async *keys(prefix) {
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
          yield* (page.Contents ?? []).flatMap((each) => each.Key ?? []);
      } catch (error) {
        throw asOperatorError(error, { address: address(prefix), verb: 'listed', right: 's3:ListBucket' });
      }
    },
    async *folders(prefix) {
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix, Delimiter: '/' }))
          yield* (page.CommonPrefixes ?? []).flatMap((each) => each.Prefix?.slice(prefix.length, -1) ?? []);
      } catch (error) {
        throw asOperatorError(error, { address: address(prefix), verb: 'listed', right: 's3:ListBucket' });
      }
    },
  };
}

const changedMeanwhile = ['PreconditionFailed', 'NoSuchKey'];

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

/** An object that is not what a run writes. */
export const brokenObject = (address: string, because: string, cause?: unknown): OperatorError =>
  new OperatorError(
    'run-object-broken',
    `${address} is not what this version writes there: ${because}; delete it and run that part again`,
    { cause },
  );

const tooLarge = (address: string, maxBytes: number): OperatorError =>
  brokenObject(address, `it is larger than ${maxBytes} bytes`);

interface FailedCall {
  readonly address: string;
  readonly verb: 'read' | 'written' | 'deleted' | 'listed';
  readonly right: string;
}

const asOperatorError = (error: unknown, { address, verb, right }: FailedCall): OperatorError =>
  error instanceof OperatorError
    ? error
    : new OperatorError(
        'run-store-unusable',
        `${address} cannot be ${verb}: ${awsErrorText(error)}; check that the bucket is there, in this Region, and that this principal has ${right} on it (and the right to its KMS key)`,
        { cause: error },
      );

export const s3Client = (access: AwsAccess): S3Client => new S3Client({ ...clientSettings(access), maxAttempts: 8 });
