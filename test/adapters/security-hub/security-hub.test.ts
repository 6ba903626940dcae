import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { securityHub, securityHubClient } from '../../../lambda/adapters/security-hub/security-hub.ts';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { findingsOf } from '../../../lambda/core/findings/finding.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import type { Cluster, ClusterArn } from '../../../lambda/core/model/model.ts';
import type { WriteSummary } from '../../../lambda/core/model/published.ts';
import type { FindingStore } from '../../../lambda/flow/ports.ts';
import { auditOf, compliant, failed, judged, node, options } from '../../core/findings/compliant-audit.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { asStored, silentLog } from '../../fakes/ports.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const region = 'eu-west-1';
const clock = new ManualClock();
let lab: Lab;
let accountId = '300000000000';
let client: SecurityHubClient;
let store: FindingStore;
let cluster: Cluster & { readonly arn: ClusterArn };

beforeAll(async () => {
  lab = await startLab({ clock: () => clock.milliseconds });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

beforeEach(() => {
  accountId = `${Number(accountId) + 1}`;
  const credentials = lab.addAccount(accountId);
  lab.faults.clear();
  lab.securityHub.enable(accountId, region);
  clock.milliseconds = Date.now();
  clock.sleeps.length = 0;

  client = securityHubClient({ region, credentials: async () => credentials });
  store = securityHub({ client, clock, log: silentLog });
  cluster = clusterOf('blue');
});

const clusterOf = (name: string, account = accountId, at = region): typeof cluster => ({
  ...compliant.cluster,
  name,
  arn: parseClusterArn(`arn:aws:eks:${at}:${account}:cluster/${name}`)!,
});

/** As many findings, of one node each. */
function findings(count: number, about = cluster, now = clock.now()): readonly AsffFinding[] {
  const nodes = Array.from({ length: count }, (_, index) => judged(node(index), failed));
  return findingsOf(auditOf(nodes, { cluster: about }), { ...options, scope: 'node', now }).toArray();
}

const write = async (sent: readonly AsffFinding[]): Promise<WriteSummary> => {
  const result = await store.write(cluster.arn, sent);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const imports = () =>
  lab.calls.filter((call) => call.operation === 'BatchImportFindings' && call.accountId === accountId);
const held = () => lab.securityHub.findings(accountId, region);
const ids = (sent: readonly AsffFinding[]) => sent.map(({ Id }) => Id);

/** Each finding in exactly one list, as the port promises. */
function expectAllAccounted(summary: WriteSummary, sent: readonly AsffFinding[]): void {
  const told = [...summary.rejected, ...summary.notSent].map(({ id }) => id);
  expect(new Set(told).size).toBe(told.length);
  expect(ids(sent)).toEqual(expect.arrayContaining(told));
  expect(summary.imported + told.length).toBe(sent.length);
}

describe('writing to Security Hub', () => {
  it('sends full batches, and none when there is nothing to write', async () => {
    expect(await write([])).toEqual({ imported: 0, rejected: [], notSent: [] });
    expect(imports()).toEqual([]);

    const sent = findings(205);
    expectAllAccounted(await write(sent), sent);
    expect(held()).toHaveLength(205);
    expect(imports()).toHaveLength(3);
  });

  it('accounts for each finding of a batch: one beyond a limit is kept back, and what Security Hub refuses is named', async () => {
    const [first, second, third] = findings(3);
    const tooLong = { ...second!, Title: 'x'.repeat(257) };
    // Our own check knows no list of types' namespaces, the lab does.
    const Types = ['No/Such/Namespace'];
    const refused = { ...third!, FindingProviderFields: { ...third!.FindingProviderFields, Types } };
    const sent = [first!, tooLong, refused];
    const summary = await write(sent);

    expect(summary).toMatchObject({ imported: 1, notSent: [] });
    const message = 'Title has 257 characters, allowed are 1 to 256';
    expect(summary.rejected).toContainEqual({ id: tooLong.Id, code: 'beyond-asff-limits', message });
    expect(summary.rejected).toContainEqual(expect.objectContaining({ id: refused.Id, code: 'InvalidInput' }));
    expectAllAccounted(summary, sent);
    expect(held()).toHaveLength(1);
  });

  it.each([
    ['throttling', { kind: 'throttling' }],
    ['a connection that breaks', { kind: 'reset' }],
    ['an answer of something on the way', { kind: 'html' }],
    ["Security Hub's own fault", { kind: 'error', code: 'InternalException', status: 500 }],
  ] as const)('sends the whole batch again after %s', async (_, fault) => {
    lab.faults.inject('securityhub:BatchImportFindings', fault, { accountId, times: 2 });

    expect((await write(findings(2))).imported).toBe(2);
    expect(lab.calls.filter((each) => each.accountId === accountId)).toHaveLength(3);
    expect(clock.sleeps.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(1_000);
  });

  it('gives up when throttling does not end within three minutes, and says which findings were not sent', async () => {
    const begun = clock.milliseconds;
    const limited = { kind: 'error', code: 'LimitExceededException', status: 429 } as const;
    await write(findings(100));
    lab.faults.inject('securityhub:BatchImportFindings', limited, { accountId });

    expect(await store.write(cluster.arn, findings(150))).toMatchObject({ ok: false, error: { code: 'throttled' } });
    expect(clock.milliseconds - begun).toBeGreaterThan(100_000);
    expect(clock.milliseconds - begun).toBeLessThanOrEqual(181_000);
  });

  it('waits no longer than the invocation lasts, but for the half minute that is kept for publishing', async () => {
    const begun = clock.milliseconds;
    lab.faults.inject('securityhub:BatchImportFindings', { kind: 'throttling' }, { accountId });
    store = securityHub({ client, clock, log: silentLog, deadline: new Date(begun - 1_000) });

    expect(await store.write(cluster.arn, findings(1))).toMatchObject({ ok: false, error: { code: 'throttled' } });
    expect(clock.milliseconds - begun).toBeGreaterThan(10_000);
    expect(clock.milliseconds - begun).toBeLessThanOrEqual(31_000);
  });

  it('accounts for what could not be sent once the network is gone for good', async () => {
    const sent = findings(250);
    let calls = 0;
    const flaky = {
      ...client,
      config: client.config,
      send: (command: never) => {
        calls += 1;
        return calls === 1
          ? client.send(command)
          : Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      },
    };
    store = securityHub({ client: flaky as unknown as SecurityHubClient, clock, log: silentLog });
    const summary = await write(sent);

    expect(summary.imported).toBe(100);
    expect(summary.notSent).toHaveLength(150);
    expect(summary.notSent[0]?.because).toContain('ECONNRESET');
    // One batch was tried six times, the next not at all.
    expect(calls).toBe(7);
    expectAllAccounted(summary, sent);
  });

  it('says in one line that Security Hub is off', async () => {
    const other = securityHubClient({ region: 'eu-north-1', credentials: async () => lab.credentials(accountId) });
    const north = clusterOf('blue', accountId, 'eu-north-1');
    const off = securityHub({ client: other, clock, log: silentLog });

    const problem = expect.objectContaining({
      code: 'security-hub-off',
      message: `Security Hub CSPM is not enabled in account ${accountId}, eu-north-1`,
      remedy: expect.stringContaining('enable-security-hub'),
    });
    expect(await off.write(north.arn, findings(2, north))).toEqual({ ok: false, error: problem });
    await expect(Array.fromAsync(off.stored(north.arn))).rejects.toThrow(
      /not enabled in account .*enable-security-hub/,
    );
  });

  it('names the right that is missing, whose credentials a cluster of another account needs, and credentials of no use', async () => {
    const problemOf = async (about = cluster, of = store) => {
      const result = await of.write(about.arn, findings(1, about));
      return !result.ok && result.error;
    };
    const product = `arn:aws:securityhub:${region}:${accountId}:product/${accountId}/default`;
    lab.faults.inject('securityhub:BatchImportFindings', { kind: 'access-denied' }, { accountId, times: 1 });
    expect(await problemOf()).toMatchObject({
      code: 'security-hub-forbidden',
      remedy: expect.stringContaining(`securityhub:BatchImportFindings on ${product}`),
    });
    expect(await problemOf(clusterOf('blue', '999999999999'))).toMatchObject({
      code: 'security-hub-forbidden',
      remedy: expect.stringContaining('account 999999999999'),
    });
    const strange = { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'x'.repeat(40) };
    const unknown = securityHubClient({ region, credentials: async () => strange });
    expect(await problemOf(cluster, securityHub({ client: unknown, clock, log: silentLog }))).toMatchObject({
      code: 'credentials-unusable',
      message: expect.stringMatching(/^AWS does not accept these credentials for Security Hub of account /),
    });
  });

  it('does not take a bug for an outage', async () => {
    const broken = { send: () => Promise.reject(new TypeError('x is not a function')) };
    store = securityHub({ client: broken as unknown as SecurityHubClient, clock, log: silentLog });

    await expect(store.write(cluster.arn, findings(1))).rejects.toThrow(TypeError);
  });
});

describe('reading from Security Hub', () => {
  const stored = () => Array.fromAsync(store.stored(cluster.arn, cluster.arn.arn));

  it('finds its own findings about this cluster, active and archived, and nothing else', async () => {
    const [ours, archived] = findings(2);
    const others: readonly AsffFinding[] = [
      { ...archived!, RecordState: 'ARCHIVED' },
      { ...ours!, Id: 'somebody-elses', GeneratorId: 'another-tool/kubelet-client-ca-file' },
      findings(1, clusterOf('green'))[0]!,
    ];
    await write([ours!, ...others]);

    // Without a cluster, those about every cluster of the account and Region.
    expect(await Array.fromAsync(store.stored(cluster.arn))).toHaveLength(3);
    const found = await stored();
    expect(found.map(({ id, recordState }) => [id, recordState])).toEqual([
      [ours!.Id, 'ACTIVE'],
      [archived!.Id, 'ARCHIVED'],
    ]);
    const asCustomersSeeIt = { workflow: 'NEW', severity: 'HIGH', providedSeverity: 'HIGH' };
    expect(found[0]).toEqual({ ...asStored(ours!), ...asCustomersSeeIt });
  });

  it('keeps no field of Security Hub or of another tool', async () => {
    const [ours] = findings(1);
    await write([{ ...ours!, ProductFields: { ...ours!.ProductFields, 'other-tool/secret': 'word' } }]);

    const [found] = await stored();
    expect(found?.productFields).toEqual(ours!.ProductFields);
  });

  it.each(['throttling', 'empty-page'] as const)('goes on after %s', async (kind) => {
    await write(findings(1));
    lab.faults.inject('securityhub:GetFindings', { kind }, { accountId, times: 1 });

    expect(await stored()).toHaveLength(1);
  });

  it('names the right that is missing', async () => {
    lab.faults.inject('securityhub:GetFindings', { kind: 'access-denied' }, { accountId });

    const right = `allow securityhub:GetFindings on arn:aws:securityhub:${region}:${accountId}:hub/default`;
    await expect(stored()).rejects.toMatchObject({
      name: 'OperatorError',
      code: 'security-hub-forbidden',
      message: expect.stringContaining(right),
    });
  });

  it('gives up on Security Hub that never answers, after six attempts', async () => {
    lab.faults.inject('securityhub:GetFindings', { kind: 'html' }, { accountId });

    await expect(stored()).rejects.toMatchObject({ code: 'security-hub-unreachable' });
    expect(clock.sleeps).toHaveLength(5);
  });
});

it.each([
  ['of a cluster', (each: FindingStore) => each.stored(cluster.arn, cluster.arn.arn), undefined, 100_000],
  ['of an account’s Region', (each: FindingStore) => each.stored(cluster.arn), undefined, 500_000],
  ['beyond the time of a function', (each: FindingStore) => each.stored(cluster.arn), -1, 9_400],
])('stops reading forged findings without end %s, and says who has to be found', async (_what, read, lateMs, most) => {
  const page = { Findings: [], NextToken: 'more' };
  const endless = Object.assign(securityHubClient({ region, credentials: async () => lab.credentials(accountId) }), {
    send: async () => page,
  });
  const deadline = lateMs === undefined ? {} : { deadline: new Date(clock.milliseconds + lateMs) };
  const store = securityHub({ client: endless, clock, log: silentLog, ...deadline });
  const problem = await Array.fromAsync(read(store)).catch((error) => error);
  expect(problem).toMatchObject({
    code: 'findings-too-many',
    message: expect.stringContaining('see who imports findings'),
  });
  expect(Math.abs(Number(/(\d+) were read/.exec(problem.message)?.[1]) - most)).toBeLessThan(500);
});
