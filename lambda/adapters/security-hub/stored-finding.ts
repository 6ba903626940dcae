import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { StoredFinding } from '../../core/ports.ts';

/** What we keep of a finding that Security Hub holds: enough to let its history survive, nothing to echo. */
export const storedFinding = ({
  Id,
  CreatedAt,
  UpdatedAt,
  FirstObservedAt,
  Compliance,
  RecordState,
}: AwsSecurityFinding): readonly StoredFinding[] =>
  Id === undefined || CreatedAt === undefined || UpdatedAt === undefined
    ? []
    : [
        {
          id: Id,
          createdAt: CreatedAt,
          updatedAt: UpdatedAt,
          ...(FirstObservedAt && { firstObservedAt: FirstObservedAt }),
          ...(Compliance?.Status && { complianceStatus: Compliance.Status }),
          ...(RecordState && { recordState: RecordState }),
        },
      ];
