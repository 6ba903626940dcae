import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { environment } from '../../lambda/contract/environment.ts';
import { hubFunctions, kubernetesGroup, memberRoleName, probeDocumentName } from '../../lambda/contract/names.ts';
import { sessionEnvironment } from '../fakes/session-environment.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { startLab } from '../lab/lab.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { withGenerated } from './pages.ts';

const root = join(import.meta.dirname, '../..');

/** The paths, from the project's root, of what a file imports by a relative specifier; of `values` without what it imports as a type only. */
export function importsOf(file: string, which: 'all' | 'values' = 'all'): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const taken = which === 'all' ? text : text.replaceAll(/^import type [^;]*;$/gm, '');
  return [...taken.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+)'/gm)].map(([, path = '']) =>
    join(dirname(file), path),
  );
}

const files = z.array(z.object({ file: z.string(), ran: z.number(), any: z.boolean() }));
const coverage = z.object({ loaded: files, covered: files });

export interface NodePath {
  /** Files of which a function ran for the item. */
  readonly files: readonly string[];
  /** The functions with a name that ran for it. */
  readonly functions: number;
  /** Files that were loaded. */
  readonly loaded: number;
}

const [accountId, region] = ['111122223333', 'eu-west-1'];

/** What runs when the item's handler audits a cluster with one node that its source can read, as V8 counts it. */
export async function nodePath(source: 'configz' | 'ssm'): Promise<NodePath> {
  const roots: NodeRoot[] = [];
  const lab = await startLab();
  try {
    lab.addAccount(accountId);
    lab.s3.createBucket(accountId, region, 'runs');
    lab.securityHub.enable(accountId, region);
    const principalArn = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
    const trusted = { AWS: `arn:aws:iam::${accountId}:root` };
    const trustPolicy = { Statement: [{ Effect: 'Allow' as const, Principal: trusted, Action: 'sts:AssumeRole' }] };
    lab.sts.putRole(principalArn, { trustPolicy });
    lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
    const granted = {
      accessEntries: [{ principalArn, groups: [kubernetesGroup] }],
      rbac: { groups: { [kubernetesGroup]: auditorRules } },
    };
    const nodes = [{ name: 'a.internal', recording: 'no-ca-anonymous-off', group: 'workers' }];
    await addEstateCluster(lab, { name: 'prod', ...granted, nodes }, { accountId, region, roots });

    const { functionName, roleName } = hubFunctions.audit;
    const env = {
      ...sessionEnvironment(lab, region, lab.sts.startSession(`arn:aws:iam::${accountId}:role/${roleName}`, 'item')),
      AWS_ENDPOINT_URL: lab.endpoint,
      [environment.bucket]: 'runs',
      [environment.publish]: 'true',
      [environment.sources]: source,
    };
    const item = { kind: 'cluster', partition: 'aws', accountId, region, cluster: 'prod' };
    const event = { runId: 'run-1', startedAt: '2026-11-25T05:00:00Z', item };
    const functionArn = `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;
    return await coveredBy([JSON.stringify(event), functionArn], env);
  } finally {
    for (const each of roots) each[Symbol.dispose]();
    await lab.close();
  }
}

async function coveredBy(args: readonly string[], env: Readonly<Record<string, string>>): Promise<NodePath> {
  const program = join(import.meta.dirname, 'cover-item.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env, maxBuffer: 1e8 });
  const { loaded, covered } = coverage.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  const run = covered.filter(({ any }) => any);
  return {
    files: run.map(({ file }) => file).toSorted(),
    functions: run.reduce((sum, { ran }) => sum + ran, 0),
    loaded: loaded.length,
  };
}

/** From the begin of the way to its end. */
const rooms = [
  'handlers',
  'wiring',
  'contract',
  'flow',
  'adapters',
  'core/model',
  'core/read',
  'core/judge',
  'core/findings',
  'core/run',
  'core/fix',
  'core/report',
];

/** ARCHITECTURE.md with today's files between its two marks, by room. What SSM adds is listed apart. */
export async function withNodePath(page: string): Promise<string> {
  const configz = await nodePath('configz');
  const ssm = await nodePath('ssm');
  const made = [
    `These ${configz.files.length} files run when the item's function audits a cluster with one node, as V8 counts them:`,
    listOf(configz.files),
    'For a node that SSM reads, these run too:',
    listOf(ssm.files.filter((file) => !configz.files.includes(file))),
  ].join('\n\n');
  return withGenerated(page, ['<!-- node: generated by npm run docs -->', '<!-- /node -->'], made);
}

function listOf(paths: readonly string[]): string {
  const lines = rooms.flatMap((room) => {
    const start = `lambda/${room}/`;
    const names = paths.filter((file) => file.startsWith(start)).map((file) => file.slice(start.length, -'.ts'.length));
    return names.length === 0 ? [] : [`- \`${room}\` (${names.length}): ${names.join(', ')}`];
  });
  return lines.join('\n');
}
