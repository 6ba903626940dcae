import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import { allowedBy } from './allowed-by.ts';
import { type Forbidden, forbidden } from './forbidden.ts';
import type { Grant } from './grants.ts';
import type { IamRequest } from './iam-request.ts';

/** One question that IAM was asked, how often, and the grants that answer yes; none when the answer is no. */
export interface Decision {
  readonly request: IamRequest;
  readonly times: number;
  readonly allowedBy: readonly Grant[];
}

/** A sentence that must hold, and the grants that break it. */
interface Law {
  readonly sentence: string;
  readonly brokenBy: readonly Grant[];
}

/** Whether the roles may do what they need, and nothing else. */
export interface Proof {
  readonly grants: readonly Grant[];
  readonly decisions: readonly Decision[];
  /** What was asked and is refused. */
  readonly denied: readonly Decision[];
  /** Grants without which nothing would be denied: never asked for, or given twice. */
  readonly unused: readonly Grant[];
  /** What must be refused, with the grants that wrongly allow it. */
  readonly refusals: readonly (Forbidden & { readonly allowedBy: readonly Grant[] })[];
  readonly laws: readonly Law[];
}

/** Asks IAM every request once, against every grant of its role. */
export async function prove(grants: readonly Grant[], requests: readonly IamRequest[]): Promise<Proof> {
  const same = Map.groupBy(requests, (request) => JSON.stringify(request));
  const decisions = await Promise.all(
    [...same.values()].flatMap(([request, ...more]) => (request ? [decide(grants, request, 1 + more.length)] : [])),
  );
  const needed = new Set(decisions.flatMap((each) => (each.allowedBy.length === 1 ? each.allowedBy : [])));

  return {
    grants,
    decisions,
    denied: decisions.filter((each) => each.allowedBy.length === 0),
    unused: grants.filter((grant) => !needed.has(grant)),
    refusals: await Promise.all(
      forbidden.map(async (each) => ({ ...each, allowedBy: await allowedBy(grants, each.request) })),
    ),
    laws: await lawsOf(grants),
  };
}

export const holds = ({ denied, unused, refusals, laws }: Proof): boolean =>
  denied.length + unused.length === 0 &&
  refusals.every((each) => each.allowedBy.length === 0) &&
  laws.every((each) => each.brokenBy.length === 0);

const decide = async (grants: readonly Grant[], request: IamRequest, times: number): Promise<Decision> => ({
  request,
  times,
  allowedBy: await allowedBy(grants, request),
});

async function lawsOf(grants: readonly Grant[]): Promise<readonly Law[]> {
  const everywhere = grants.filter(({ resource }) => resource === '*');
  const narrowable = await Promise.all(
    everywhere.map(async (grant) => ((await needsAnyResource(grant)) ? [] : [grant])),
  );

  return [
    { sentence: 'no action is a wildcard', brokenBy: grants.filter(hasWildcardAction) },
    { sentence: 'any resource only where AWS knows no narrower one', brokenBy: narrowable.flat() },
    {
      sentence: 'SendCommand only on our document, and on machines',
      brokenBy: grants.filter(
        ({ action, resource }) => action === 'ssm:SendCommand' && !isMachine(resource) && !isProbe(resource),
      ),
    },
    {
      sentence: 'SendCommand on machines only by their tags',
      brokenBy: grants.filter(
        ({ action, resource, condition }) =>
          action === 'ssm:SendCommand' && isMachine(resource) && !asksForTag(condition),
      ),
    },
  ];
}

const hasWildcardAction = ({ action }: Grant): boolean => /[*?]/.test(action);

async function needsAnyResource(grant: Grant): Promise<boolean> {
  const [service = '', name = ''] = grant.action.split(':');
  return !hasWildcardAction(grant) && (await isWildcardOnlyAction(service, name));
}

const isMachine = (resource: string): boolean =>
  /^arn:[\w-]+:(ec2:[\w-]+:\d{12}:instance|ssm:[\w-]+:\d{12}:managed-instance)\//.test(resource);

const isProbe = (resource: string): boolean =>
  /^arn:[\w-]+:ssm:[\w-]+:\d{12}:document\/(.+)$/.exec(resource)?.[1] === probeDocumentName;

const asksForTag = (condition: Grant['condition'] = {}): boolean =>
  Object.entries(condition).some(
    ([operator, keys]) =>
      ['StringEquals', 'StringLike'].includes(operator) &&
      Object.keys(keys).some((key) => key.startsWith('ssm:resourceTag/')),
  );
