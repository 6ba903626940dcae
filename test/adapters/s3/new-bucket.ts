import { type Bucket, s3Bucket, s3Client } from '../../../lambda/adapters/s3/bucket.ts';
import type { LabObjectLock } from '../../lab/aws/s3/s3-object.ts';
import type { Lab } from '../../lab/lab.ts';

export const accountId = '111122223333';
export const region = 'eu-west-1';
let count = 0;

/** An empty bucket of the lab: as the program's adapter has it, and as what is in it. */
export interface NewBucket {
  readonly bucket: string;
  readonly client: ReturnType<typeof s3Client>;
  readonly objects: Bucket;
  keys(): readonly string[];
  body(key: string): Buffer;
  put(key: string, body: string | Buffer): void;
}

export function newBucket(lab: Lab, lock?: LabObjectLock): NewBucket {
  count += 1;
  const bucket = `audit-runs-${count}`;
  lab.addAccount(accountId);
  lab.s3.createBucket(accountId, region, bucket, lock);
  const client = s3Client({ region, credentials: async () => lab.credentials(accountId) });
  return {
    bucket,
    client,
    objects: s3Bucket({ client, bucket }),
    keys: () => [...lab.s3.objects(bucket).keys()].toSorted(),
    body: (key) => lab.s3.objects(bucket).get(key)?.body ?? Buffer.alloc(0),
    put: (key, body) => lab.s3.putObject(bucket, key, body),
  };
}
