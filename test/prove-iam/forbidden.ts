import { auditRoleName, probeDocumentName } from '../../lambda/contract/names.ts';
import { type IamRequest, tagContext } from './iam-request.ts';
import { arnOf, type Place, place } from './place.ts';
import { machineArn } from './program-requests.ts';

/** What the audit role must not be able to do, each with the words for people. */
export interface Forbidden {
  readonly what: string;
  readonly request: IamRequest;
}

const elsewhere: Place = { ...place, accountId: '999988887777' };
const node = machineArn(place, 'i-00000000000000bad');
const hybridNode = machineArn(place, 'mi-00000000000000bad');
const tagged = tagContext({ 'eks:cluster-name': 'prod' });

const forbid = (what: string, action: string, resource: string, context: IamRequest['context'] = {}): Forbidden => ({
  what,
  request: { by: 'nobody', role: `arn:aws:iam::${place.accountId}:role/${auditRoleName}`, action, resource, context },
});

export const forbidden: readonly Forbidden[] = [
  forbid('run the probe on a machine without tags', 'ssm:SendCommand', node),
  forbid(
    'run the probe on a machine with other tags only',
    'ssm:SendCommand',
    node,
    tagContext({ Name: 'database', 'kubernetes.io/cluster/prod': 'owned' }),
  ),
  forbid(
    "run the probe on another account's machine",
    'ssm:SendCommand',
    machineArn(elsewhere, 'i-00000000000000bad'),
    tagged,
  ),
  forbid('run the probe on a hybrid machine without tags', 'ssm:SendCommand', hybridNode),
  forbid(
    "run the probe on a hybrid node of another account's cluster",
    'ssm:SendCommand',
    hybridNode,
    tagContext({ EKSClusterARN: arnOf(elsewhere, 'eks', 'cluster/prod') }),
  ),
  forbid(
    "run AWS-RunShellScript, a document of AWS's",
    'ssm:SendCommand',
    `arn:aws:ssm:${place.region}::document/AWS-RunShellScript`,
  ),
  forbid(
    'run a document called AWS-RunShellScript',
    'ssm:SendCommand',
    arnOf(place, 'ssm', 'document/AWS-RunShellScript'),
  ),
  forbid('run another document', 'ssm:SendCommand', arnOf(place, 'ssm', `document/${probeDocumentName}-2`)),
  forbid('change the document', 'ssm:UpdateDocument', arnOf(place, 'ssm', `document/${probeDocumentName}`)),
  forbid('open a shell on a node', 'ssm:StartSession', node, tagged),
  forbid('stop a node', 'ec2:TerminateInstances', node),
  forbid('change a cluster', 'eks:UpdateClusterConfig', arnOf(place, 'eks', 'cluster/prod')),
  forbid('give itself access to a cluster', 'eks:CreateAccessEntry', arnOf(place, 'eks', 'cluster/prod')),
  forbid("look at another account's cluster", 'eks:DescribeCluster', arnOf(elsewhere, 'eks', 'cluster/prod')),
  forbid(
    'write findings as another product',
    'securityhub:BatchImportFindings',
    arnOf(place, 'securityhub', 'product/aws/guardduty'),
  ),
  forbid("change an analyst's decision", 'securityhub:BatchUpdateFindings', arnOf(place, 'securityhub', 'hub/default')),
  forbid('make a user', 'iam:CreateUser', `arn:aws:iam::${place.accountId}:user/mallory`),
];
