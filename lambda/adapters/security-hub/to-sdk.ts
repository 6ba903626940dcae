import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { AsffFinding, AsffResource } from '../../core/findings/asff/asff.ts';

/** Our finding as the SDK's type: field by field where that type's arrays may be changed, so that a drift of either type does not compile. */
export function toSdk(finding: AsffFinding): AwsSecurityFinding {
  const { Compliance, FindingProviderFields, Resources, ...same } = finding;
  const { RelatedRequirements, StatusReasons, Status } = Compliance;

  return {
    ...same,
    FindingProviderFields: { ...FindingProviderFields, Types: [...FindingProviderFields.Types] },
    Compliance: {
      Status,
      StatusReasons: [...StatusReasons],
      ...(RelatedRequirements && { RelatedRequirements: [...RelatedRequirements] }),
    },
    Resources: Resources.map((each: AsffResource) => ({ ...each })),
  };
}
