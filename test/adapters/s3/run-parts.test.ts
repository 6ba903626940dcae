import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { runKeys } from '../../../lambda/adapters/s3/run-keys.ts';
import { s3AuditParts } from '../../../lambda/adapters/s3/run-parts.ts';
import type { ClusterNode, KubeletFacts } from '../../../lambda/core/model/model.ts';
import type { ServingCertificateFacts } from '../../../lambda/core/model/node-facts.ts';
import { sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import type { AuditParts, KeptPart } from '../../../lambda/flow/run/ports.ts';
import { factsOf } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, type NewBucket, newBucket, region } from './new-bucket.ts';

const item: RunItem = { kind: 'cluster', partition: 'aws', accountId, region, cluster: 'blue' };
const keys = runKeys('run').parts(item);
const lab = await labOfFile();
let hub: NewBucket;
let parts: AuditParts;

beforeEach(() => {
  hub = newBucket(lab);
  parts = s3AuditParts(hub.objects, keys);
});

/** Every field that there is. */
const node: Required<Omit<ClusterNode, 'declaredAt'>> = {
  key: 'i-00000000000000001',
  name: 'ip-10-0-0-1',
  machine: { status: 'confirmed', instanceId: 'i-00000000000000001' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'workers' },
  kubeletVersion: 'v1.34.9-eks-1',
  osImage: 'Amazon Linux 2023',
  imageId: 'ami-1',
  launchTemplate: { id: 'lt-1', version: '3' },
  owner: 'payments',
  internalIp: '10.0.0.1',
  kubeletPort: 10250,
  addressConfirmed: true,
  internalIpShared: true,
  distrust: 'two nodes claim it',
  groupUnconfirmed: 'a tag says so',
  booting: true,
  failedBefore: true,
  unlisted: true,
  claimed: 'elsewhere',
  inOtherVpc: true,
  alsoTaggedFor: ['green'],
  notAdmitted: true,
};
const problem = { code: 'ssm-forbidden', message: 'no right', remedy: 'give it' };
const proof = { readAt: '2026-11-25T05:00:00.000Z', sha256: 'a'.repeat(64), keptSha256: 'b'.repeat(64) };
const unknown = { state: 'unknown', because: 'two spellings' } as const;
const servingCertificate: Required<ServingCertificateFacts> = {
  state: 'shown',
  at: 'port 10250',
  subject: 'CN=system:node:a',
  issuer: 'CN=kubernetes',
  sha256: 'd'.repeat(64),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  signedBy: 'cluster-ca',
  forServers: true,
  namesNode: true,
  keyProven: true,
  isOfNode: true,
};
const facts: Required<KubeletFacts> = {
  ...factsOf('ssm', {
    readOnlyPort: { state: 'known', value: 10255, origin: { from: 'drop-in', file: '/a' }, pendingRestart: '/a' },
    eventRecordQPS: { state: 'known', value: undefined, origin: { from: 'running' } },
    'authorization.mode': unknown,
  }),
  flags: { 'hostname-override': unknown },
  dropInFolder: '/etc/kubernetes/kubelet/config.json.d',
  notes: ['a note'],
  assumes: ['no-former-mount'],
  files: {
    kubeconfig: { state: 'known', path: '/k', mode: 0o644, owner: 'root', group: 'root' },
    config: { state: 'not-named' },
  },
  clientCa: {
    state: 'read',
    path: '/ca',
    certificates: [{ subject: 'CN=kubernetes', sha256: 'c'.repeat(64), notAfter: '2030-01-01T00:00:00.000Z' }],
  },
  servingCertificate,
  proof,
};
const part: KeptPart = {
  read: [
    {
      node,
      readings: [facts],
      failures: [
        {
          via: 'configz',
          kind: 'unreadable',
          because: 'no',
          timedOut: true,
          noKubelet: true,
          anonymousIsOn: true,
          servingCertificate: { state: 'none', because: 'it waits', at: 'port 10250', isOfNode: true },
          problem,
        },
      ],
    },
  ],
  notes: [problem],
};

describe('the parts of an audit in S3', () => {
  it('come back as they were written, once, whatever is written afterwards', async () => {
    expect(await parts.part(1, sharedParts())).toBeUndefined();
    expect(await parts.putPart(1, part)).toBe(true);
    expect(await parts.putPart(1, { read: [], notes: [] })).toBe(false);
    const kept = await parts.part(1, sharedParts());
    expect(kept).toMatchObject(JSON.parse(JSON.stringify(part)));
    expect(kept?.read[0]?.readings[0]?.settings.eventRecordQPS).toEqual(facts.settings.eventRecordQPS);
    expect(hub.keys()).toEqual([keys.part(1)]);
  });

  it('name every machine that any try has listed, also when two of them write at once', async () => {
    const [one, two] = ['i-1', 'i-2'].map((key) => ({ key, group: { kind: 'managed', name: 'workers' } as const }));
    const other = s3AuditParts(hub.objects, keys);
    expect(await parts.listed()).toBeUndefined();
    await other.addListed({ at: '2026-11-25T05:01:00.000Z', nodes: [two!] });
    await parts.addListed({ at: '2026-11-25T05:02:00.000Z', nodes: [one!, two!] });

    expect(await other.listed()).toEqual({ at: '2026-11-25T05:01:00.000Z', nodes: [two, one] });
  });

  it.each([
    ['no gzip of lines', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
    ['nothing', Buffer.alloc(0)],
    ['no part', gzipSync('{"version":1}\n')],
    ['of another version', gzipSync('{"version":2,"notes":[]}\n')],
    ['with a node that is none', gzipSync('{"version":1,"notes":[]}\n{"node":{"key":1}}\n')],
    ['with a reading that lacks a setting', gzipSync(broken())],
  ])('are refused when they are %s: what is not known passes for nothing', async (_, body) => {
    hub.put(keys.part(1), body);
    await expect(parts.part(1, sharedParts())).rejects.toMatchObject({ code: 'run-object-broken' });
  });
});

function broken(): string {
  const [read] = part.read;
  const { readOnlyPort: _, ...settings } = facts.settings;
  return `{"version":1,"notes":[]}\n${JSON.stringify({ ...read, readings: [{ ...facts, settings }] })}\n`;
}
