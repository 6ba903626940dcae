import { StatesError } from './states-error.ts';
import type { Child, MapRunRecord, StatesWorld } from './states-world.ts';

const groups = {
  SUCCEEDED: ['SUCCEEDED'],
  FAILED: ['FAILED', 'ABORTED'],
  PENDING: ['PENDING'],
} as const;

/** Writes what became of the children as Step Functions does: one file a group that has any, and a manifest that names them. */
export async function writeResults(
  mapRun: MapRunRecord,
  { Bucket, Prefix }: Readonly<Record<string, unknown>>,
  objects: StatesWorld['objects'],
): Promise<void> {
  const folder = `${Prefix === undefined ? '' : `${Prefix}/`}${mapRun.id}`;
  const put = async (name: string, value: unknown) => {
    const [Key, body] = [`${folder}/${name}.json`, JSON.stringify(value)];
    await objects.put(String(Bucket), Key, body).catch((error: unknown) => {
      throw new StatesError('States.ResultWriterFailed', `s3://${Bucket}/${Key}: ${error}`);
    });
    return { Key, Size: Buffer.byteLength(body) };
  };

  const ResultFiles: Record<string, readonly object[]> = {};
  for (const [group, statuses] of Object.entries(groups)) {
    const members = mapRun.children.filter(({ status }) => statuses.some((each) => each === status));
    const entries = members.map((child) => described(child, mapRun));
    ResultFiles[group] = members.length === 0 ? [] : [await put(`${group}_0`, entries)];
  }
  await put('manifest', { DestinationBucket: Bucket, MapRunArn: mapRun.arn, ResultFiles });
}

/** One child in the words of DescribeExecution, as far as anybody reads them. */
function described({ name, arn, input, status, output, error, cause }: Child, { childMachineArn }: MapRunRecord) {
  return {
    ExecutionArn: arn,
    ...(cause !== undefined && { Cause: cause }),
    ...(error !== undefined && { Error: error }),
    Input: JSON.stringify(input),
    Name: name,
    ...(status === 'SUCCEEDED' && { Output: JSON.stringify(output) }),
    StateMachineArn: childMachineArn,
    Status: status,
  };
}
