import { PassThrough } from 'node:stream';
import { vi } from 'vitest';
import { main } from '../../../lambda/cli/main.ts';
import { memberRoleName } from '../../../lambda/contract/names.ts';
import type { LabCredentials } from '../../lab/aws/identities.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

// What the tests of `grant` begin with: one account whose clusters do not know the role that audits, and an administrator who may let it in.

export const accountId = '111122223333';
export const region = 'eu-central-1';
export const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
export const admin = `arn:aws:iam::${accountId}:user/admin`;

/** A lab with that account and role; the caller of this process is the administrator until `vi.unstubAllEnvs`. */
export async function startGrantLab(): Promise<Lab> {
  const lab = await startLab();
  lab.addAccount(accountId);
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  for (const [name, value] of Object.entries(envOf(lab, lab.credentials(accountId)))) vi.stubEnv(name, value);
  return lab;
}

/** The environment of a caller with these credentials. */
export const envOf = (lab: Lab, { accessKeyId, secretAccessKey, sessionToken = '' }: LabCredentials) => ({
  AWS_ENDPOINT_URL: lab.endpoint,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
  AWS_REGION: region,
});

/** `eks-kubelet-audit grant` in this process: dozens of runs, each of which would load the AWS clients anew. */
export async function grant(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await main(['grant', ...args], { stdin: new PassThrough(), stdout, stderr, env: process.env });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
