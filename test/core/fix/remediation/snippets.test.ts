import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Snippet } from '../../../../lambda/core/fix/remediation/plan.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { KubeletFacts, NodeGroup, NodeKind } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths, settings } from '../../../../lambda/core/model/settings.ts';
import { subject } from '../../judge/controls/subject.ts';
import { audited, bad, bundle, judgedNode, nodeOfKind, seen } from './failing-audit.ts';

const settingControls = controls.filter(({ about }) => about.kind === 'setting');
const allWrong = (kind: NodeKind, from: 'file' | 'flag' = 'file'): KubeletFacts => {
  const originOf = (path: SettingPath) =>
    from === 'flag' ? { from, flag: settings[path].flag } : { from, file: '/etc/kubernetes/x' };
  const wrong = settingPaths.filter((path) => bad[path] !== undefined);
  const settingsOf = wrong.map((path) => [path, { value: bad[path], origin: originOf(path) }]);
  return seen(kind, { settings: Object.fromEntries(settingsOf) });
};

interface SnippetsOfOptions {
  readonly facts?: KubeletFacts;
  readonly group?: NodeGroup;
}
function snippetsOf(kind: NodeKind, { facts = allWrong(kind), group }: SnippetsOfOptions = {}): readonly Snippet[] {
  const node = nodeOfKind(kind, 1, group ? { group } : {});
  const plan = planRemediation(audited([judgedNode({ facts }, node)]), { controls });
  return plan.groups.flatMap(({ lasting }) => lasting.flatMap(({ snippets }) => snippets));
}

const text = (snippets: readonly Snippet[], fileName: string): string =>
  snippets.find((each) => each.fileName === fileName)!.text;
const scaling: NodeGroup = { kind: 'auto-scaling-group', name: 'workers' };
const pasted = (config: object) =>
  subject('files', { file: { protectKernelDefaults: false, readOnlyPort: 10255 }, dropIn: config });

const folder = mkdtempSync(join(tmpdir(), 'snippets-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the NodeConfig', () => {
  const config = parse(text(snippetsOf('al2023'), 'node-config.yaml'));

  it.each(settingControls)('makes $slug pass, as the drop-in that nodeadm makes of it', ({ judge }) => {
    expect(judge(pasted(config.spec.kubelet.config)).status).toBe('pass');
  });

  it('sets the argument too where an argument set the bad value, since arguments win', () => {
    const snippets = snippetsOf('al2023', { facts: allWrong('al2023', 'flag') });
    const { kubelet } = parse(text(snippets, 'node-config.yaml')).spec;

    expect(kubelet.flags).toContain('--client-ca-file=/etc/kubernetes/pki/ca.crt');
    for (const { judge } of settingControls)
      expect(judge(subject('files', { flags: kubelet.flags })).status).toBe('pass');
    expect(config.spec.kubelet.flags).toBeUndefined();
  });

  it('renews the cluster’s CA where the user data names the cluster itself, and leaves it to EKS elsewhere', () => {
    const facts = seen('al2023', { clientCa: bundle('ef'.repeat(32), '2036-01-01T00:00:00.000Z') });
    const renewed = parse(text(snippetsOf('al2023', { facts, group: scaling }), 'node-config.yaml'));

    expect(atob(renewed.spec.cluster.certificateAuthority)).toContain('-----BEGIN CERTIFICATE-----');
    expect(snippetsOf('al2023', { facts })).toEqual([]);
  });
});

describe('the user data of Amazon Linux 2', () => {
  const script = (file: string): string => {
    const [, , ...lines] = text(snippetsOf('al2'), 'user-data.mime').split('\n');
    const onNode = lines.join('\n').replace('/etc/kubernetes/kubelet/kubelet-config.json', file);
    return onNode.replaceAll('--owner=root --group=root ', '');
  };

  it('changes the file that the image has, keeps the rest of it, and can run twice', () => {
    const file = join(folder, 'kubelet-config.json');
    const ofImage = { kind: 'KubeletConfiguration', maxPods: 29, authentication: { webhook: { cacheTTL: '2m' } } };
    writeFileSync(file, JSON.stringify({ ...ofImage, readOnlyPort: 10255 }));

    for (const _ of ['first', 'again']) execFileSync('bash', ['-c', script(file)]);
    const after = JSON.parse(readFileSync(file, 'utf8'));

    expect(after).toMatchObject({ kind: 'KubeletConfiguration', maxPods: 29, readOnlyPort: 0 });
    const x509 = { clientCAFile: '/etc/kubernetes/pki/ca.crt' };
    expect(after.authentication).toMatchObject({ webhook: { cacheTTL: '2m' }, x509 });
    expect(statSync(file).mode & 0o777).toBe(0o644);
    for (const { judge } of settingControls) expect(judge(pasted(after)).status).toBe('pass');
  });

  it('leaves a file alone that it cannot read', () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{ broken');

    expect(spawnSync('bash', ['-c', script(file)]).status).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('{ broken');
  });
});

describe('other bootstraps', () => {
  it.each<[NodeKind, KubeletFacts]>([
    ['al2', allWrong('al2', 'flag')],
    ['ubuntu', allWrong('ubuntu')],
  ])('of %s get the arguments as one word', (kind, facts) => {
    const line = text(snippetsOf(kind, { facts }), 'bootstrap.sh').replace('/etc/eks/bootstrap.sh', "printf '%s\\n'");
    const [cluster, option, given = ''] = execFileSync('bash', ['-c', line], { encoding: 'utf8' }).split('\n');

    expect([cluster, option]).toEqual(['blue', '--kubelet-extra-args']);
    for (const { judge } of settingControls)
      expect(judge(subject('files', { flags: given.split(' ') })).status).toBe('pass');
  });

  it.each(settingControls)('of another Linux make $slug pass by a drop-in', ({ judge }) => {
    expect(judge(pasted(parse(text(snippetsOf('linux'), '50-kubelet.conf')))).status).toBe('pass');
  });
});
