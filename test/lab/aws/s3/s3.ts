import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { listObjects } from './s3-listing.ts';
import type { LabObject, LabObjectLock } from './s3-object.ts';

interface Bucket {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly objects: Map<string, LabObject>;
  /** With Object Lock a bucket has versions: by key those that were overwritten, the oldest first. */
  readonly lock?: LabObjectLock;
  readonly overwritten: Map<string, readonly LabObject[]>;
}

const mostKeyBytes = 1024;
const nothing: ReadonlyMap<string, LabObject> = new Map();

/** Members of each operation that the lab does something with. Any other is refused by name. */
const known: Readonly<Record<string, string>> = {
  PutObject:
    'Bucket Key Body ContentType ContentLength ChecksumAlgorithm ChecksumCRC32 IfMatch IfNoneMatch ExpectedBucketOwner',
  GetObject: 'Bucket Key ChecksumMode ExpectedBucketOwner',
  DeleteObject: 'Bucket Key IfMatch ExpectedBucketOwner',
  HeadObject: 'Bucket Key ChecksumMode ExpectedBucketOwner',
  ListObjectsV2: 'Bucket Prefix Delimiter MaxKeys ContinuationToken ExpectedBucketOwner',
};

/** S3: buckets of one account and Region each, and their objects, strongly consistent. Buckets are made by tests. Only the bucket's own account gets in. */
export class S3Service extends LabService {
  readonly name = 's3';
  readonly #clock: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #writing = new Set<string>();
  #writeMs = 0;

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    super();
    this.#clock = clock;
  }

  createBucket(accountId: string, region: string, name: string, lock?: LabObjectLock): void {
    if (!/^(?!\d+\.\d+\.\d+\.\d+$)[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(name))
      throw new Error(`'${name}' is no bucket name`);
    if (this.#buckets.has(name)) throw new Error(`bucket '${name}' is there already: names are global`);
    this.#buckets.set(name, {
      name,
      accountId,
      region,
      objects: new Map(),
      overwritten: new Map(),
      ...(lock && { lock }),
    });
  }

  hasBucket(accountId: string, name: string): boolean {
    return this.#buckets.get(name)?.accountId === accountId;
  }

  /** How long a conditional write takes, in milliseconds: another one of the same key is refused meanwhile. */
  writesTake(milliseconds: number): void {
    this.#writeMs = milliseconds;
  }

  objects(bucket: string): ReadonlyMap<string, LabObject> {
    return this.#buckets.get(bucket)?.objects ?? nothing;
  }

  /** What a bucket with Object Lock keeps of an object that was written over, the oldest first. */
  overwritten(bucket: string, key: string): readonly LabObject[] {
    return this.#buckets.get(bucket)?.overwritten.get(key) ?? [];
  }

  /** Puts an object there without anybody calling. */
  putObject(bucket: string, key: string, body: string | Buffer): void {
    const found = this.#buckets.get(bucket);
    if (found === undefined) throw new Error(`no bucket '${bucket}'; call createBucket first`);
    found.objects.set(key, this.#newObject({ Body: Buffer.from(body) }, undefined));
  }

  deleteObject(bucket: string, key: string): void {
    this.#buckets.get(bucket)?.objects.delete(key);
  }

  readonly operations = {
    PutObject: (call: LabCall) => this.#put(this.#bucket(call), call.input),
    GetObject: (call: LabCall) => {
      const object = objectIn(this.#bucket(call), call.input);
      return { ...describe(object, call.input), Body: object.body };
    },
    DeleteObject: (call: LabCall) => this.#delete(this.#bucket(call), call.input),
    HeadObject: (call: LabCall) => describe(objectIn(this.#bucket(call), call.input), call.input),
    ListObjectsV2: (call: LabCall) => listObjects(this.#bucket(call), call.input),
  };

  #bucket({ operation, accountId, region, input }: LabCall): Bucket {
    refuseUnknown(operation, input);
    const bucket = this.#buckets.get(String(input['Bucket']));
    if (bucket === undefined) throw new LabError('NoSuchBucket', 'The specified bucket does not exist', 404);

    const { ExpectedBucketOwner: owner = bucket.accountId } = input;
    if (bucket.accountId !== accountId || owner !== bucket.accountId)
      throw new LabError('AccessDenied', 'Access Denied', 403);
    if (bucket.region !== region)
      throw new LabError(
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
        301,
      );
    return bucket;
  }

  async #put(bucket: Bucket, input: LabCall['input']): Promise<unknown> {
    if (input['IfMatch'] === undefined && input['IfNoneMatch'] === undefined) return this.#written(bucket, input);

    const key = `${bucket.name}/${keyOf(input)}`;
    if (this.#writing.has(key))
      throw new LabError(
        'ConditionalRequestConflict',
        'The conditional request cannot succeed due to a conflicting operation against this resource.',
        409,
      );
    this.#writing.add(key);
    try {
      if (this.#writeMs > 0) await setTimeout(this.#writeMs);
      return this.#written(bucket, input);
    } finally {
      this.#writing.delete(key);
    }
  }

  #written(bucket: Bucket, input: LabCall['input']): unknown {
    const key = keyOf(input);
    const before = bucket.objects.get(key);
    const { IfNoneMatch: none, IfMatch: match } = input;
    if (none !== undefined && none !== '*')
      throw new LabError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501);
    if (match !== undefined && before === undefined) throw noSuchKey();
    if ((none === '*' && before !== undefined) || (match !== undefined && match !== before?.etag))
      throw new LabError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);

    const object = this.#newObject(input, bucket.lock);
    if (bucket.lock && !object.crc32)
      throw new LabError(
        'InvalidRequest',
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
      );
    if (bucket.lock && before) bucket.overwritten.set(key, [...(bucket.overwritten.get(key) ?? []), before]);
    bucket.objects.set(key, object);
    return { ETag: object.etag, ServerSideEncryption: 'AES256', ...checksumOf(object) };
  }

  /** It succeeds also where there is nothing, unless a tag is to match. */
  #delete(bucket: Bucket, input: LabCall['input']): object {
    const key = keyOf(input);
    const before = bucket.objects.get(key);
    const { IfMatch: match } = input;
    if (match !== undefined && before === undefined) throw noSuchKey();
    if (match !== undefined && match !== before?.etag)
      throw new LabError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
    if (bucket.lock && before) bucket.overwritten.set(key, [...(bucket.overwritten.get(key) ?? []), before]);
    bucket.objects.delete(key);
    return {};
  }

  #newObject(input: LabCall['input'], lock: LabObjectLock | undefined): LabObject {
    const { Body, ContentType = 'binary/octet-stream', ChecksumCRC32 } = input;
    if (!Buffer.isBuffer(Body)) throw new LabError('MissingContentLength', 'You must provide a body', 411);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(Body));
    if (ChecksumCRC32 !== undefined && ChecksumCRC32 !== checksum.toString('base64'))
      throw new LabError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');

    return {
      body: Body,
      contentType: String(ContentType),
      etag: `"${createHash('md5').update(Body).digest('hex')}"`,
      // HTTP has whole seconds only.
      lastModified: Math.floor(this.#clock() / 1000) * 1000,
      ...(lock && { retention: { mode: lock.mode, until: this.#clock() + lock.days * 86_400_000 } }),
      ...(ChecksumCRC32 !== undefined && { crc32: String(ChecksumCRC32) }),
    };
  }
}

const checksumOf = ({ crc32: value }: LabObject) => value && { ChecksumCRC32: value, ChecksumType: 'FULL_OBJECT' };

function refuseUnknown(operation: string, input: LabCall['input']): void {
  const unknown = Object.keys(input).find((name) => !known[operation]?.split(' ').includes(name));
  if (unknown === undefined) return;
  throw new LabError('NotImplemented', `the lab's s3:${operation} does nothing with ${unknown}`, 501);
}

function keyOf(input: LabCall['input']): string {
  const key = String(input['Key']);
  if (Buffer.byteLength(key) > mostKeyBytes) throw new LabError('KeyTooLongError', 'Your key is too long');
  return key;
}

function objectIn(bucket: Bucket, input: LabCall['input']): LabObject {
  const object = bucket.objects.get(keyOf(input));
  if (object === undefined) throw noSuchKey();
  return object;
}

const noSuchKey = (): LabError => new LabError('NoSuchKey', 'The specified key does not exist.', 404);

/** The object's headers; its checksum only on request, as in S3. */
function describe(object: LabObject, input: LabCall['input']): Readonly<Record<string, unknown>> {
  return {
    AcceptRanges: 'bytes',
    ContentLength: object.body.length,
    ContentType: object.contentType,
    ETag: object.etag,
    LastModified: new Date(object.lastModified).toISOString(),
    ServerSideEncryption: 'AES256',
    ...(object.retention && {
      ObjectLockMode: object.retention.mode,
      ObjectLockRetainUntilDate: new Date(object.retention.until).toISOString(),
    }),
    ...(input['ChecksumMode'] === 'ENABLED' && checksumOf(object)),
  };
}
