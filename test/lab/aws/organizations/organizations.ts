import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import type { StsService } from '../sts/sts.ts';

type AccountState = 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';

export interface OrganizationOptions {
  /** `o-lab0000000` when absent: the organization of every account that was given no other. */
  readonly id?: string;
  readonly managementAccountId: string;
  readonly delegatedAdministrators?: readonly string[];
  /** Which field of the answers has an account's state: `State`, the `Status` that AWS is removing, or both, the default. */
  readonly standing?: 'both' | 'State' | 'Status';
}

export interface LabOrganizationAccount {
  readonly id: string;
  /** `account ID` when absent. */
  readonly name?: string;
  /** `ACTIVE` when absent. */
  readonly state?: AccountState;
  /** The root when absent. */
  readonly parentId?: string;
  /** The organization that was made last when absent. */
  readonly organizationId?: string;
}

export interface LabOrganizationalUnit {
  /** `ou-lab0-…` */
  readonly id: string;
  readonly name?: string;
  /** The root when absent. */
  readonly parentId?: string;
  readonly organizationId?: string;
}

type Account = Required<Pick<LabOrganizationAccount, 'id' | 'name' | 'state' | 'parentId'>> & {
  readonly joinedAt: number;
};
type Unit = Required<Pick<LabOrganizationalUnit, 'id' | 'name' | 'parentId'>>;

interface Organization {
  readonly id: string;
  readonly managementAccountId: string;
  readonly delegatedAdministrators: ReadonlySet<string>;
  readonly standing: 'both' | 'State' | 'Status';
  readonly accounts: Map<string, Account>;
  readonly units: Map<string, Unit>;
  readonly denials: Map<string, RegionDenial>;
}

interface RegionDenial {
  readonly regions: ReadonlySet<string>;
  readonly except: ReadonlySet<string>;
  readonly policyArn: string;
}

const mostPerPage = 20;
export const labRootId = 'r-lab0';

/** AWS Organizations: accounts in units below one root, and service control policies that close Regions. Only the management account and its delegates may ask. */
export class OrganizationsService implements LabService {
  readonly name = 'organizations';
  readonly #sts: StsService;
  readonly #clock: () => number;
  readonly #organizations = new Map<string, Organization>();

  constructor({ sts, clock = Date.now }: { readonly sts: StsService; readonly clock?: () => number }) {
    this.#sts = sts;
    this.#clock = clock;
  }

