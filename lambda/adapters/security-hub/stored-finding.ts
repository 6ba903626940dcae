import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { productName } from '../../contract/names.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';

/** What is kept of a stored finding: enough to compare it with a new one and to write it again from the model, and nothing to echo. */
export const storedFinding = ({
  Id,
  CreatedAt,
  UpdatedAt,
  FirstObservedAt,
  Compliance,
  RecordState,
  Workflow,
  Title = '',
  Description = '',
  GeneratorId = '',
  ProductFields = {},
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
          ...(Workflow?.Status && { workflow: Workflow.Status }),
          title: Title.slice(0, 256),
          description: Description.slice(0, 1024),
          generatorId: GeneratorId.slice(0, 512),
          productFields: ownFields(ProductFields),
        },
      ];

/** Security Hub adds fields of its own, and anybody with the right to import may have written the rest: no more is kept than ASFF admits. */
const ownFields = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name.startsWith(`${productName}/`) && name.length <= 128)
      .slice(0, 50)
      .map(([name, value]) => [name, String(value).slice(0, 2048)]),
  );
