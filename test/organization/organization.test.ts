import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberRoleName } from '../../lambda/contract/names.ts';
import { defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { chosenControls } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { type CliResult, runCli } from '../cli/run-cli.ts';
import type { Ended } from '../lab/aws/step-functions/states-world.ts';
import { type DeployedHub, deployHub, lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import {
  type LabOrganization,
  organizationSettings,
  hub as place,
  startOrganization,
} from '../lab/estate/organization.ts';
import { accounts } from '../lab/estate/organization-accounts.ts';
import { bundledFunctions } from '../made-once.ts';
import { type Found, foundInBucket, foundInTerminal } from './results.ts';

/** Two organizations alike: one is audited by the state machine, one from a terminal. */
let scheduled: LabOrganization;
let byHand: LabOrganization;
let hub: DeployedHub;
let ended: Ended;
let terminal: CliResult;
let inBucket: Found;
let inTerminal: Found;

const runId = '20261125T050000Z';
/** What a default audit looks at, by the catalogue. */
const { controls } = chosenControls([], { benchmark: defaultBenchmark, sources: ['configz'] });
const { emptied, hubOff, throttled, fenced, suspended, withoutRole, data, ledger } = accounts;
const organizations = (): readonly LabOrganization[] => [scheduled, byHand];

beforeAll(async () => {
  [scheduled, byHand] = await Promise.all([startOrganization(), startOrganization()]);
  await Promise.all(organizations().map(deleteTheLastCluster));
  hub = deployHub(scheduled.lab, {
    ...place,
    settings: organizationSettings,
    bundles: await bundledFunctions(),
    processes: 2,
  });

  const regions = byHand.regions.flatMap((region) => ['--region', region]);
  [ended, terminal] = await Promise.all([
    hub.run(runId),
    runCli(['audit', '--organization', ...regions, '--publish', '--format', 'json'], {
      env: lambdaEnvironment(byHand.lab.endpoint, place.region, byHand.operator()),
    }),
  ]);
  inBucket = foundInBucket(scheduled.lab, hub, runId);
  inTerminal = foundInTerminal(terminal.stdout);
});

afterAll(async () => {
  await hub?.close();
  await Promise.all([scheduled?.close(), byHand?.close()]);
});

/** A Region had one cluster, whose findings are in Security Hub; now it has none. */
async function deleteTheLastCluster({ lab }: LabOrganization): Promise<void> {
  const session = lab.sts.startSession(`arn:aws:iam::${emptied.id}:role/${memberRoleName}`, 'before');
  const { code, stderr } = await runCli(['audit', 'former', '--publish', '--format', 'json'], {
    env: lambdaEnvironment(lab.endpoint, 'eu-central-1', session),
  });
  if (code === 3) throw new Error(stderr);
  lab.eks.deleteCluster(emptied.id, 'eu-central-1', 'former');
}

describe('an organization of 14 accounts', () => {
  it('is audited through the state machine, to its end', () => {
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        runId,
        accounts: 13,
        clusters: { found: 14, audited: 14, gone: 0, failed: 0 },
        failedItems: 0,
        complete: false,
        summary: `s3://${hub.bucket}/runs/${runId}/summary.json`,
      },
    });
  });

  it('is audited from a terminal, with a failing control as its exit code', () => {
    expect(terminal.code).toBe(1);
  });

  it('comes to the same verdicts either way, one for each node and control', () => {
    expect(inBucket.verdicts.size).toBe(17 * controls.length);
    expect(inBucket.repeated).toEqual([]);
    expect(inTerminal.repeated).toEqual([]);
    expect(inTerminal.verdicts).toEqual(inBucket.verdicts);
    // Every node is read, and what only the machine shows is not looked at by default: nothing is left unknown.
    expect(new Set(inBucket.verdicts.values())).toEqual(new Set(['pass', 'fail']));
  });

  it('comes to the same coverage either way, which names each gap', () => {
    expect(inTerminal.coverage).toEqual(inBucket.coverage);
    expect(inBucket.gaps).toEqual(
      [
        `${withoutRole.id}: member-role-missing`,
        `${throttled.id}/eu-central-1: throttled`,
        `${hubOff.id}/eu-west-1: security-hub-off`,
      ].toSorted(),
    );
    expect(inTerminal.gaps).toEqual(inBucket.gaps);
  });

  it('names what was left out on purpose, which is no gap', () => {
    expect(inBucket.skipped).toEqual(
      [
        `${suspended.id}: account-not-active`,
        `${fenced.id}/us-east-1: region-denied-by-policy`,
        `${data.id}/eu-central-1: region-not-enabled`,
        `${data.id}/us-east-1: region-not-enabled`,
      ].toSorted(),
    );
    expect(inTerminal.skipped).toEqual(inBucket.skipped);
  });

  it('has its findings in each account and Region where the cluster is, the same either way', () => {
    const findingsOf = ({ lab }: LabOrganization) =>
      Object.values(accounts).flatMap(({ id }) =>
        scheduled.regions.flatMap((region) =>
          lab.securityHub.findings(id, region).map(({ Id, AwsAccountId, Region, Compliance, RecordState }) => {
            expect(AwsAccountId).toBe(id);
            expect(Region ?? region).toBe(region);
            return JSON.stringify([id, region, Id, Compliance, RecordState]);
          }),
        ),
      );

    const found = findingsOf(scheduled);
    expect(found.length).toBe(15 * controls.length);
    expect(findingsOf(byHand).map(comparable).toSorted()).toEqual(found.map(comparable).toSorted());
    expect(scheduled.lab.securityHub.findings(ledger.id, 'eu-central-1')).toContainEqual(
      expect.objectContaining({ Compliance: expect.objectContaining({ Status: 'FAILED' }) }),
    );
  });

  it('archives what it held of a cluster that was the last of its Region', () => {
    for (const { lab } of organizations()) {
      const findings = lab.securityHub.findings(emptied.id, 'eu-central-1');
      expect(findings.length).toBe(controls.length);
      expect(findings.map(({ RecordState }) => RecordState)).toEqual(findings.map(() => 'ARCHIVED'));
    }
  });

  it('calls in no account that it could not enter, and in no Region that it need not', () => {
    for (const { lab } of organizations()) {
      const ofSuspended = lab.calls.filter(
        ({ accountId }) => accountId === suspended.id || accountId === withoutRole.id,
      );
      expect(ofSuspended).toEqual([]);
      const called = new Set(lab.calls.filter(({ service }) => service === 'eks').map(({ region }) => region));
      expect([...called].filter((region) => !scheduled.regions.includes(region))).toEqual([]);
    }
  });

  it('writes no token into its logs', () => {
    const logs = JSON.stringify([hub.invocations.flatMap((each) => each.logs), terminal.stderr]);
    expect(logs).toContain('item done');
    expect(logs).not.toMatch(/k8s-aws-v1\.[\w-]{10}|X-Amz-Signature=[0-9a-f]/);
  });

  it('puts each failure that began on the bus, and once that the run is over', () => {
    const events = scheduled.lab.events
      .events(place.accountId, place.region)
      .filter(({ source }) => source === 'eks-kubelet-audit');
    expect(events.filter((each) => each['detail-type'] === 'Audit Completed')).toEqual([
      expect.objectContaining({
        detail: expect.objectContaining({ runId, clusters: 14, failedItems: 0, complete: false }),
      }),
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({
        'detail-type': 'Finding Opened',
        detail: expect.objectContaining({ accountId: ledger.id, control: 'kubelet-client-ca-file', status: 'FAILED' }),
      }),
    );
  });
});

/** Texts tell times of reading. */
const comparable = (finding: string): string => finding.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
