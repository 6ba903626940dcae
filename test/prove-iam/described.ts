import { parseSettings } from '../../infra/config/settings.ts';
import { approvalTopicName } from '../../lambda/contract/remediation-names.ts';
import { labRootId } from '../lab/aws/organizations/organizations.ts';
import { deployments, operatorRole, organization, region, remediationTemplate, secondRegion } from './deployments.ts';
import type { Permission } from './permissions.ts';
import type { Need } from './prove.ts';

/** A permission for people: the names of one deployment left out, and said once for all that have it. */
export interface Described {
  readonly holder: string;
  readonly permission: Permission;
  readonly resource: string;
  /** `ssm:resourceTag/eks:cluster-name like *` */
  readonly condition: string;
  /** `the hub's account`, `AWS Lambda`; empty for the policy of a role. */
  readonly principal: string;
  /** Names of deployments; empty for all of them. */
  readonly only: readonly string[];
  /** Who asks for it. */
  readonly by: readonly string[];
}

export function described(needs: readonly Need[]): readonly Described[] {
  const rows = needs.map(({ permission, by }) => ({
    permission,
    template: permission.id.split('/')[0] ?? '',
    holder: holderText(permission),
    resource: nameless(permission.resource, permission),
    condition: conditionText(permission),
    principal: principalText(permission),
    by,
  }));
  const same = Map.groupBy(rows, ({ permission: { policy, effect, action }, holder, resource, condition, principal }) =>
    JSON.stringify([holder, policy, effect, action, resource, condition, principal]),
  );

  const once = [...same.values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const { template: _, ...row } = first;
    const only = deploymentsOf(new Set(alike.map(({ template }) => template)));
    return [{ ...row, only, by: [...new Set(alike.flatMap((each) => [...each.by]))].toSorted() }];
  });
  return [...Map.groupBy(once, ({ holder }) => holder).values()].flat();
}

/** Names of those whose templates these are; empty for every one that has such a template. */
function deploymentsOf(templates: ReadonlySet<string>): readonly string[] {
  const kinds = [(name: string) => name, remediationTemplate];
  if (kinds.some((named) => templates.has(named('member')))) return [];
  return kinds.flatMap((named) => {
    const having = deployments.filter(({ approvers }) => named === kinds[0] || approvers.length > 0);
    const found = having.filter(({ name }) => templates.has(named(name)));
    return found.length === having.length ? [] : found.map(({ name }) => name);
  });
}

/** As people know it: `EksKubeletAuditItem`, `the bucket`. */
function holderText({ holder }: Permission): string {
  const [, , service = '', , , ...rest] = holder.split(':');
  const name = rest.join(':').split('/').at(-1) ?? holder;
  if (service === 'iam') return /-\w*?(SweepScheduleRole|SweepRole|RunRole|ScheduleRole)/.exec(name)?.[1] ?? name;
  if (name === approvalTopicName) return 'the topic of approvals';
  if (/EndsUndelivered\w+$/.test(name)) return 'the dead-letter queue of ends of runbooks';
  if (/-RemediationUnheard\w+$/.test(name)) return 'the dead-letter queue of the custom action';
  if (service === 'kms' && name.includes('SigningKey')) return 'the key that signs runs';
  const words = {
    s3: 'the bucket',
    sqs: 'the dead-letter queue',
    sns: 'the topic of alerts',
    kms: 'the key of alerts',
    lambda: 'the function behind the custom action',
    events: 'the bus for ends of runbooks',
  };
  return new Map(Object.entries(words)).get(service) ?? name;
}

/** As the settings name them; parsed once, since each text of each permission asks for them. */
const approvers = deployments.flatMap(({ settings }) => parseSettings(settings).remediation?.approvers ?? []);

/** Accounts, Regions and whatever CloudFormation names become words. */
function nameless(text: string, { id, holder }: Pick<Permission, 'id' | 'holder'>): string {
  const [template = ''] = id.split('/');
  const hubs = deployments.map(({ hub }) => hub);
  const ownAccount = holder.split(':')[4] ?? '';
  const inMember = template === 'member' ? text.replaceAll(ownAccount, 'ACCOUNT') : text;

  const namesNobody = approvers.reduce((before, each) => before.replaceAll(each, 'APPROVER-ROLE'), inMember);

  return hubs
    .reduce((before, hub) => before.replaceAll(hub, 'HUB'), namesNobody.replaceAll(operatorRole, 'OPERATOR-ROLE'))
    .replaceAll(organization.excluded, 'EXCLUDED')
    .replaceAll(/\b\d{12}\b/g, 'ACCOUNT')
    .replaceAll(new RegExp(`\\b(${region}|${secondRegion})\\b`, 'g'), 'REGION')
    .replaceAll(organization.id, 'ORGANIZATION')
    .replaceAll(labRootId, 'UNIT')
    .replaceAll(/eks-kubelet-audit-\w+-HUB-REGION/g, 'BUCKET')
    .replaceAll(/(:sqs:\w+:\w+:)EksKubeletAudit-\w+/g, '$1QUEUE')
    .replaceAll(/(:sns:\w+:\w+:)EksKubeletAudit-\w+/g, '$1TOPIC')
    .replaceAll(/(:events:\w+:\w+:rule\/)(\w+\/)?\w+/g, '$1RULE')
    .replaceAll(/(:kms:\w+:\w+:key\/)[\w-]+/g, '$1KEY');
}

function conditionText(permission: Permission): string {
  const words: Readonly<Record<string, string>> = {
    StringLike: 'like',
    StringEquals: '=',
    ArnLike: 'like',
    ArnEquals: '=',
    Bool: '=',
    'ForAllValues:StringEquals': '=',
  };
  return Object.entries(permission.condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => {
        if (operator === 'Null') return String(value) === 'false' ? `${key} is given` : `${key} is not given`;
        return `${key} ${words[operator] ?? operator} ${nameless([value].flat().join(' or '), permission)}`;
      }),
    )
    .join(' and ');
}

function principalText(permission: Permission): string {
  const { principal } = permission;
  if (principal === '*') return 'everybody';
  return [...(principal?.Service ?? []), ...(principal?.AWS ?? [])]
    .map((each) => (each === '*' ? 'everybody' : nameless(each, permission)))
    .join(', ');
}