  /** Makes an organization with its management account in the root. Delegated administrators are put like any other account. */
  create({ id = 'o-lab0000000', managementAccountId, ...options }: OrganizationOptions): void {
    if (!/^o-[a-z0-9]{10,32}$/.test(id)) throw new Error(`'${id}' is no organization id`);
    this.#organizations.delete(id);
    this.#organizations.set(id, {
      id,
      managementAccountId,
      delegatedAdministrators: new Set(options.delegatedAdministrators),
      standing: options.standing ?? 'both',
      accounts: new Map(),
      units: new Map(),
      denials: new Map(),
    });
    this.putAccount({ id: managementAccountId, name: 'management', organizationId: id });
  }

  /** Makes, moves or changes an account: `aws:PrincipalOrgID` follows, and nobody assumes a role of one that is not active. */
  putAccount({ id, name, state, parentId, organizationId }: LabOrganizationAccount): void {
    const organization = this.#chosen(organizationId);
    const before = organization.accounts.get(id);
    const account = {
      id,
      name: name ?? before?.name ?? `account ${id}`,
      state: state ?? before?.state ?? 'ACTIVE',
      parentId: parentId ?? before?.parentId ?? labRootId,
      joinedAt: before?.joinedAt ?? this.#clock(),
    };
    if (!hasParent(organization, account.parentId)) throw new Error(`no organizational unit '${account.parentId}'`);
    organization.accounts.set(id, account);
    this.#sts.setMembership(id, { organizationId: organization.id, active: account.state === 'ACTIVE' });
  }

  putUnit({ id, name = `unit ${id}`, parentId = labRootId, organizationId }: LabOrganizationalUnit): void {
    const organization = this.#chosen(organizationId);
    if (!/^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/.test(id)) throw new Error(`'${id}' is no id of an organizational unit`);
    if (!hasParent(organization, parentId)) throw new Error(`no organizational unit '${parentId}'`);
    organization.units.set(id, { id, name, parentId });
  }

  /** A service control policy: calls in one of these Regions with credentials of this account are refused. No policy binds the management account. */
  denyRegion(
    accountId: string,
    regions: readonly string[],
    { except = ['iam', 'organizations', 'sts'] }: { readonly except?: readonly string[] } = {},
  ): void {
    const organization = this.#organizationOf(accountId);
    if (organization === undefined) throw new Error(`account ${accountId} is in no organization`);
    if (organization.managementAccountId === accountId) {
      throw new Error('a service control policy does not bind the management account');
    }
    organization.denials.set(accountId, {
      regions: new Set(regions),
      except: new Set(except),
      policyArn: `arn:aws:organizations::${organization.managementAccountId}:policy/${organization.id}/service_control_policy/p-lab${accountId.slice(-5)}`,
    });
  }

  allowRegions(accountId: string): void {
    this.#organizationOf(accountId)?.denials.delete(accountId);
  }

  /** The ARN of the service control policy that denies this call. */
  deniedBy({ service, accountId, region }: Pick<LabCall, 'service' | 'accountId' | 'region'>): string | undefined {
    const denial = this.#organizationOf(accountId)?.denials.get(accountId);
    return denial?.regions.has(region) && !denial.except.has(service) ? denial.policyArn : undefined;
  }

  async handle(call: LabCall): Promise<unknown> {
    const organization = this.#entered(call);
    switch (call.operation) {
      case 'ListAccounts':
        return accountsPage(organization, [...organization.accounts.values()], call);
      case 'ListAccountsForParent': {
        const parentId = parentOf(organization, call);
        const children = [...organization.accounts.values()].filter((account) => account.parentId === parentId);
        return accountsPage(organization, children, call);
      }
      case 'ListOrganizationalUnitsForParent': {
        const parentId = parentOf(organization, call);
        const children = [...organization.units.values()].filter((unit) => unit.parentId === parentId);
        const { page, nextToken } = pageOf(children, call);
        return {
          OrganizationalUnits: page.map(({ id, name }) => ({
            Id: id,
            Arn: arnOf(organization, `ou/${organization.id}/${id}`),
            Name: name,
          })),
          ...(nextToken && { NextToken: nextToken }),
        };
      }
      default:
        throw new LabError('UnknownOperationException', `the lab's organizations has no ${call.operation}`);
    }
  }

  #chosen(id: string | undefined): Organization {
    const organization = id === undefined ? [...this.#organizations.values()].at(-1) : this.#organizations.get(id);
    if (organization === undefined) throw new Error('there is no such organization; call create first');
    return organization;
  }

  #organizationOf(accountId: string): Organization | undefined {
    return [...this.#organizations.values()].find(({ accounts }) => accounts.has(accountId));
  }

  #entered({ accountId }: LabCall): Organization {
    const organization = this.#organizationOf(accountId);
    if (organization === undefined) {
      throw new LabError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
    }
    if (accountId !== organization.managementAccountId && !organization.delegatedAdministrators.has(accountId)) {
      throw new LabError('AccessDeniedException', "You don't have permissions to access this resource.");
    }
    return organization;
  }
}

function accountsPage(organization: Organization, accounts: readonly Account[], call: LabCall): unknown {
  const { page, nextToken } = pageOf(accounts, call);
  return {
    Accounts: page.map((account) => describe(organization, account)),
    ...(nextToken && { NextToken: nextToken }),
  };
}

function describe(organization: Organization, { id, name, state, joinedAt }: Account): object {
  return {
    Id: id,
    Arn: arnOf(organization, `account/${organization.id}/${id}`),
    Email: `aws+${id}@example.com`,
    Name: name,
    ...(organization.standing !== 'Status' && { State: state }),
    ...(organization.standing !== 'State' && statusOf(state)),
    JoinedMethod: id === organization.managementAccountId ? 'INVITED' : 'CREATED',
    JoinedTimestamp: joinedAt / 1000,
  };
}

/** The older field knows three words only. */
function statusOf(state: AccountState): { readonly Status?: string } {
  if (state === 'PENDING_ACTIVATION') return {};
  return { Status: state === 'CLOSED' ? 'SUSPENDED' : state };
}

function arnOf(organization: Organization, resource: string): string {
  return `arn:aws:organizations::${organization.managementAccountId}:${resource}`;
}

function hasParent({ units }: Organization, id: string): boolean {
  return id === labRootId || units.has(id);
}

function parentOf(organization: Organization, { input }: LabCall): string {
  const id = String(input['ParentId']);
  if (hasParent(organization, id)) return id;
  throw new LabError('ParentNotFoundException', `You specified a parent that doesn't exist.`);
}

function pageOf<T>(
  all: readonly T[],
  { operation, input }: LabCall,
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const { MaxResults = mostPerPage, NextToken, ParentId = '' } = input;
  const question = `${operation} ${String(ParentId)} `;
  const start = NextToken === undefined ? 0 : readToken(String(NextToken), question);
  const end = start + Number(MaxResults);
  return {
    page: all.slice(start, end),
    ...(end < all.length && { nextToken: Buffer.from(`${question}${end}`).toString('base64') }),
  };
}

function readToken(token: string, question: string): number {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const start = text.startsWith(question) ? text.slice(question.length) : '';
  if (!/^\d+$/.test(start)) {
    throw new LabError('InvalidInputException', 'You specified an invalid value: INVALID_NEXT_TOKEN');
  }
  return Number(start);
}
