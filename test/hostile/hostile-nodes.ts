import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { probeAnswerMarker } from '../../lambda/contract/names.ts';
import type { LabManagedInstance } from '../lab/aws/ssm/ssm-instances.ts';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import type { KubeletBehaviour } from '../lab/kubernetes/kubelet-behaviour.ts';
import type { LabNode } from '../lab/kubernetes/node-object.ts';
import { bottlerocketNode, bottlerocketReport } from '../lab/node/bottlerocket.ts';
import type { LabFile, LabProcess, NodeDescription } from '../lab/node/node-root.ts';

/** A node that does what it can against the audit, and what must come out of it. */
export interface HostileNode {
  readonly does: string;
  /** How its kubelet answers; by default it has no configz, so that SSM is asked. */
  readonly configz?: KubeletBehaviour;
  /** What SSM finds on it. */
  readonly machine?: NodeDescription;
  /** Or what its agent does instead of running the audit's shell. */
  readonly agent?: LabManagedInstance['behaviour'];
  readonly object?: Partial<LabNode>;
  /** The verdict about its client CA, and words of the reason. */
  readonly verdict: 'unknown' | 'warn' | 'fail';
  readonly because: RegExp;
  /** Only a part of what it says is beyond belief. */
  readonly partlyKnown?: true;
}

/** Part of everything that must never leave a node, and never be shown. */
export const secret = 'hunter2';

const sequences = '\u001b]0;owned\u0007\u001b[31m';
const configPath = '/etc/kubernetes/kubelet/config.json';
const kind = 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n';
const setsCa = { authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } } };
const setsCaText = JSON.stringify(setsCa);
const ca = new CertificateAuthority();

const kubelet = (more: Partial<LabProcess> = {}): LabProcess => ({
  pid: 4242,
  argv: ['/usr/bin/kubelet', `--config=${configPath}`, '--kubeconfig=/etc/kubeconfig'],
  ...more,
});
const shadow = { '/etc/shadow': `root:${secret}:19000:0:99999:7:::\n` } as const;
const withConfig = (config: LabFile, more: Readonly<Record<string, LabFile>> = {}): NodeDescription => ({
  processes: [kubelet()],
  files: { ...shadow, [configPath]: config, ...more },
});
const json = (settings: object): string =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });

/** An answer of the right form, whatever is in it. */
function answer(body: string | Buffer): string {
  const payload = gzipSync(body).toString('base64');
  return `${probeAnswerMarker} gzip\n${payload}\nend ${payload.length} ${createHash('sha256').update(payload).digest('hex')}\n`;
}

/** A node whose client CA is unknown, for a reason with these words. */
const node = (does: string, because: RegExp, more: Partial<HostileNode>): HostileNode => ({
  does,
  because,
  verdict: 'unknown',
  ...more,
});
const deep = 10_000;

/** A kubelet that answers configz so. SSM finds no kubelet on its machine. */
const kubeletThat = (does: string, because: RegExp, configz: KubeletBehaviour, more: Partial<HostileNode> = {}) =>
  node(does, because, { configz, ...more });
const serves = (body: string): KubeletBehaviour => ({ kind: 'serves', body });
const says = (status: number, body: string, contentType = 'text/plain'): KubeletBehaviour => ({
  kind: 'answers',
  status,
  contentType,
  body,
});
const x509 = (members: string) => serves(`{"kubeletconfig":{"authentication":{"x509":{${members}}}}}`);
const part = { partlyKnown: true } as const;
const moreRights = 'nodes \\"x\\" is forbidden: User \\"mallory\\" cannot get resource \\"nodes/proxy\\"';

