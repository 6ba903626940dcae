import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import { auditChanges, isWithin } from './may-change.ts';
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
      sentence: 'SendCommand only on our document, and on machines',
      brokenBy: ofRoles.filter(
        ({ action, resource }) => action === 'ssm:SendCommand' && !isMachine(resource) && !isProbe(resource),
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
      sentence: 'the roles change nothing but what is on the list of test/prove-iam/may-change.ts',
      brokenBy: ofRoles.filter((each) => !isWithin(auditChanges, each)),
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

const isProbe = (resource: string): boolean =>
  /^arn:[\w-]+:ssm:[\w*-]+:\d{12}:document\/(.+)$/.exec(resource)?.[1] === probeDocumentName;

const asksForTag = (condition: Permission['condition'] = {}): boolean =>
  Object.entries(condition).some(
    ([operator, keys]) =>
      ['StringEquals', 'StringLike'].includes(operator) &&
      Object.keys(keys).some((key) => key.startsWith('ssm:resourceTag/')),
  );

const isForEverybody = ({ principal }: Permission): boolean =>
  principal === '*' || [...(principal?.AWS ?? []), ...(principal?.Service ?? [])].some((each) => each.includes('*'));
