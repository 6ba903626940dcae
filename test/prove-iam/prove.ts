import { allows, concerning } from './allows.ts';
import type { Forbidden } from './forbid.ts';
import type { IamRequest } from './iam-request.ts';
import { type Law, lawsOf } from './laws.ts';
import type { Permission } from './permissions.ts';

/** One question that IAM was asked, how often, and its answer. */
export interface Decision {
  readonly request: IamRequest;
  readonly times: number;
  readonly allowed: boolean;
}

/** A permission, in however many accounts it is, and who would miss it: none when nothing would change without it. */
export interface Need {
  readonly permission: Permission;
  readonly by: ReadonlySet<string>;
}

/** Whether the policies allow what is needed, and nothing else. */
export interface Proof {
  readonly decisions: readonly Decision[];
  readonly needs: readonly Need[];
  readonly refusals: readonly (Forbidden & { readonly allowed: boolean })[];
  readonly laws: readonly Law[];
}

/** Who would miss a denial. */
export const refusalsAsk = 'what must be refused';

interface ProveOptions {
  readonly requests: readonly IamRequest[];
  readonly forbidden: readonly Forbidden[];
}

/** Asks IAM every request once; then once more without each of the permissions that have a say in it. */
export async function prove(permissions: readonly Permission[], options: ProveOptions): Promise<Proof> {
  const { decisions, refusals } = await answers(permissions, options);

  const missed = new Map<string, Set<string>>(permissions.map(({ id }) => [id, new Set()]));
  const weigh = async (request: IamRequest, by: string, answer: boolean) => {
    const having = concerning(permissions, request);
    for (const id of new Set(having.filter((each) => mayDecide(each, request)).map((each) => each.id))) {
      const rest = having.filter((each) => each.id !== id);
      if ((await allows(rest, request)) !== answer) missed.get(id)?.add(by);
    }
  };
  for (const { request, allowed } of decisions) await weigh(request, request.by, allowed);
  for (const { request, allowed } of refusals) await weigh(request, refusalsAsk, allowed);

  const once = new Map(permissions.map((each) => [each.id, each]));
  return {
    decisions,
    refusals,
    needs: [...once.values()].map((permission) => ({ permission, by: missed.get(permission.id) ?? new Set() })),
    laws: await lawsOf(permissions),
  };
}

/** What IAM says, each question asked once. */
export async function answers(
  permissions: readonly Permission[],
  { requests, forbidden }: ProveOptions,
): Promise<Pick<Proof, 'decisions' | 'refusals'>> {
  const same = [...Map.groupBy(requests, (request) => JSON.stringify(request)).values()];
  return {
    decisions: await Promise.all(
      same.flatMap(([request, ...more]) => (request ? [decide(permissions, request, 1 + more.length)] : [])),
    ),
    refusals: await Promise.all(
      forbidden.map(async (each) => ({ ...each, allowed: await allows(permissions, each.request) })),
    ),
  };
}

export const deniedIn = ({ decisions }: Proof): readonly Decision[] => decisions.filter(({ allowed }) => !allowed);

export const unusedIn = ({ needs }: Proof): readonly Permission[] =>
  needs.filter(({ by }) => by.size === 0).map(({ permission }) => permission);

export const holds = (proof: Proof): boolean =>
  deniedIn(proof).length + unusedIn(proof).length === 0 &&
  proof.refusals.every(({ allowed }) => !allowed) &&
  proof.laws.every(({ brokenBy }) => brokenBy.length === 0);

const decide = async (permissions: readonly Permission[], request: IamRequest, times: number): Promise<Decision> => ({
  request,
  times,
  allowed: await allows(permissions, request),
});

/** Without one that is about something else the answer stays as it is. */
export const mayDecide = ({ action }: Pick<Permission, 'action'>, request: IamRequest): boolean =>
  new RegExp(`^${action.replaceAll('*', '.*')}$`).test(request.action);
