import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
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
  readonly name?: string;
  readonly state?: AccountState;
  readonly parentId?: string;
}

export interface LabOrganizationalUnit {
  /** `ou-lab0-…` */
  readonly id: string;
  readonly name?: string;
  readonly parentId?: string;
}

type Account = Required<LabOrganizationAccount> & { readonly joinedAt: number };

interface Organization extends Required<OrganizationOptions> {
  readonly accounts: Map<string, Account>;
  readonly units: Map<string, Required<LabOrganizationalUnit>>;
  /** By account: the Regions that a policy closes. */
  readonly denials: Map<string, ReadonlySet<string>>;
}

export const labRootId = 'r-lab0';

/** Global services, which a policy about Regions leaves out. */
const global = ['iam', 'organizations', 'sts'];

/** The AWS Organization of the lab: accounts in units below one root, and service control policies that close Regions. Only the management account and its delegates may ask. */
export class OrganizationsService extends LabService {
  readonly name = 'organizations';
  readonly #sts: StsService;
  readonly #clock: () => number;
  #organization: Organization | undefined;

  constructor({ sts, clock = Date.now }: { readonly sts: StsService; readonly clock?: () => number }) {
    super();
    this.#sts = sts;
    this.#clock = clock;
  }

  /** Makes the organization anew, with its management account in the root. Delegated administrators are put like any other account. */
  create({ id = 'o-lab0000000', delegatedAdministrators = [], standing = 'both', ...options }: OrganizationOptions) {
    if (!/^o-[a-z0-9]{10,32}$/.test(id)) throw new Error(`'${id}' is no organization id`);
    const empty = { accounts: new Map(), units: new Map(), denials: new Map() };
    this.#organization = { id, delegatedAdministrators, standing, ...options, ...empty };
    this.putAccount({ id: options.managementAccountId, name: 'management' });
  }

  /** Makes, moves or changes an account: `aws:PrincipalOrgID` follows, and nobody assumes a role of one that is not active. */
  putAccount({ id, name, state, parentId }: LabOrganizationAccount): void {
    const organization = this.#there();
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

  putUnit({ id, name = `unit ${id}`, parentId = labRootId }: LabOrganizationalUnit): void {
    const organization = this.#there();
    if (!/^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/.test(id)) throw new Error(`'${id}' is no id of an organizational unit`);
    if (!hasParent(organization, parentId)) throw new Error(`no organizational unit '${parentId}'`);
    organization.units.set(id, { id, name, parentId });
  }

  /** A service control policy: calls in one of these Regions with credentials of this account are refused. No policy binds the management account. */
  denyRegion(accountId: string, regions: readonly string[]): void {
    const { accounts, denials, managementAccountId } = this.#there();
    if (!accounts.has(accountId) || accountId === managementAccountId)
      throw new Error(`no service control policy binds account ${accountId}`);
    denials.set(accountId, new Set(regions));
  }

  allowRegions(accountId: string): void {
    this.#there().denials.delete(accountId);
  }

  /** The ARN of the service control policy that denies this call. */
  deniedBy({ service, accountId, region }: Pick<LabCall, 'service' | 'accountId' | 'region'>): string | undefined {
    const organization = this.#organization;
    if (!organization?.denials.get(accountId)?.has(region) || global.includes(service)) return undefined;
    return arnOf(organization, `policy/${organization.id}/service_control_policy/p-lab${accountId.slice(-5)}`);
  }

  readonly operations = {
    ListAccounts: (call: LabCall) => {
      const organization = this.#entered(call);
      return accountsPage(organization, [...organization.accounts.values()], call);
    },
    ListAccountsForParent: (call: LabCall) => {
      const organization = this.#entered(call);
      return accountsPage(organization, childrenOf(organization, organization.accounts, call), call);
    },
    ListOrganizationalUnitsForParent: (call: LabCall) => {
      const organization = this.#entered(call);
      const { page, next } = listed(childrenOf(organization, organization.units, call), call);
      return {
        OrganizationalUnits: page.map(({ id, name }) => ({
          Id: id,
          Arn: arnOf(organization, `ou/${organization.id}/${id}`),
          Name: name,
        })),
        ...next,
      };
    },
  };

  #there(): Organization {
    if (this.#organization === undefined) throw new Error('there is no organization; call create first');
    return this.#organization;
  }

  #entered({ accountId }: LabCall): Organization {
    const organization = this.#organization;
    if (!organization?.accounts.has(accountId))
      throw new LabError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
    if (![organization.managementAccountId, ...organization.delegatedAdministrators].includes(accountId))
      throw new LabError('AccessDeniedException', "You don't have permissions to access this resource.");
    return organization;
  }
}

function accountsPage(organization: Organization, accounts: readonly Account[], call: LabCall): unknown {
  const { page, next } = listed(accounts, call);
  return { Accounts: page.map((account) => describe(organization, account)), ...next };
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

function childrenOf<T extends { readonly parentId: string }>(
  organization: Organization,
  all: ReadonlyMap<string, T>,
  { input }: LabCall,
): readonly T[] {
  const id = String(input['ParentId']);
  if (!hasParent(organization, id))
    throw new LabError('ParentNotFoundException', `You specified a parent that doesn't exist.`);
  return [...all.values()].filter(({ parentId }) => parentId === id);
}

const listed = <T>(all: readonly T[], { operation, input }: LabCall) =>
  pageOf(all, 'NextToken', {
    size: input['MaxResults'],
    token: input['NextToken'],
    usual: 20,
    question: `${operation} ${String(input['ParentId'] ?? '')}`,
    badToken: 'InvalidInputException',
  });
