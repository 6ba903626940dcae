import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleAudit } from '../../infra/bundle.ts';
import { iamActions } from '../../lambda/contract/iam-actions.ts';
import { account, auditRole, type Estate, region, startEstate } from './estate.ts';
import { type Invoked, invoke } from './invoke.ts';

let directory: string;
let estate: Estate;
let scheduled: Invoked;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-bundle-'));
  await bundleAudit(directory);
  estate = await startEstate();
  scheduled = await run({});
});

afterAll(async () => {
  await estate?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What Lambda gives a function, with the lab in the place of AWS. */
function environment(): Record<string, string> {
  const {
    accessKeyId,
    secretAccessKey,
    sessionToken = '',
  } = estate.lab.sts.startSession(auditRole, 'eks-kubelet-audit');
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    EKS_KUBELET_AUDIT_PUBLISH: 'true',
  };
}

const run = (event: unknown, { env = environment(), remainingMs = 900_000 } = {}) =>
  invoke({ bundle: join(directory, 'index.mjs'), event, remainingMs, env });

describe('the bundled handler, run as Lambda would', () => {
  it('audits the clusters of its account and Region, publishes, and answers with counts', () => {
    const { answer, logs } = scheduled;

    expect(answer).toEqual({
      value: {
        clusters: 2,
        nodes: 2,
        // configz shows neither the modes of files nor the content of the CA file: unknown for the node that it read.
        verdicts: expect.objectContaining({ pass: expect.any(Number), fail: expect.any(Number), warn: 0 }),
        published: { imported: expect.any(Number), rejected: 0, notSent: 0 },
        problems: [expect.stringContaining('cluster young is CREATING')],
      },
    });
    expect(logs).toContainEqual(
      expect.objectContaining({
        message: 'cluster audited',
        level: 'INFO',
        service: 'eks-kubelet-audit',
        requestId: 'request-1',
        cluster: `arn:aws:eks:${region}:${account}:cluster/prod`,
      }),
    );
    expect(logs).toContainEqual(
      expect.objectContaining({
        message: 'node did not pass',
        node: 'i-0000000000000000b',
        control: 'kubelet-client-ca-file',
        verdict: 'fail',
        via: 'ssm',
      }),
    );
    expect(estate.lab.securityHub.findings(account, region)).toContainEqual(
      expect.objectContaining({ AwsAccountId: account, Compliance: expect.objectContaining({ Status: 'FAILED' }) }),
    );
  });

  it('calls nothing that its role does not grant', () => {
    // The call inside the token needs no permission.
    const granted = new Set<string>([...Object.values(iamActions).flat(), 'sts:GetCallerIdentity']);
    const called = new Set(estate.lab.calls.map((call) => `${call.service}:${call.operation}`));
    expect(called.size).toBeGreaterThan(5);
    expect([...called].filter((action) => !granted.has(action))).toEqual([]);
  });

  it('writes no token into its logs', () => {
    expect(JSON.stringify(scheduled.logs)).not.toMatch(/k8s-aws-v1\.[\w-]{10}|X-Amz-Signature=[0-9a-f]/);
  });

  it('audits only the clusters that the event names', async () => {
    const { answer } = await run({ clusters: ['young'] });
    expect(answer).toMatchObject({ value: { clusters: 1, nodes: 0 } });
  });

  it('fails its invocation when nothing could be audited, and says what to do', async () => {
    const { answer } = await run({ clusters: ['nowhere'] });
    expect(answer).toEqual({ error: { name: 'OperatorError', message: expect.stringContaining('nowhere') } });
  });

  it('fails its invocation when its credentials open nothing', async () => {
    const { answer } = await run({}, { env: { ...environment(), AWS_SECRET_ACCESS_KEY: 'wrong' } });
    expect(answer).toEqual({ error: { name: 'OperatorError', message: expect.stringMatching(/credentials/i) } });
  });

  it('ends in time when there is none, and passes nothing that it could not read', async () => {
    const { answer } = await run({ clusters: ['prod'] }, { remainingMs: 0 });
    expect(answer).toMatchObject({ value: { clusters: 1, verdicts: { pass: 0 } } });
  });

  it.each([{ cluster: 'prod' }, { clusters: 'prod' }, 'prod', null])(
    'refuses the event %j before it asks AWS anything',
    async (event) => {
      const before = estate.lab.calls.length;
      const { answer } = await run(event);

      const message = `the event ${JSON.stringify(event)} is not known; send {} or {"clusters": ["NAME"]}`;
      expect(answer).toEqual({ error: { name: 'UsageError', message } });
      expect(estate.lab.calls.length).toBe(before);
    },
  );

  it('refuses an environment that it does not understand', async () => {
    const { answer } = await run({}, { env: { ...environment(), EKS_KUBELET_AUDIT_SCOPE: 'pod' } });
    expect(answer).toMatchObject({ error: { name: 'UsageError', message: expect.stringContaining("'pod'") } });
  });
});
