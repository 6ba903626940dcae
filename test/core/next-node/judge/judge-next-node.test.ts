import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { configMode } from '../../../../lambda/core/judge/controls/file-controls.ts';
import { readOnlyPort, rotateServerCertificate } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import type { Verdict } from '../../../../lambda/core/model/model.ts';
import { originText } from '../../../../lambda/core/model/text/origin-text.ts';
import { type JudgeNextOptions, judgeNextNode } from '../../../../lambda/core/next-node/judge/judge-next-node.ts';
import type { NextNodeGroup } from '../../../../lambda/core/next-node/read/carriers/carrier.ts';
import { multipart, nodeConfig, nodePart, rendered } from '../read/node-of-user-data.ts';
import { workers } from './workers.ts';

const controls = [readOnlyPort, clientCaFile, rotateServerCertificate, configMode];
const [port, ca] = [readOnlyPort.slug, clientCaFile.slug];
const config = (number: number) => nodeConfig(`config: {readOnlyPort: ${number}}`);
const flag = (text: string) => nodeConfig(`flags: ["${text}"]`);
const before = '# nodes\n';
const name = 'nodes.yaml';

/** User data in a file, behind one line of something else. */
const judged = (text: string, change: Partial<NextNodeGroup> = {}, options: Partial<JudgeNextOptions> = {}) => {
  const file = { name, text: `${before}${text}` };
  return judgeNextNode(workers(text, change, before.length), { controls, file, ...options });
};
const originIn = (verdict?: Verdict) => (verdict && 'evidence' in verdict ? verdict.evidence?.origin : undefined);
const noteOf = (kind: string, versions: string, by = 'NodeConfig') =>
  `not running yet: what a new node (${kind}, Kubernetes ${versions}) will run, by its ${by}`;

describe('a node that a file will make', () => {
  it('is judged as a running node is, with the line of what decides, the proof, and the notes of its group', () => {
    const notes = [noteOf('Amazon Linux 2023', '1.34'), 'its EC2NodeClass is general'];
    const proof = { readAt: '2026-11-24T10:00:00.000Z', sha256: 'ab'.repeat(32) };
    const group = { kubeletVersion: '1.34', notes: notes.slice(1), declaredAt: 8 };
    const { audit, places, ...rest } = judged(config(10255), group, { proof, controls: [readOnlyPort] });

    const machine = { status: 'none', because: 'it does not exist yet' };
    const node = { key: 'workers', machine, kind: 'al2023', group: { kind: 'managed', name: 'workers' } };
    const origin = { from: 'user-data', file: name, line: 11 };
    const open = { setting: 'readOnlyPort', value: '10255', expected: '0', origin };
    const evidence = { ...open, via: 'files', notes, proof, kubeletVersion: '1.34' };
    expect(audit).toEqual({
      node: { ...node, declaredAt: { file: name, line: 2 }, kubeletVersion: '1.34' },
      facts: expect.objectContaining({ via: 'files', notes, proof }),
      failures: [],
      verdicts: { [port]: { status: 'fail', evidence } },
      access: expect.objectContaining({ state: 'strangers-get-in', because: 'read-only port open' }),
    });
    const at = before.length + config(10255).indexOf('10255');
    const value = { start: at, end: at + 5 };
    const written = { at, value, entry: { ...value, start: at - 'readOnlyPort: '.length } };
    const deciding = { setting: 'readOnlyPort', place: expect.objectContaining({ keys: ['readOnlyPort'] }), written };
    expect(places).toEqual(new Map([['readOnlyPort', deciding]]));
    expect(rest).toMatchObject({ group: { name: 'workers' }, joins: { status: 'yes' }, problems: [] });
  });

  const parts = multipart(['text/x-shellscript', '#!/bin/bash'], nodePart('config: {readOnlyPort: 1}'));
  const tls = '[settings.kubernetes]\nserver-tls-bootstrap = false\n';
  const pieces = [{ piece: rendered('spec.kubelet', { readOnlyPort: 10255 }) }];
  it.each<[string, text: string, change?: Partial<NextNodeGroup>, slug?: string]>([
    ['nodes.yaml, part 2, line 20', parts],
    ['flag --read-only-port (nodes.yaml, line 11)', flag('--read-only-port=1')],
    ['nodes.yaml, line 3', tls, { kind: 'bottlerocket' }, rotateServerCertificate.slug],
    ['spec.kubelet', '', { content: { status: 'known', pieces } }],
  ])('fails by what decides about the setting: %s', (place, text, change, slug = port) => {
    const verdict = judged(text, change).audit.verdicts[slug];
    const origin = originIn(verdict);
    expect([verdict?.status, origin && originText(origin)]).toEqual(['fail', place]);
  });

  it('is unknown in all that is judged where the file does not say what it gets', () => {
    const because = 'its launch template is not in this file';
    const { group, audit, ...rest } = judged('', { content: { status: 'unknown', because } });
    const unknown = { status: 'unknown', because: `files: ${because}` };
    expect(audit.verdicts).toEqual(Object.fromEntries(controls.map(({ slug }) => [slug, unknown])));
    expect(audit.failures).toEqual([{ via: 'files', kind: 'unreadable', because }]);
    expect(audit).not.toHaveProperty('facts');
    expect(rest).toEqual({ joins: { status: 'unknown', because }, problems: [], places: new Map() });
  });

  it('is named in bounded, printable text, whatever the file is called and says of its version', () => {
    const file = { name: `\u001b[2J${'n'.repeat(400)}`, text: '' };
    const { audit } = judged(config(1), { kubeletVersion: `1.34${'x'.repeat(99)}` }, { file });
    const shown = { file: `${'n'.repeat(299)}…` };
    expect(audit.node).toMatchObject({ declaredAt: shown, kubeletVersion: `1.34${'x'.repeat(55)}…` });
    expect(originIn(audit.verdicts[port])).toMatchObject(shown);
  });
});

