import { createHash, randomBytes } from 'node:crypto';
import { isRecord } from '../../wire/is-record.ts';
import { jsonOf } from '../../wire/json-of.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { type TokenVerdict, verifyToken } from '../eks/eks-token.ts';
import { credentialsOf, Identities, type Identity, type LabCredentials } from '../identities.ts';
import { partitionOf } from '../partition.ts';
import {
  admits,
  type ResourcePolicy,
  resourcePolicy,
  type ServiceCall,
  type WrittenPolicy,
} from '../resource-policy.ts';

export interface RoleDefinition {
  readonly trustPolicy: WrittenPolicy;
  /** What the role itself may do, asked where it assumes another role. Without them the trust policy alone decides. */
  readonly policies?: readonly ResourcePolicy[];
}

export type AccountOptions = { readonly partition?: string; readonly organizationId?: string };

/** An account's membership in its organization. */
export interface Membership {
  /** None: the account is in no organization. */
  readonly organizationId?: string;
  /** Nobody works in an account that is suspended or closed. */
  readonly active: boolean;
}

const defaultOrganization = 'o-lab0000000';
const hour = 3600;

export class StsService extends LabService {
  readonly name = 'sts';
  readonly identities = new Identities();
  readonly #clock: () => number;
  readonly #accounts = new Map<string, Membership & { readonly partition: string; readonly identity: Identity }>();
  readonly #roles = new Map<string, RoleDefinition & { readonly createdAt: number; readonly id: string }>();

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    super();
    this.#clock = clock;
  }

  /** Makes the account with one administrator; the same again when it is there. */
  addAccount(accountId: string, options: AccountOptions = {}): LabCredentials {
    if (!/^\d{12}$/.test(accountId)) throw new Error(`'${accountId}' is no account id: 12 digits`);
    const known = this.#accounts.get(accountId);
    if (known !== undefined) return credentialsOf(known.identity);

    const { partition = 'aws', organizationId = defaultOrganization } = options;
    const identity: Identity = {
      accessKeyId: `AKIA${accountId}`,
      secretAccessKey: createHash('sha256').update(`lab-secret-${accountId}`).digest('base64').slice(0, 40),
      accountId,
      principalArn: `arn:${partition}:iam::${accountId}:user/admin`,
    };
    this.identities.add(identity);
    this.#accounts.set(accountId, { partition, organizationId, active: true, identity });
    return credentialsOf(identity);
  }

  /** What AWS Organizations knows of an account. It is added when it is new. */
  setMembership(accountId: string, { organizationId, active }: Membership): void {
    this.addAccount(accountId);
    const account = this.#accounts.get(accountId);
    if (account === undefined) return;
    const { partition, identity } = account;
    this.#accounts.set(accountId, { partition, identity, active, ...(organizationId && { organizationId }) });
  }

  credentials(accountId: string): LabCredentials {
    const account = this.#accounts.get(accountId);
    if (account === undefined) throw new Error(`account ${accountId} is not in the lab; call addAccount first`);
    return credentialsOf(account.identity);
  }

  /** Makes or replaces a role, by its ARN. Its account is added when it is new. */
  putRole(roleArn: string, definition: RoleDefinition): void {
    const { accountId, partition } = parseRoleArn(roleArn);
    this.addAccount(accountId, { partition });
    const { createdAt = this.#clock(), id = `AROA${randomBytes(8).toString('hex').toUpperCase()}` } =
      this.#roles.get(roleArn) ?? {};
    this.#roles.set(roleArn, { ...definition, createdAt, id });
  }

  /** A role as IAM knows it. One that was deleted and made again is another role, of another id. */
  roleNamed(accountId: string, name: string) {
    for (const [arn, { createdAt, id }] of this.#roles) {
      const parsed = parseRoleArn(arn);
      if (parsed.accountId === accountId && parsed.roleName === name)
        return { arn, createdAt, id, path: arn.slice(arn.indexOf(':role') + 5, arn.length - name.length) };
    }
    return undefined;
  }

  roleId(roleArn: string): string | undefined {
    return this.#roles.get(roleArn)?.id;
  }

  deleteRole(roleArn: string): void {
    this.#roles.delete(roleArn);
  }

  /** A session of a role without asking its trust policy: what Lambda's own role or an instance profile has. */
  startSession(roleArn: string, sessionName = 'lab', durationSeconds = hour): LabCredentials {
    return credentialsOf(this.#newSession(roleArn, sessionName, durationSeconds));
  }

  /** What a cluster's authenticator answers about an EKS token. */
  verifyEksToken(token: string, cluster: { readonly name: string; readonly region: string }): TokenVerdict {
    return verifyToken(token, {
      clusterName: cluster.name,
      partition: partitionOf(cluster.region),
      identities: this.identities,
      now: this.#clock(),
    });
  }

  readonly operations = {
    GetCallerIdentity: ({ accountId, principalArn }: LabCall) => ({
      UserId: userId(principalArn),
      Account: accountId,
      Arn: principalArn,
    }),
    AssumeRole: (call: LabCall) => this.#assumeRole(call),
  };

  #assumeRole(call: LabCall): unknown {
    const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: asked, Policy: policy } = call.input;
    if (typeof roleArn !== 'string' || !rolePattern.test(roleArn))
      throw new LabError('ValidationError', `${roleArn} is invalid`);
    if (policy !== undefined && !isRecord(jsonOf(policy)))
      throw new LabError('MalformedPolicyDocument', 'This policy contains invalid Json');

    const role = this.#roles.get(roleArn);
    const identityArn = roleOfSession(call.principalArn) ?? call.principalArn;
    const { organizationId } = this.#accounts.get(call.accountId) ?? {};
    const owner = this.#accounts.get(parseRoleArn(roleArn).accountId);
    const request: ServiceCall = {
      caller: { account: call.accountId, arns: [call.principalArn, identityArn] },
      action: 'sts:AssumeRole',
      resource: roleArn,
      context: {
        'aws:PrincipalArn': identityArn,
        'aws:PrincipalAccount': call.accountId,
        ...(organizationId && { 'aws:PrincipalOrgID': organizationId }),
        // As AWS documents it: there only if the account that owns the role is in an organization.
        ...(owner?.organizationId && { 'aws:ResourceOrgID': owner.organizationId }),
        ...(typeof call.input['ExternalId'] === 'string' && { 'sts:ExternalId': call.input['ExternalId'] }),
        'sts:RoleSessionName': String(sessionName),
      },
    };
    const policies = this.#roles.get(identityArn)?.policies;
    const mayAsk = policies === undefined || admits({ Statement: policies.flatMap((each) => each.Statement) }, request);
    if (!role || !mayAsk || !admits(resourcePolicy.parse(role.trustPolicy), request) || owner?.active === false)
      throw new LabError(
        'AccessDenied',
        `User: ${call.principalArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        403,
      );

    const duration = asked === undefined ? hour : Number(asked);
    if (duration > hour)
      throw new LabError(
        'ValidationError',
        'The requested DurationSeconds exceeds the hour of roles and of role chaining.',
      );

    const identity = this.#newSession(roleArn, String(sessionName), duration);
    return {
      Credentials: {
        AccessKeyId: identity.accessKeyId,
        SecretAccessKey: identity.secretAccessKey,
        SessionToken: identity.session?.token,
        Expiration: new Date(identity.session?.expiresAt ?? 0).toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: userId(identity.principalArn), Arn: identity.principalArn },
    };
  }

  #newSession(roleArn: string, sessionName: string, durationSeconds: number): Identity {
    const { accountId, partition, roleName } = parseRoleArn(roleArn);
    this.addAccount(accountId, { partition });
    const identity: Identity = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      accountId,
      principalArn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
      session: {
        token: randomBytes(360).toString('base64'),
        expiresAt: this.#clock() + durationSeconds * 1000,
        roleArn,
      },
    };
    this.identities.add(identity);
    return identity;
  }
}

const rolePattern = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;

function parseRoleArn(roleArn: string) {
  const [, partition, accountId, roleName] = rolePattern.exec(roleArn) ?? [];
  if (partition === undefined || accountId === undefined || roleName === undefined)
    throw new Error(`'${roleArn}' is no role ARN`);
  return { partition, accountId, roleName };
}

/** `arn:aws:sts::1:assumed-role/NAME/SESSION` → `arn:aws:iam::1:role/NAME`, as access entries and `aws:PrincipalArn` name it. */
function roleOfSession(principalArn: string): string | undefined {
  const match = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(principalArn);
  return match === null ? undefined : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}

/** The unique id that IAM would have given: always the same for the same principal. */
function userId(principalArn: string): string {
  const role = roleOfSession(principalArn);
  const id = createHash('sha256')
    .update(role ?? principalArn)
    .digest('hex')
    .slice(0, 17)
    .toUpperCase();
  return role === undefined ? `AIDA${id}` : `AROA${id}:${principalArn.split('/').at(-1)}`;
}
