import { organization, region, wholeOrganization } from './deployments.ts';
import type { IamRequest } from './iam-request.ts';
import type { Place } from './place.ts';

/** What must not be possible, with the words for people. */
export interface Forbidden {
  readonly who: string;
  readonly what: string;
  readonly request: IamRequest;
}

/** An account of the organization, its hub, and an account that is none of ours. */
export const member: Place = { partition: 'aws', accountId: organization.inUnit, region };
export const hub: Place = { partition: 'aws', accountId: wholeOrganization.hub, region };
export const stranger: Place = { partition: 'aws', accountId: '999988887777', region };

interface Caller {
  readonly who: string;
  readonly place: Place;
  readonly principal: string;
}

export type More = Partial<Pick<IamRequest, 'context' | 'accountId' | 'own' | 'trusted'>>;

/** Words for a request that must be refused. */
export const forbid =
  ({ who, place, principal }: Caller) =>
  (what: string, [action, resource]: readonly [string, string], { context = {}, ...more }: More = {}): Forbidden => ({
    who,
    what,
    request: {
      by: who,
      principal,
      action,
      resource,
      accountId: place.accountId,
      context: { ...contextOf(principal, place), ...context },
      ...more,
    },
  });

const contextOf = (principal: string, { accountId }: Place) => ({
  'aws:SecureTransport': 'true',
  'aws:PrincipalArn': principal,
  'aws:PrincipalAccount': accountId,
  'aws:PrincipalOrgID': organization.id,
  'aws:ResourceOrgID': organization.id,
});

/** Of a caller that may assume whatever trusts it: it is the role that does not. */
export const anything = { own: { action: 'sts:AssumeRole', resource: '*' } };