/** Kubelets that answer configz with more, or other things, than a kubelet does. */
export const hostileKubelets: readonly HostileNode[] = [
  kubeletThat('answers configz without end', /far more than a configuration/, { kind: 'endless' }),
  kubeletThat('begins an answer and stops', /configz: /, { kind: 'stalls' }),
  kubeletThat(
    'nests its answer 10,000 levels deep',
    /nested deeper/,
    serves(`{"kubeletconfig":${'{"authentication":'.repeat(deep)}1${'}'.repeat(deep + 1)}`),
  ),
  kubeletThat('answers NULs', /not readable JSON/, serves('\0'.repeat(100_000))),
  kubeletThat(
    'sets its client CA on the prototype of every object',
    /authentication settings|no authentication/,
    serves(`{"__proto__":{"kubeletconfig":${setsCaText}},"kubeletconfig":{"__proto__":${setsCaText}}}`),
  ),
  kubeletThat('has the key of its client CA twice', /twice/, x509('"clientCAFile":"","clientCAFile":"/ca.crt"'), part),
  kubeletThat('has a list for its client CA', /clientCAFile/, x509('"clientCAFile":["/ca.crt"]'), part),
  kubeletThat(
    'writes to the terminal in its refusal',
    /configz: /,
    says(403, `Forbidden (user=system:anonymous${sequences}, verb=get)`),
  ),
  kubeletThat('breaks its answer off', /broke off/, { kind: 'cut' }),
  kubeletThat('sends headers without end', /no HTTP/, says(200, '{}', 'x'.repeat(20_000))),
  kubeletThat(
    'says that somebody needs more rights',
    /does not confirm/,
    says(403, `{"kind":"Status","message":"${moreRights}"}`, 'application/json'),
  ),
  kubeletThat(
    'refuses the API server, and its agent lies',
    /no kubelet runs/,
    { kind: 'kubelet-refuses' },
    { verdict: 'warn' },
  ),
];

