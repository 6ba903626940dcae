import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../lambda/core/judge/control.ts';
import { configMode } from '../../../../lambda/core/judge/controls/file-controls.ts';
import { readOnlyPort, rotateServerCertificate } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import { originText } from '../../../../lambda/core/model/text/origin-text.ts';
import { judgeLaunched } from '../../../../lambda/core/next-node/judge/judge-launched.ts';
import type { LaunchedGroup, LaunchSource } from '../../../../lambda/core/next-node/read/launched/launched-group.ts';
import { multipart, nodeConfig, nodePart } from '../read/node-of-user-data.ts';

const readAt = '2026-11-24T10:00:00.000Z';
const standard = { amiType: 'AL2023_x86_64_STANDARD', version: '1.34' };
const port = readOnlyPort.slug;
const key = 'spec.kubelet.config.readOnlyPort';

const source = (name: string, text: string): LaunchSource => ({ name, userData: Buffer.from(text).toString('base64') });
const line = (text: string) => `config:\n      ${text}`;
const open = nodeConfig(line('readOnlyPort: 10255'));
const closed = nodeConfig(line('readOnlyPort: 0'));
const empty = nodeConfig('config: {}');
/** EKS's copy of a template: its own part is behind the owner's. */
const copyOf = (text: string) => source('copy', multipart(nodePart(line(text)), nodePart('config: {}')));

const workers = (sources: readonly LaunchSource[], managed: LaunchedGroup['managed'] = standard): LaunchedGroup => ({
  group: { kind: 'managed', name: 'workers' },
  sources,
  managed,
});
const judged = (group: LaunchedGroup, control = readOnlyPort) =>
  judgeLaunched({ groups: [group], complete: true }, { controls: [control], readAt });
const evidenceOf = (group: LaunchedGroup, control = readOnlyPort) => {
  const verdict = judged(group, control).nextNodes.nodes[0]?.verdicts[control.slug];
  return verdict && 'evidence' in verdict ? verdict.evidence : undefined;
};
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
function placeIn(group: LaunchedGroup, control = readOnlyPort): string {
  const origin = evidenceOf(group, control)?.origin;
  return origin ? `${originText(origin)}${'alone' in origin ? ' (alone)' : ''}` : 'none';
}

