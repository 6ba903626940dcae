import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingId, generatorId, parseFindingId, type Subject } from '../../../lambda/core/findings/identity.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import { arn, clientCa, node } from './compliant-audit.ts';

const kinds = ['managed', 'karpenter', 'auto-scaling-group', 'auto-mode', 'fargate', 'hybrid', 'self-managed'] as const;

const names = fc.string({ unit: 'binary', maxLength: 400 });
const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...kinds), name: names }).map((group) => ({ scope: 'node-group' as const, group })),
  names.map((key) => ({ scope: 'node' as const, node: node(1, { key }) })),
  fc.constant({ scope: 'cluster' as const }),
);

describe('finding identity', () => {
  it('begins with the name of the product', () => {
    expect(generatorId(clientCa)).toBe('eks-kubelet-audit/kubelet-client-ca-file');
  });

  // These are contracts: a change here makes every published finding a new one.
  const prefix = 'eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:111122223333:cluster/blue';
  const scaling = { kind: 'auto-scaling-group', name: 'my old workers' } as const;
  const hash = 'd2d39a1530ad7747cdf10969662244df';
  it.each<[Subject, string]>([
    [{ scope: 'node-group', group: { kind: 'managed', name: 'workers' } }, 'node-group/managed/workers'],
    [{ scope: 'node', node: node(255) }, 'node/i-000000000000000ff'],
    [{ scope: 'cluster' }, 'cluster'],
    [{ scope: 'node-group', group: scaling }, `node-group/auto-scaling-group/my-old-workers~${hash}`],
  ])('stays the same forever for %j', (subject, path) => {
    expect(findingId(clientCa.slug, arn, subject)).toBe(`${prefix}/${path}`);
  });

  it('depends on nothing of a node but its key', () => {
    const before = findingId(clientCa.slug, arn, { scope: 'node', node: node(1) });
    const group = { kind: 'karpenter', name: 'x' } as const;
    const after = { ...node(1), name: 'other', kubeletVersion: 'v1.35.0', group };
    expect(findingId(clientCa.slug, arn, { scope: 'node', node: after })).toBe(before);
  });

  it('differs for different subjects and is never longer than 512 characters, whatever they are called', () => {
    fc.assert(
      fc.property(subjects, subjects, (one, other) => {
        const ids = [one, other].map((each) => findingId(clientCa.slug, arn, each));
        const same = JSON.stringify(identityOf(one)) === JSON.stringify(identityOf(other));

        expect(ids[0] === ids[1]).toBe(same);
        for (const id of ids) expect(id).toMatch(/^[!-~]{1,512}$/);
      }),
      { numRuns: 500 },
    );
  });

  it('is read back whatever the subject is called', () => {
    fc.assert(
      fc.property(subjects, (subject) => {
        const parsed = parseFindingId(findingId(clientCa.slug, arn, subject));
        expect(parsed).toMatchObject({ control: clientCa.slug, cluster: arn, scope: subject.scope });
        expect(parsed?.name === '').toBe(subject.scope === 'cluster');
      }),
      { numRuns: 500 },
    );
  });

  const id = findingId(clientCa.slug, arn, { scope: 'cluster' });
  it.each([
    ['', ''],
    ['another tool', id.replace('eks-kubelet-audit', 'other')],
    ['no control', id.replace(clientCa.slug, '')],
    ['a control that is no slug', id.replace(clientCa.slug, 'Kubelet CA')],
    ['no ARN', id.replace(':111122223333:', '::')],
    ['more behind it', `${id}/more`],
    ['a line behind it', `${id}\n`],
    ['an unknown part', id.replace(/cluster$/, 'namespace/x')],
    ['a node without a name', id.replace(/cluster$/, 'node/')],
    ['a name that is too long', id.replace(/cluster$/, `node/${'n'.repeat(201)}`)],
  ])('is not read from %s', (_, text) => {
    expect(parseFindingId(text)).toBeUndefined();
  });

  it('is read back to its parts', () => {
    const of = (path: string) => parseFindingId(id.replace(/cluster$/, path));
    const name = { control: clientCa.slug, cluster: arn };
    const ofGroup = { ...name, scope: 'node-group', groupKind: 'managed', name: 'a/b~c' };
    expect(of('cluster')).toEqual({ ...name, scope: 'cluster', groupKind: '', name: '' });
    expect(of('node/i-1')).toEqual({ ...name, scope: 'node', groupKind: '', name: 'i-1' });
    expect(of('node-group/managed/a/b~c')).toEqual(ofGroup);
    const [k18, n200] = ['k'.repeat(18), 'n'.repeat(200)];
    for (const path of [`node/${n200}`, `node-group/${k18}/${n200}`, 'node/!', 'node-group/a/~'])
      expect(of(path)).toBeDefined();
    const groups = [`${k18}k/n`, `k/n${n200}`, 'k/', '/n', 'K/n', 'k/a b'].map((path) => `node-group/${path}`);
    for (const path of [...groups, 'node/ ', 'node/ä', 'clusters']) expect(of(path)).toBeUndefined();
    expect(parseFindingId(id.replace(clientCa.slug, 's'.repeat(60)))).toBeDefined();
    expect(parseFindingId(id.replace(clientCa.slug, 's'.repeat(61)))).toBeUndefined();
    expect(parseFindingId(`x${id}`)).toBeUndefined();
  });

  it.each([
    ['n'.repeat(200), 'n'.repeat(200)],
    ['!x}', '!x}'],
    ['n'.repeat(201), `${'n'.repeat(160)}~`],
    ['a~b', 'a-b~'],
    ['a \u00e4 b', 'a-b~'],
    ['', '~'],
  ])('keeps a name that AWS or Kubernetes gives out, and marks any other: %j', (name, part) => {
    const path = findingId('s', arn, { scope: 'node', node: node(1, { key: name }) }).split('/node/')[1];
    if (part.endsWith('~')) expect(path).toMatch(new RegExp(`^${part}[0-9a-f]{32}$`));
    else expect(path).toBe(part);
  });

  it('holds its limit for the longest slug, ARN and names that there can be', () => {
    const region = 'xx-'.padEnd(16, 'a');
    const longest = parseClusterArn(`arn:aws-iso-b-xyz:eks:${region}:111122223333:cluster/${'c'.repeat(100)}`)!;
    const group = { kind: 'auto-scaling-group', name: 'n'.repeat(255) } as const;
    const ofNode = { scope: 'node', node: node(1, { key: 'n'.repeat(253) }) } as const;
    for (const subject of [{ scope: 'node-group', group } as const, ofNode])
      expect(findingId('s'.repeat(60), longest, subject).length).toBeLessThanOrEqual(512);
    expect(controls.filter(({ slug }) => !/^[a-z0-9-]{1,60}$/.test(slug))).toEqual([]);
  });
});

const identityOf = (subject: Subject): unknown => (subject.scope === 'node' ? ['node', subject.node.key] : subject);