/** A machine that runs the audit's shell, with this kubelet. */
const running = (...argv: readonly string[]): NodeDescription => ({ processes: [kubelet({ argv })], files: shadow });
const inPod = kubelet({
  argv: ['/usr/bin/kubelet', '--config=/etc/shadow', '--client-ca-file=/etc/shadow'],
  cgroup: '0::/kubepods.slice/x',
});
const bomb = [...'bcdefghi'].map(
  (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]\n`,
);
/** A file whose settings leave out the client CA: the kubelet takes the last of two keys, and no prototype. */
const notSet = (does: string, config: string): HostileNode =>
  node(does, /\(not set\)/, { machine: withConfig(config), verdict: 'fail', ...part });

/** Machines that SSM's shell really runs on. */
export const hostileMachines: readonly HostileNode[] = [
  node(
    'runs a pod whose process is called kubelet and names /etc/shadow',
    /no kubelet runs on this machine; processes of that name were ignored: 1 in a pod/,
    { machine: { processes: [inPod], files: shadow } },
  ),
  node('names /etc/shadow as its configuration', /not a KubeletConfiguration/, {
    machine: running('kubelet', '--config=/etc/shadow'),
  }),
  node('has a FIFO as its configuration', /not a regular file/, { machine: withConfig({ fifo: true }) }),
  node('has a configuration that belongs to a user', /does not belong to root/, {
    machine: withConfig({ text: json(setsCa), uid: 1000 }),
  }),
  node('nests its configuration 10,000 levels deep', /nested deeper|config\.json/, {
    machine: withConfig(`{"kind":"KubeletConfiguration","a":${'['.repeat(deep)}${']'.repeat(deep)}}`),
  }),
  node('has a YAML bomb as its configuration', /alias/i, {
    machine: withConfig(`${kind}a: &a [x,x,x,x,x,x,x,x,x]\n${bomb.join('')}`),
  }),
  notSet(
    'has the key of its client CA twice in its configuration, of which the kubelet takes the last',
    json(setsCa).replace(/("clientCAFile":)("[^"]*")/, '$1$2,$1""'),
  ),
  notSet('sets its client CA by __proto__', json({}).replace('{', `{"__proto__":${setsCaText},`)),
  node('writes to the terminal by the path of its configuration', /the configuration file .* is not there/, {
    machine: running('kubelet', `--config=/etc/${sequences}`),
  }),
  node('has a header with a password in its configuration', /staticPodURL/, {
    machine: withConfig(json({ ...setsCa, staticPodURLHeader: { Authorization: [secret] } })),
  }),
];

/** An agent that prints this in place of the answer of the audit's shell. */
const agentThat = (does: string, because: RegExp, stdout: string): HostileNode =>
  node(does, because, { agent: { stdout } });
const skipped = bottlerocketReport().replaceAll('"PASS"', '"SKIP"');

/** Agents that do not run the audit's shell, and Bottlerocket's API. */
export const hostileAgents: readonly HostileNode[] = [
  node('prints without end', /time limit/, { agent: { script: `exec yes ${secret}` } }),
  agentThat('prints NULs and terminal sequences', /not the whole answer/, `\0${sequences}${secret}`.repeat(2000)),
  agentThat('answers with a gzip bomb', /more than 512 KB/, answer(Buffer.alloc(12_000_000))),
  agentThat(
    'answers in the grammar of the probe, with a terminal sequence for a reason',
    /malformed/,
    answer(`unsupported ${sequences}\ndone\n`),
  ),
  agentThat('answers with a reason that every object has', /malformed/, answer('unsupported constructor\ndone\n')),
  agentThat('claims lengths that it does not send', /malformed/, answer('kubelet 1 1\narguments read 0 9999999\n\n')),
  node('has a Bottlerocket report that skips everything', /SKIP of 4\.2\.3/, {
    machine: bottlerocketNode({ report: skipped }),
  }),
  node('has a Bottlerocket API that prints without end', /more than 64 KB/, {
    machine: bottlerocketNode({ client: `exec yes ${secret}` }),
  }),
  node('has a Bottlerocket report that is 60,000 levels deep', /not the JSON/, {
    machine: bottlerocketNode({ report: '['.repeat(60_000) }),
  }),
];

const labelled = (does: string, type: string): HostileNode =>
  kubeletThat(
    does,
    /no kubelet runs/,
    { kind: 'refused' },
    { object: { labels: { 'eks.amazonaws.com/compute-type': type } }, machine: { processes: [], files: shadow } },
  );

/** Nodes that say that they are what they are not. The name of another node's instance is put in by the test. */
export const liars = (instanceOfAnother: string): readonly HostileNode[] => [
  labelled('labels itself Fargate where AWS knows no Fargate profile', 'fargate'),
  labelled('labels itself Auto Mode where AWS knows of none', 'auto'),
  ...['one', 'the other'].map((which) =>
    kubeletThat(
      `claims the same instance as another node (${which})`,
      /more than one node says/,
      { kind: 'recorded', folder: 'file-sets-ca' },
      { object: { instanceId: instanceOfAnother } },
    ),
  ),
];

const machineWith = (files: Readonly<Record<string, LabFile>>): NodeDescription => ({
  processes: [kubelet()],
  files: { ...shadow, [configPath]: json(setsCa), ...files },
});
const unreadable = (words: RegExp) => ({ state: 'unreadable', because: expect.stringMatching(words) });
const empty = { state: 'read', certificates: [] };
const certificate = (body: string, end = 'CERTIFICATE') =>
  `-----BEGIN CERTIFICATE-----\n${body}\n-----END ${end}-----\n`;

/** What is behind the path of the client CA, and what the facts say of it; the verdict about the setting is kept. */
const bundles: readonly (readonly [does: string, file: LabFile, facts: object])[] = [
  ['is /etc/shadow', { link: '/etc/shadow' }, empty],
  ['is a FIFO', { fifo: true }, unreadable(/not a regular file/)],
  ['is a device', { link: '/../../../../../dev/zero' }, unreadable(/not a regular file/)],
  ['has 100 MB', { text: Buffer.alloc(100_000_000) }, unreadable(/larger than/)],
  ['holds a certificate of garbage', certificate(Buffer.alloc(900, 7).toString('base64')), unreadable(/1 of 1/)],
  [
    'holds a password between the lines of a certificate',
    ca.pem.replace('\n', `\n${shadow['/etc/shadow']}`),
    unreadable(/is none/),
  ],
  ['holds a private key that begins like a certificate', certificate(secret, 'PRIVATE KEY'), unreadable(/is none/)],
];

/** Kubeconfigs that nobody should read. */
const kubeconfigs: readonly (readonly [does: string, file: LabFile, facts: object])[] = [
  ['is a device', { link: '/../../../../../dev/zero' }, { state: 'unknown' }],
  ['is a FIFO', { fifo: true }, { state: 'unknown' }],
  ['is /etc/shadow', { link: '/etc/shadow' }, { state: 'known', mode: 0o644, owner: 'root' }],
  ['has 100 MB', { text: Buffer.alloc(100_000_000) }, { state: 'known', mode: 0o644 }],
  ['holds a token', `token: ${secret}`, { state: 'known', mode: 0o644 }],
];

const clientCaPath = '/etc/kubernetes/pki/ca.crt';
export const hostileBundles = bundles.map(([does, file, facts]) => ({
  node: node(`bundle ${does}`, /./, { machine: machineWith({ [clientCaPath]: file }) }),
  facts: { path: clientCaPath, ...facts },
}));
export const hostileKubeconfigs = kubeconfigs.map(([does, file, facts]) => ({
  node: node(`kubeconfig ${does}`, /./, { machine: machineWith({ '/etc/kubeconfig': file }) }),
  facts,
}));