describe('the version of a node', () => {
  const because = 'it depends on the kubelet’s version; give --kubelet-version';
  const of = (kubeletVersion: string) => (kubeletVersion === 'none' ? {} : { kubeletVersion });

  it.each([
    ['1.31', '1.34', 'pass'],
    ['1.34', '1.31', 'fail'],
    ['none', '1.31', 'pass'],
    ['none', 'latest', 'unknown'],
    ['none', 'none', 'unknown'],
  ])('is %s by a person’s word, which counts before the %s of the file: a null is a %s', (given, declared, status) => {
    const { audit } = judged(nodeConfig('config: {authentication: {x509: null}}'), of(declared), of(given));
    expect(audit.verdicts[ca]).toMatchObject(status === 'unknown' ? { status, because } : { status });
    expect(of(audit.node.kubeletVersion ?? 'none')).toEqual({ ...of(declared), ...of(given) });
  });

  it.each([
    ['al2023', config(1), 'Amazon Linux 2023', 'NodeConfig'],
    ['al2', '#!/bin/bash\n/etc/eks/bootstrap.sh c\n', 'Amazon Linux 2', 'user data'],
    ['bottlerocket', '[settings.kubernetes]\nevent-qps = 5\n', 'Bottlerocket', 'settings'],
  ] as const)('is a range where it is not known, and what holds in all of it is judged: %s', (kind, text, os, by) => {
    const { audit, joins } = judged(text, { kind });
    expect(audit.facts?.notes).toEqual([noteOf(os, '1.29 to 1.34', by)]);
    expect(audit.verdicts[ca]?.status).toBe('pass');
    expect(joins).toEqual({ status: 'yes' });
  });

  it.each([
    ['newest', '--iptables-masquerade-bit=1', 'a kubelet 1.34 has no flag --iptables-masquerade-bit'],
    ['oldest', '--feature-gates=ImageVolume=true', 'ImageVolume is in no list of those of a kubelet 1.29'],
  ])('leaves everything unknown where the %s of them would not start', (_, argument, fault) => {
    const { audit, joins, problems } = judged(flag(argument));
    expect({ joins, problems }).toEqual({ joins: { status: 'unknown', because }, problems: [] });
    expect(audit.failures).toEqual([expect.objectContaining({ because: expect.stringContaining(fault) })]);
    expect(audit.verdicts[port]?.status).toBe('unknown');
  });
});

it.each([
  ['custom', 'standard', 'unknown'],
  ['standard', 'custom', 'pass'],
  [undefined, 'custom', 'unknown'],
  [undefined, 'standard', 'pass'],
] as const)('the AMI is %s by a person’s word, which counts before the %s of the file: %s', (given, ami, status) => {
  const verdict = judged(config(0), { ami }, given && { ami: given }).audit.verdicts[port];
  const because = expect.stringMatching(/^the AMI is not EKS-optimized/);
  expect(verdict).toEqual(status === 'unknown' ? { status, because } : { status, evidence: expect.anything() });
});

it.each<[because: string, text: string, change?: Partial<NextNodeGroup>]>([
  ['nodeadm cannot read the user data, it is no NodeConfig of node.eks.aws/v1alpha1', ''],
  [
    'settings.kubernetes.standalone-mode is on: its kubelet serves no cluster',
    '[settings.kubernetes]\nstandalone-mode = true\n',
    { kind: 'bottlerocket' },
  ],
])('what keeps a node away is a problem with its remedy, as is a refusal: %s', (because, text, change) => {
  const problem = {
    code: 'node-does-not-join',
    message: `nodes of workers do not join a cluster: ${because}`,
    remedy: 'fix what keeps them out; verdicts say what the settings are all the same',
  };
  const refused = 'eksctl takes no null';
  const refusal = {
    code: 'node-group-refused',
    message: `no node comes of workers: ${refused}`,
    remedy: 'take out what is refused; verdicts say what the file asks for',
  };
  expect(judged(text, change).problems).toEqual([problem]);
  expect(judged(text, { ...change, refused }).problems).toEqual([refusal, problem]);
});
