import type { MapState } from './states-definition.ts';
import { StatesError } from './states-error.ts';
import { filled, type Scope } from './states-template.ts';
import type { Child, MapRunRecord, StatesWorld } from './states-world.ts';

const groups = {
  SUCCEEDED: ['SUCCEEDED'],
  FAILED: ['FAILED', 'TIMED_OUT', 'ABORTED'],
  PENDING: ['PENDING'],
} as const;

interface ResultFile {
  readonly Key: string;
  readonly Size: number;
}

/** Writes what became of the children as Step Functions does: one file a group that has any, and a manifest that names them. */
export async function writeResults(
  mapRun: MapRunRecord,
  {
    writer,
    scope,
    objects,
  }: {
    readonly writer: MapState['ResultWriter'];
    readonly scope: Scope;
    readonly objects: StatesWorld['objects'];
  },
): Promise<{ readonly Bucket: string; readonly Key: string }> {
  const { Bucket, Prefix } = filled(writer.Parameters, scope);
  const bucket = String(Bucket);
  const folder = `${Prefix === undefined ? '' : `${Prefix}/`}${mapRun.id}`;
  const { OutputType, Transformation } = writer.WriterConfig;
  const put = (key: string, body: string) =>
    objects.put(bucket, key, body).catch((error: unknown) => {
      throw new StatesError('States.ResultWriterFailed', `s3://${bucket}/${key}: ${error}`);
    });

  const files: Record<string, readonly ResultFile[]> = {};
  for (const [group, statuses] of Object.entries(groups)) {
    const members = mapRun.children.filter(({ status }) => statuses.some((each) => each === status));
    files[group] = [];
    if (members.length === 0) continue;

    // Failed items are always reported with all their details.
    const entries = members.map((child) =>
      group === 'SUCCEEDED' && Transformation === 'COMPACT' ? child.output : described(child, mapRun),
    );
    const body =
      OutputType === 'JSONL' ? entries.map((each) => `${JSON.stringify(each)}\n`).join('') : JSON.stringify(entries);
    const key = `${folder}/${group}_0.${OutputType.toLowerCase()}`;
    await put(key, body);
    files[group] = [{ Key: key, Size: Buffer.byteLength(body) }];
  }

  const manifest = `${folder}/manifest.json`;
  await put(manifest, JSON.stringify({ DestinationBucket: bucket, MapRunArn: mapRun.arn, ResultFiles: files }));
  return { Bucket: bucket, Key: manifest };
}

/** One child in the words of DescribeExecution. */
function described(child: Child, { childMachineArn }: MapRunRecord): Readonly<Record<string, unknown>> {
  const { name, arn, input, status, output, error, cause, startedAt, stoppedAt, redrives } = child;
  const failed = status !== 'SUCCEEDED' && status !== 'PENDING';

  return {
    ExecutionArn: arn,
    ...(cause !== undefined && { Cause: cause }),
    ...(error !== undefined && { Error: error }),
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Name: name,
    ...(status === 'SUCCEEDED' && { Output: JSON.stringify(output), OutputDetails: { Included: true } }),
    RedriveCount: redrives,
    ...(failed && { RedriveStatus: 'REDRIVABLE_BY_MAP_RUN' }),
    ...(status === 'SUCCEEDED' && {
      RedriveStatus: 'NOT_REDRIVABLE',
      RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    }),
    ...(startedAt && { StartDate: startedAt.toISOString() }),
    StateMachineArn: childMachineArn,
    Status: status,
    ...(stoppedAt && { StopDate: stoppedAt.toISOString() }),
  };
}
