import { awsCredentials } from '../../adapters/aws-access.ts';
import { bucketHistory, folderHistory, type HistoryTexts } from '../../adapters/history-files.ts';
import { s3Bucket, s3Client } from '../../adapters/s3/bucket.ts';
import { UsageError } from '../../core/operator-error.ts';

interface HistorySource {
  /** A folder, or `s3://BUCKET`. */
  readonly source: string;
  /** `2026-01-31`; the empty text means the beginning. */
  readonly since: string;
  readonly region?: string;
  readonly profile?: string;
}

/** The kept lines of past runs, with the caller's own credentials where they are in a bucket. */
export function openHistory({ source, since, region, profile }: HistorySource): HistoryTexts {
  if (!source.startsWith('s3://')) return folderHistory(source, since);

  const [, bucket] = /^s3:\/\/([a-z0-9.-]{3,63})\/?$/.exec(source) ?? [];
  if (bucket === undefined) throw new UsageError(`'${source}' is no bucket; write s3://BUCKET`);
  if (region === undefined) throw new UsageError('give the Region of the bucket: --region, or AWS_REGION');
  return bucketHistory(s3Bucket({ client: s3Client({ region, credentials: awsCredentials(profile) }), bucket }), since);
}