describe('the next node of a node group', () => {
  it('is judged by its user data, under the controls that user data shows, with proof and place', () => {
    const evidence = {
      setting: 'readOnlyPort',
      value: '10255',
      expected: '0',
      origin: { from: 'user-data', file: 'template', line: 11, key, alone: true },
      via: 'apis',
      notes: ['not running yet: what a new node (Amazon Linux 2023, Kubernetes 1.34) will run, by its NodeConfig'],
      proof: { readAt, sha256: hashOf(open) },
      kubeletVersion: '1.34',
    };
    const machine = { status: 'none', because: 'it does not exist yet' };
    const group = { kind: 'managed', name: 'workers' };
    const node = { key: 'next node of workers, template', machine, kind: 'al2023', group, kubeletVersion: '1.34' };
    const nodes = [{ node, source: 'template', verdicts: { [port]: { status: 'fail', evidence } } }];
    const groups = { groups: [workers([source('template', open)])], complete: false, withoutKarpenter: true } as const;
    const found = judgeLaunched(groups, { controls: [configMode, readOnlyPort], readAt });
    expect(found).toEqual({ nextNodes: { nodes, complete: false, withoutKarpenter: true }, notes: [] });
  });

  const al2023 = (kubelet: string) => workers([source('x', nodeConfig(kubelet))]);
  const al2 = "#!/bin/bash\n/etc/eks/bootstrap.sh c --kubelet-extra-args '--read-only-port=1'\n";
  const tls = '[settings.kubernetes]\nserver-tls-bootstrap = false\n';
  const ofType = (type: string, text: string) => workers([source('x', text)], { ...standard, amiType: type });
  const nodeClass = (spec: object) => {
    const top = { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', metadata: { name: 'open' } };
    return JSON.stringify({ ...top, spec: { amiSelectorTerms: [{ alias: 'al2023@latest' }], ...spec } });
  };
  const ofClass = (spec: object) => workers([{ name: 'class', nodeClass: nodeClass(spec) }], {});
  it.each<[string, LaunchedGroup, Control?]>([
    [`x, line 11, ${key} (alone)`, al2023(line('readOnlyPort: 1'))],
    [`x, line 11, ${key}`, al2023(line('readOnlyPort: 1 # a secret, perhaps'))],
    [`x, line 11, ${key}`, al2023(line('readOnlyPort: 0x1'))],
    [`copy, part 1, line 16, ${key} (alone)`, workers([copyOf('readOnlyPort: 1')])],
    ['flag --read-only-port (x, line 10)', al2023('flags: [--read-only-port=1]')],
    ['flag --read-only-port (x, line 2)', ofType('AL2_x86_64', al2)],
    ['x, line 2', ofType('BOTTLEROCKET_x86_64', tls), rotateServerCertificate],
    ['default of the EKS-optimized AMI', al2023('config: {}')],
    ['class, spec.kubelet.readOnlyPort', ofClass({ kubelet: { readOnlyPort: 1 } })],
    [`class, line 11, ${key} (alone)`, ofClass({ userData: open })],
  ])('has its value from %s', (place, group, control) => {
    expect(placeIn(group, control)).toBe(place);
  });

  it('has the hash of its node class as proof, or of nothing where it has no user data', () => {
    expect(evidenceOf(ofClass({ userData: open }))?.proof?.sha256).toBe(hashOf(nodeClass({ userData: open })));
    expect(evidenceOf(workers([{ name: 'x' }]))?.proof?.sha256).toBe(hashOf(''));
  });

  it('is one for each of the templates, named by it in bounded text', () => {
    const copies = ['copy', 'x'.repeat(400)].map((name) => source(name, open));
    const { nodes } = judged(workers(copies, { ...standard, own: source('own', open) })).nextNodes;
    expect(nodes.map((each) => each.source)).toEqual(copies.map(({ name }) => name));
    expect(nodes[0]?.node.key).toBe('next node of workers, copy');
    expect(nodes[1]?.node.key).toMatch(/^next node of workers, x{227}…$/);
  });

  it('is unknown where its template cannot be read, and a note where it joins no cluster', () => {
    const gone = judged(workers([{ name: 'copy', unreadable: 'there is no such template' }]));
    const because = 'files: there is no such template';
    expect(gone.nextNodes.nodes[0]?.verdicts).toEqual({ [port]: { status: 'unknown', because } });
    expect(gone.notes).toEqual([]);

    const { notes } = judged(workers([source('copy', 'a: b')], { ...standard, own: source('own', open) }));
    expect(notes).toMatchObject([{ code: 'node-does-not-join', message: expect.stringMatching(/ \(own\)$/) }]);
  });
});

describe('a managed node group', () => {
  const copy = copyOf('readOnlyPort: 10255');
  it.each([
    ['the owner’s', 'the same', open, `own, line 11, ${key} (alone)`],
    ['EKS’s copy', 'something else', closed, `copy, part 1, line 16, ${key} (alone)`],
    ['EKS’s copy', 'nothing', empty, `copy, part 1, line 16, ${key} (alone)`],
    ['EKS’s copy', 'nothing that can be read', 'x', `copy, part 1, line 16, ${key} (alone)`],
  ])('names %s as the place where the owner’s template says %s', (_, __, text, place) => {
    const group = workers([copy], { ...standard, own: source('own', text) });
    expect(placeIn(group)).toBe(place);
    expect(judged(group).nextNodes.nodes[0]?.source).toBe('own');
  });

  const notesWith = (text: string, newest?: LaunchSource) =>
    evidenceOf(workers([copyOf(text)], { ...standard, ...(newest && { newest }) }))?.notes;
  it.each([
    ['readOnlyPort: 1', closed, `0 then (pass, version 3, line 11, ${key})`],
    ['readOnlyPort: 1', empty, '0 then (pass)'],
    ['readOnlyPort: 0', open, `10255 then (fail, version 3, line 11, ${key})`],
    ['readOnlyPort: 0', 'x', 'not known then'],
  ])('says first what its next update changes about %s', (text, newest, then) => {
    const note = `the next update of the node group brings version 3: readOnlyPort is ${then}`;
    expect(notesWith(text, source('version 3', newest))).toEqual([note, ...(notesWith(text) ?? [])]);
    expect(notesWith(text, source('x'.repeat(400), newest))?.[0]).toHaveLength(300);
  });

  it('says nothing of an update by which it fails as before', () => {
    expect(notesWith('readOnlyPort: 1', source('version 3', open))).toEqual(notesWith('readOnlyPort: 1'));
  });
});
