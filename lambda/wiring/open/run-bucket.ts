import { awsCredentials } from '../../adapters/aws-access.ts';
import { bucketHistory, folderHistory, type KeptTexts } from '../../adapters/history-files.ts';
import { s3Bucket, s3Client } from '../../adapters/s3/bucket.ts';
import { signedAddress } from '../../adapters/s3/page-address.ts';
import { keptRuns, runResults } from '../../adapters/s3/run-results.ts';
import { runPrefix } from '../../contract/names.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { SavedPart } from '../../core/report/saved-result/read-result.ts';
import type { KeptRuns } from '../../flow/verify/ports.ts';

/** Whose rights, and where the bucket is. */
export interface BucketAccess {
  readonly region?: string;
  readonly profile?: string;
}

/**
 * The kept lines of past runs and sweeps from a day on (`2026-01-31`, or the empty text): of a folder, or of `s3://BUCKET` with the caller's own
 * credentials.
 */
export function openHistory(source: string, since: string, access: BucketAccess): KeptTexts {
  if (!source.startsWith('s3://')) return folderHistory(source, since);

  return bucketHistory(s3Bucket({ client: clientOf(access), bucket: bucketNamed(source) }), since);
}

/** @throws UsageError when it is not `s3://BUCKET` */
export function bucketNamed(source: string): string {
  const { bucket, key } = partsOf(source);
  if (key !== '') throw new UsageError(`'${source}' is not a bucket; write s3://BUCKET`);
  return bucket;
}

/** What a deployed run left, of `s3://BUCKET/runs/RUN/`. */
export function openRunResults(source: string, access: BucketAccess): AsyncIterable<SavedPart> {
  const { bucket, key } = partsOf(source);
  const run = runOf(key);
  if (run === undefined) throw new UsageError(`'${source}' is not a run; write s3://BUCKET/runs/RUN/`);
  return runResults(s3Bucket({ client: clientOf(access), bucket }), run);
}

/** Runs that are to be verified: of `s3://BUCKET`, or the one of `s3://BUCKET/runs/RUN/`. */
export function openKeptRuns(source: string, access: BucketAccess): { readonly kept: KeptRuns; readonly run?: string } {
  const { bucket, key } = partsOf(source);
  const run = runOf(key);
  if (key !== '' && run === undefined)
    throw new UsageError(`'${source}' is neither a bucket nor a run; write s3://BUCKET or s3://BUCKET/runs/RUN/`);
  return { kept: keptRuns(s3Bucket({ client: clientOf(access), bucket })), ...(run !== undefined && { run }) };
}

/** An address that a browser opens, of `s3://BUCKET/runs/RUN/`, of `s3://BUCKET/latest/`, or of one page in them. */
export async function openPage(source: string, seconds: number, access: BucketAccess): Promise<string> {
  const { bucket, key } = partsOf(source);
  const page = key.endsWith('.html') ? key : `${key.replace(/\/?$/, '/')}report.html`;
  if (!/^(runs|latest)\//.test(page))
    throw new UsageError(
      `'${source}' is not a page; write s3://BUCKET/runs/RUN/, s3://BUCKET/latest/ or the address of a page`,
    );
  return await signedAddress(clientOf(access), { bucket, key: page, seconds });
}

const runOf = (key: string): string | undefined =>
  key.startsWith(runPrefix) ? /^([A-Za-z0-9_-]{1,80})\/?$/.exec(key.slice(runPrefix.length))?.[1] : undefined;

function partsOf(source: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/.exec(source) ?? [];
  if (bucket === undefined)
    throw new UsageError(
      `'${source}' is not an address in S3: a bucket’s name has 3 to 63 small letters, digits, points and dashes; write s3://BUCKET/…`,
    );
  return { bucket, key };
}

function clientOf({ region, profile }: BucketAccess) {
  if (region === undefined) throw new UsageError('give the Region of the bucket: --region, or AWS_REGION');
  return s3Client({ region, credentials: awsCredentials(profile) });
}
