import { memberRoleName } from '../../lambda/contract/names.ts';
import { operatorRole, organization } from './deployments.ts';
import type { IamRequest } from './iam-request.ts';
import { roleArn } from './place.ts';
import { programRequests } from './program-requests.ts';
import type { Recording } from './record-calls.ts';
import { remedyRequests } from './remedy-requests.ts';
import { serviceRequests } from './service-requests.ts';

/** Everything that IAM is asked while the product works. */
export const requestsOf = ({ calls, hubs, remediations, known }: Recording): readonly IamRequest[] => [
  ...calls.flatMap((call) => programRequests(call, known)),
  ...[...hubs, ...remediations.map(({ hub }) => hub)].flatMap(serviceRequests),
  ...remediations.flatMap((each) => remedyRequests(each, { calls, known })),
  personAtATerminal,
];

/** Whom the settings name besides the hub's functions; what this role may do itself, its own administrators say. */
const personAtATerminal: IamRequest = {
  by: 'a person at a terminal',
  principal: operatorRole,
  action: 'sts:AssumeRole',
  resource: roleArn({ partition: 'aws', accountId: organization.inUnit }, memberRoleName),
  accountId: organization.inUnit,
  context: { 'aws:PrincipalArn': operatorRole, 'aws:PrincipalOrgID': organization.id },
  own: { action: 'sts:AssumeRole', resource: '*' },
};
