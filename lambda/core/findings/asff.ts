/** The part of the AWS Security Finding Format that this program writes. Its limits hold by construction: see limits.ts. */
export interface AsffFinding {
  readonly SchemaVersion: '2018-10-08';
  readonly Id: string;
  readonly ProductArn: string;
  readonly GeneratorId: string;
  readonly AwsAccountId: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly FirstObservedAt: string;
  readonly LastObservedAt: string;
  readonly Title: string;
  readonly Description: string;
  readonly RecordState: 'ACTIVE' | 'ARCHIVED';
  readonly Resources: readonly AsffResource[];
  readonly [key: string]: unknown;
}

export interface AsffResource {
  readonly Type: string;
  readonly Id: string;
}
