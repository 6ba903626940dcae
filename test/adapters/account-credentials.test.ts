import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountCredentials, accountCredentials } from '../../lambda/adapters/account-credentials.ts';
import { AssumeRoleError, type AwsCredentials } from '../../lambda/adapters/aws-access.ts';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { eksClient } from '../../lambda/adapters/eks/client.ts';
import { eksRegionalClusters } from '../../lambda/adapters/eks/clusters.ts';
import type { Place } from '../../lambda/core/model/model.ts';
import type { Clock } from '../../lambda/flow/ports.ts';
import { clusterNames } from '../fakes/ask-ports.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import type { LabCredentials } from '../lab/aws/identities.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const hub = '100000000001';
const member = '100000000002';
const region = 'eu-west-1';
const roleName = 'EksKubeletAuditMember';
const roleArn = (account: string, partition = 'aws') => `arn:${partition}:iam::${account}:role/${roleName}`;
const hubRole = `arn:aws:iam::${hub}:role/EksKubeletAuditDiscover`;
const place: Place = { partition: 'aws', accountId: member, region };
const { signal } = new AbortController();

const trustsHub = {
  Statement: [
    {
      Effect: 'Allow' as const,
      Principal: { AWS: `arn:aws:iam::${hub}:root` },
      Action: 'sts:AssumeRole',
      Condition: { ArnEquals: { 'aws:PrincipalArn': hubRole } },
    },
  ],
};

let lab: Lab;
const clock = new ManualClock();
beforeEach(async () => {
  clock.milliseconds = Date.now();
  lab = await startLab({ clock: () => clock.milliseconds });
  lab.addAccount(hub);
  lab.sts.putRole(roleArn(member), { trustPolicy: trustsHub });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
});
afterEach(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

const asHub = (): AwsCredentials => fixed(lab.sts.startSession(hubRole));
const fixed =
  (credentials: LabCredentials): AwsCredentials =>
  async () =>
    credentials;

const entering = (base = asHub(), by: Clock = systemClock): AccountCredentials =>
  accountCredentials({ base, clock: by, role: { name: roleName, of: 'member', sessionName: 'audit', region } });
const assumed = () => lab.calls.filter((call) => call.operation === 'AssumeRole');

describe('accountCredentials', () => {
  it('enters an account once for all its clients, as its member role', async () => {
    lab.addAccount(member);
    const credentials = entering();
    const clusters = eksRegionalClusters({
      client: (at) => eksClient({ region: at.region, credentials: credentials(at) }),
    });

    const regions = ['eu-west-1', 'eu-central-1', 'us-east-1'];
    const found = await Promise.all(regions.map((each) => clusterNames(clusters, { ...place, region: each }, signal)));

    expect(found).toEqual(regions.map(() => ({ ok: true, value: [] })));
    expect(assumed()).toMatchObject([
      { region, input: { RoleArn: roleArn(member), RoleSessionName: 'audit', DurationSeconds: '3600' } },
    ]);
    expect(new Set(lab.calls.filter((call) => call.service === 'eks').map((call) => call.principalArn))).toEqual(
      new Set([`arn:aws:sts::${member}:assumed-role/${roleName}/audit`]),
    );
  });

  it('renews a session before it ends, and not sooner', async () => {
    const credentials = entering(fixed(lab.credentials(hub)), clock);
    lab.sts.putRole(roleArn(member), { trustPolicy: { Statement: [{ ...trustsHub.Statement[0]!, Condition: {} }] } });

    const first = await credentials(place)();
    clock.milliseconds += 50 * 60_000;
    expect(await credentials(place)()).toBe(first);
    clock.milliseconds += 5 * 60_000;
    expect(await credentials(place)()).not.toBe(first);
    expect(assumed().filter((call) => !call.error)).toHaveLength(2);
  });

  it('uses the caller’s own in every account without a member role', async () => {
    const base = asHub();
    expect(accountCredentials({ base, clock })(place)).toBe(base);
  });

  it('names the role in the partition of the account', async () => {
    const china = { partition: 'aws-cn', accountId: '100000000009' };
    lab.sts.putRole(roleArn(china.accountId, 'aws-cn'), { trustPolicy: trustsHub });

    expect(await entering()(china)()).toMatchObject({ sessionToken: expect.any(String) });
  });

  it('asks again after a refusal: the role may be there by now', async () => {
    lab.sts.deleteRole(roleArn(member));
    const credentials = entering();

    await expect(credentials(place)()).rejects.toThrow(AssumeRoleError);
    lab.sts.putRole(roleArn(member), { trustPolicy: trustsHub });
    expect(await credentials(place)()).toMatchObject({ sessionToken: expect.any(String) });
  });
});

/** The problem that comes of the first call of an account. */
async function problemOf(credentials: AccountCredentials) {
  const clusters = eksRegionalClusters({ client: () => eksClient({ region, credentials: credentials(place) }) });
  const names = await clusterNames(clusters, place, signal);
  return !names.ok && names.error;
}

describe('an account that cannot be entered', () => {
  it('is reported by its member role, and never as bad credentials', async () => {
    lab.sts.deleteRole(roleArn(member));
    expect(await problemOf(entering())).toMatchObject({
      code: 'member-role-missing',
      message: expect.stringMatching(new RegExp(`${roleName}.*${member}.*AccessDenied: User: .*sts:AssumeRole`)),
      remedy: expect.stringMatching(
        /member stack in account 100000000002 \(docs\/deploy\.md\).*a role or SSM document of our name that somebody else made/,
      ),
    });
  });

  it('is to be fixed by the stack that makes the role, whichever role that is', async () => {
    const name = 'EksKubeletAuditRemediate';
    const role = { name, of: 'remediation', sessionName: 'audit', region } as const;
    expect(await problemOf(accountCredentials({ base: asHub(), clock: systemClock, role }))).toMatchObject({
      message: expect.stringContaining(`remediation role '${name}' of account ${member} cannot be assumed`),
      remedy: expect.stringContaining(`deploy the member stack of remediation in account ${member}`),
    });
  });

  it('is reported as throttled when STS is too busy', async () => {
    // Under a name that the SDK does not try again, which would take a minute.
    lab.faults.inject('sts:AssumeRole', { kind: 'error', code: 'ThrottlingError' });
    expect(await problemOf(entering())).toMatchObject({ code: 'throttled' });
  });

  it('is not to blame when the caller’s own credentials are of no use', async () => {
    const strange = fixed({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'x'.repeat(40) });
    expect(await problemOf(entering(strange))).toMatchObject({
      code: 'credentials-unusable',
      message: expect.stringContaining(member),
    });
  });
});
