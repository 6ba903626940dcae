import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import { remediateDocumentName, runbookRoleName } from '../../lambda/contract/remediation-names.ts';
import { auditChanges, isWithin, remediationChangesOf } from './may-change.ts';
import type { Permission } from './permissions.ts';

/** A sentence that must hold, and the permissions that break it. */
export interface Law {
  readonly sentence: string;
  readonly brokenBy: readonly Permission[];
}

export async function lawsOf(permissions: readonly Permission[]): Promise<readonly Law[]> {
  const allowed = permissions.filter(({ effect }) => effect === 'Allow');
  const ofRoles = allowed.filter(({ policy }) => policy === 'identity');
  const everywhere = ofRoles.filter(({ resource }) => resource === '*');
  const narrowable = await Promise.all(everywhere.map(async (each) => ((await needsAnyResource(each)) ? [] : [each])));

  return [
    { sentence: 'no action is a wildcard', brokenBy: allowed.filter(hasWildcardAction) },
    { sentence: 'any resource only where AWS takes no narrower one', brokenBy: narrowable.flat() },
    {
      sentence: 'SendCommand only on the one document that the role is there for, and on machines',
      brokenBy: ofRoles.filter(
        (each) => each.action === 'ssm:SendCommand' && !isMachine(each.resource) && !isItsDocument(each),
      ),
    },
    {
      sentence: 'SendCommand on machines only by their tags',
      brokenBy: ofRoles.filter(
        ({ action, resource, condition }) =>
          action === 'ssm:SendCommand' && isMachine(resource) && !asksForTag(condition),
      ),
    },
    {
      sentence: 'the roles of the audit change nothing but what is on their list in test/prove-iam/may-change.ts',
      brokenBy: ofRoles.filter((each) => !remediationChangesOf(each) && !isWithin(auditChanges, each)),
    },
    {
      sentence: 'each role of remediation changes nothing but what is on its own list there',
      brokenBy: ofRoles.filter((each) => {
        const changes = remediationChangesOf(each);
        return changes !== undefined && !isWithin(changes, each);
      }),
    },
    { sentence: 'no policy lets everybody in', brokenBy: allowed.filter(isForEverybody) },
  ];
}

const hasWildcardAction = ({ action }: Permission): boolean => /[*?]/.test(action);

/** Lambda refuses to put a function into a VPC whose role may do these on some interfaces only. */
const askedForAnyResource = new Set([
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
]);

async function needsAnyResource(permission: Permission): Promise<boolean> {
  const [service = '', name = ''] = permission.action.split(':');
  if (askedForAnyResource.has(permission.action)) return true;
  return !hasWildcardAction(permission) && (await isWildcardOnlyAction(service, name));
}

const isMachine = (resource: string): boolean =>
  /^arn:[\w-]+:(ec2:[\w*-]+:\d{12}:instance|ssm:[\w*-]+:\d{12}:managed-instance)\//.test(resource);

/** Only the runbook's role fixes; whatever other role there is reads. */
const isItsDocument = ({ resource, holder }: Permission): boolean =>
  /^arn:[\w-]+:ssm:[\w*-]+:\d{12}:document\/(.+)$/.exec(resource)?.[1] ===
  (holder.endsWith(`:role/${runbookRoleName}`) ? remediateDocumentName : probeDocumentName);

const asksForTag = (condition: Permission['condition'] = {}): boolean =>
  Object.entries(condition).some(
    ([operator, keys]) =>
      ['StringEquals', 'StringLike'].includes(operator) &&
      Object.keys(keys).some((key) => key.startsWith('ssm:resourceTag/')),
  );

/** Everybody of one organization is somebody. */
const isForEverybody = ({ principal, condition }: Permission): boolean =>
  principal === '*'
    ? !condition?.['StringEquals']?.['aws:PrincipalOrgID']
    : [...(principal?.AWS ?? []), ...(principal?.Service ?? [])].some((each) => each.includes('*'));
