import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { runCli } from './run-cli.ts';

let estate: Estate;
let table: string;
let again: string;

/** The cluster whose files, and CA files, are not what they were, as a person reads it: SSM runs the real probe. */
beforeAll(async () => {
  estate = await startEstate();
  const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
  const env = {
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: estate.region,
    EKS_KUBELET_AUDIT_EVERY_SOURCE: 'true',
  };
  table = (await runCli(['audit', 'ledger', '--node-timeout', '5s', '--publish'], { env })).stdout;
  again = (await runCli(['audit', 'ledger', '--node-timeout', '5s', '--publish', '--format', 'json'], { env })).stdout;
});
afterAll(async () => await estate?.close());

const lines = (...words: readonly string[]) =>
  table.split('\n').filter((line) => words.every((word) => line.includes(word)));

describe('audit --every-source', () => {
  it.each([
    [
      'another CA',
      'another-ca.internal',
      'client-ca-is-cluster-ca',
      /fail +another CA: CN=kubernetes .* the cluster’s CA is SHA-256/,
    ],
    [
      'a CA that expires',
      'ca-expires.internal',
      'client-ca-expiry',
      /fail +CN=kubernetes-2016 .*, which expires on \d{4}-\d\d-\d\d/,
    ],
    [
      'a CA file that is gone',
      'ca-gone.internal',
      'client-ca-file-present',
      /fail +the file is gone .*will not survive a restart/,
    ],
  ])('reports %s in words', (_, node, control, words) => {
    expect(lines(node, control, ' fail ')).toEqual([expect.stringMatching(words)]);
  });

  it('explains by that CA why the kubelet refused the API server, whose client CA is set by the letter', () => {
    const [{ nodes }] = JSON.parse(again).clusters;
    const refusing = nodes.find((each: { node: { name: string } }) => each.node.name === 'another-ca.internal');
    expect(refusing.verdicts['kubelet-client-ca-file']).toMatchObject({
      status: 'pass',
      evidence: {
        notes: [expect.stringContaining('refused the API server, since the client CA file holds another CA')],
      },
    });
  });

  it.each([
    ['edited-and-refuses', /what runs is not known: .*; after a restart/],
    ['refuses-unexplained', /files, which set a client CA, do not explain that/],
  ])('only warns of %s, which refused the API server although its files name the cluster’s CA', (name, words) => {
    const [{ nodes }] = JSON.parse(again).clusters;
    const refusing = nodes.find((each: { node: { name: string } }) => each.node.name === `${name}.internal`);
    expect(refusing.verdicts['kubelet-client-ca-file']).toMatchObject({
      status: 'warn',
      because: expect.stringMatching(words),
    });
    expect(refusing.access.status).not.toBe('pass');
  });

  it('fails our own control where another CA explains the refusal', () => {
    const [{ nodes }] = JSON.parse(again).clusters;
    const refusing = nodes.find((each: { node: { name: string } }) => each.node.name === 'another-ca.internal');
    expect(refusing.verdicts['client-ca-is-cluster-ca'].status).toBe('fail');
  });

  it('publishes nothing the second time, though each node is read anew by configz and SSM', () => {
    const stored = estate.lab.securityHub.findings(estate.accountId, estate.region).length;
    expect(stored).toBeGreaterThan(0);
    expect(JSON.parse(again)).toMatchObject({
      clusters: [{ published: { imported: 0, unchanged: stored } }],
    });
  });

  it('reports an edit that a restart brings, and one that the next boot undoes', () => {
    expect(lines('~ ca-taken-out.internal')).toEqual([
      expect.stringMatching(
        /clientCAFile is \/etc\/kubernetes\/pki\/ca\.crt in the running kubelet; drop-in .*50-local\.conf was edited .* it is not set$/,
      ),
    ]);
    expect(lines('~ port-opened.internal')).toEqual([
      expect.stringMatching(
        /readOnlyPort is 0 .* from the next restart on it is 10255; the edit will be lost at the next boot/,
      ),
    ]);
    expect(lines('  ~ ')).toHaveLength(2);
  });

  it('has nothing to say of a node that is as it was started', () => {
    expect(lines('as-started.internal').filter((line) => !line.includes(' pass '))).toEqual([]);
    expect(lines('as-started.internal', ' pass ')).toHaveLength(1);
  });
});
