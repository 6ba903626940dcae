import { join } from 'node:path';
import { awsCredentials } from '../adapters/aws-access.ts';
import { systemClock } from '../adapters/clock.ts';
import { readInput } from '../adapters/read-input.ts';
import { s3Bucket, s3Client } from '../adapters/s3/bucket.ts';
import { environment } from '../contract/environment.ts';
import type { BenchmarkChoice } from '../core/judge/control.ts';
import { waiversFrom } from '../core/judge/waivers/parse-waivers.ts';
import type { Waiver } from '../core/judge/waivers/waiver.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { required } from './settings.ts';

interface DeployedWaiversOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the function's code. */
  readonly folder: string;
  readonly benchmark: BenchmarkChoice;
  readonly longestWaiver: number;
}

/** The same as a file at a terminal may have. */
const mostBytes = 5 * 1024 * 1024;

/**
 * The waivers that were deployed with the code, or those of the bucket; none when the deployment has none. If the file or the object is missing, nothing
 * is audited: the waived failures would open alerts.
 * @throws OperatorError when they are not there, UsageError when an entry cannot be used
 */
export async function deployedWaivers({
  env,
  folder,
  benchmark,
  longestWaiver,
}: DeployedWaiversOptions): Promise<readonly Waiver[]> {
  const rules = { benchmark, longestWaiver, now: systemClock.now(), warn: console.warn };
  const [file, object] = [env[environment.waivers], env[environment.waiversObject]];
  if (object) return waiversFrom(await textOfObject(env, object), { file: object, ...rules });
  if (!file) return [];

  const { text } = await readInput(join(folder, file), process.stdin);
  return waiversFrom(text, { file, ...rules });
}

async function textOfObject(env: DeployedWaiversOptions['env'], key: string): Promise<string> {
  const client = s3Client({ region: required(env, 'AWS_REGION'), credentials: awsCredentials() });
  try {
    const bucket = s3Bucket({ client, bucket: required(env, environment.bucket) });
    const text = await bucket.read(key, mostBytes);
    if (text !== undefined) return text;
    throw new OperatorError(
      'waivers-missing',
      `${bucket.address(key)} is not there, and the stack's parameter Waivers is 'bucket'; put the file there, or set the parameter to 'none'`,
    );
  } finally {
    client.destroy();
  }
}
