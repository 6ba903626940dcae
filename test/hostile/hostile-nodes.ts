import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
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
  /** How its kubelet answers; by default it does not tell, so that SSM is asked. */
  readonly configz?: KubeletBehaviour;
  /** What SSM finds on it. */
  readonly machine?: NodeDescription;
  /** Or what its agent does instead of running our shell. */
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

const serves = (body: string): KubeletBehaviour => ({ kind: 'serves', body });
const says = (status: number, body: string, contentType = 'text/plain'): KubeletBehaviour => ({
  kind: 'answers',
  status,
  contentType,
  body,
});
const deep = 10_000;

/** Kubelets that answer configz with more, or other things, than a kubelet does. SSM finds no kubelet on these machines. */
export const hostileKubelets: readonly HostileNode[] = [
  {
    does: 'answers configz without end',
    configz: { kind: 'endless' },
    verdict: 'unknown',
    because: /far more than a configuration/,
  },
  { does: 'begins an answer and stops', configz: { kind: 'stalls' }, verdict: 'unknown', because: /configz: / },
  {
    does: 'nests its answer 10,000 levels deep',
    configz: serves(`{"kubeletconfig":${'{"authentication":'.repeat(deep)}1${'}'.repeat(deep + 1)}`),
    verdict: 'unknown',
    because: /nested deeper/,
  },
  { does: 'answers NULs', configz: serves('\0'.repeat(100_000)), verdict: 'unknown', because: /not readable JSON/ },
  {
    does: 'sets its client CA on the prototype of every object',
    configz: serves(
      `{"__proto__":{"kubeletconfig":${JSON.stringify(setsCa)}},"kubeletconfig":{"__proto__":${JSON.stringify(setsCa)}}}`,
    ),
    verdict: 'unknown',
    because: /authentication settings|no authentication/,
  },
  {
    does: 'has the key of its client CA twice',
    partlyKnown: true,
    configz: serves('{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"","clientCAFile":"/ca.crt"}}}}'),
    verdict: 'unknown',
    because: /twice/,
  },
  {
    does: 'has a list for its client CA',
    partlyKnown: true,
    configz: serves('{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":["/ca.crt"]}}}}'),
    verdict: 'unknown',
    because: /clientCAFile/,
  },
  {
    does: 'writes to the terminal in its refusal',
    configz: says(403, `Forbidden (user=system:anonymous${sequences}, verb=get)`),
    verdict: 'unknown',
    because: /configz: /,
  },
  { does: 'breaks its answer off', configz: { kind: 'cut' }, verdict: 'unknown', because: /broke off/ },
  {
    does: 'sends headers without end',
    configz: says(200, '{}', 'x'.repeat(20_000)),
    verdict: 'unknown',
    because: /no HTTP/,
  },
  {
    does: 'says that somebody needs more rights',
    configz: says(
      403,
      '{"kind":"Status","message":"nodes \\"x\\" is forbidden: User \\"mallory\\" cannot get resource \\"nodes/proxy\\""}',
      'application/json',
    ),
    verdict: 'unknown',
    because: /does not confirm/,
  },
  {
    does: 'refuses the API server, and its agent lies',
    configz: { kind: 'kubelet-refuses' },
    verdict: 'warn',
    because: /no kubelet runs/,
  },
];

/** Machines that SSM's shell really runs on. */
export const hostileMachines: readonly HostileNode[] = [
  {
    does: 'runs a pod whose process is called kubelet and names /etc/shadow',
    machine: {
      processes: [
        kubelet({
          argv: ['/usr/bin/kubelet', '--config=/etc/shadow', '--client-ca-file=/etc/shadow'],
          cgroup: '0::/kubepods.slice/x',
        }),
      ],
      files: shadow,
    },
    verdict: 'unknown',
    because: /no kubelet runs on this machine; processes of that name were ignored: 1 in a pod/,
  },
  {
    does: 'names /etc/shadow as its configuration',
    machine: { processes: [kubelet({ argv: ['kubelet', '--config=/etc/shadow'] })], files: shadow },
    verdict: 'unknown',
    because: /not a KubeletConfiguration/,
  },
  {
    does: 'has a FIFO as its configuration',
    machine: withConfig({ fifo: true }),
    verdict: 'unknown',
    because: /not a regular file/,
  },
  {
    does: 'has a configuration that belongs to a user',
    machine: withConfig({ text: json(setsCa), uid: 1000 }),
    verdict: 'unknown',
    because: /does not belong to root/,
  },
  {
    does: 'nests its configuration 10,000 levels deep',
    machine: withConfig(`{"kind":"KubeletConfiguration","a":${'['.repeat(deep)}${']'.repeat(deep)}}`),
    verdict: 'unknown',
    because: /nested deeper|config\.json/,
  },
  {
    does: 'has a YAML bomb as its configuration',
    machine: withConfig(
      `${kind}a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}\n`,
    ),
    verdict: 'unknown',
    because: /alias/i,
  },
  {
    does: 'has the key of its client CA twice in its configuration, of which the kubelet takes the last',
    partlyKnown: true,
    machine: withConfig(json(setsCa).replace(/("clientCAFile":)("[^"]*")/, '$1$2,$1""')),
    verdict: 'fail',
    because: /\(not set\)/,
  },
  {
    does: 'sets its client CA by __proto__',
    partlyKnown: true,
    machine: withConfig(json({}).replace('{', `{"__proto__":${JSON.stringify(setsCa)},`)),
    verdict: 'fail',
    because: /\(not set\)/,
  },
  {
    does: 'writes to the terminal by the path of its configuration',
    machine: { processes: [kubelet({ argv: ['kubelet', `--config=/etc/${sequences}`] })], files: shadow },
    verdict: 'unknown',
    because: /the configuration file .* is not there/,
  },
  {
    does: 'has a header with a password in its configuration',
    machine: withConfig(json({ ...setsCa, staticPodURLHeader: { Authorization: [secret] } })),
    verdict: 'unknown',
    because: /staticPodURL/,
  },
];

/** Agents that do not run our shell. */
export const hostileAgents: readonly HostileNode[] = [
  { does: 'prints without end', agent: { script: `exec yes ${secret}` }, verdict: 'unknown', because: /time limit/ },
  {
    does: 'prints NULs and terminal sequences',
    agent: { stdout: `\0${sequences}${secret}`.repeat(2000) },
    verdict: 'unknown',
    because: /not the whole answer/,
  },
  {
    does: 'answers with a gzip bomb',
    agent: { stdout: answer(Buffer.alloc(12_000_000)) },
    verdict: 'unknown',
    because: /more than 512 KB/,
  },
  {
    does: 'answers in the grammar of the probe, with a terminal sequence for a reason',
    agent: { stdout: answer(`unsupported ${sequences}\ndone\n`) },
    verdict: 'unknown',
    because: /malformed/,
  },
  {
    does: 'answers with a reason that every object has',
    agent: { stdout: answer('unsupported constructor\ndone\n') },
    verdict: 'unknown',
    because: /malformed/,
  },
  {
    does: 'claims lengths that it does not send',
    agent: { stdout: answer('kubelet 1 1\narguments read 0 9999999\n\n') },
    verdict: 'unknown',
    because: /malformed/,
  },
  {
    does: 'has a Bottlerocket report that skips everything',
    machine: bottlerocketNode({ report: bottlerocketReport().replaceAll('"PASS"', '"SKIP"') }),
    verdict: 'unknown',
    because: /SKIP of 4\.2\.3/,
  },
  {
    does: 'has a Bottlerocket API that prints without end',
    machine: bottlerocketNode({ client: `exec yes ${secret}` }),
    verdict: 'unknown',
    because: /more than 64 KB/,
  },
  {
    does: 'has a Bottlerocket report that is 60,000 levels deep',
    machine: bottlerocketNode({ report: '['.repeat(60_000) }),
    verdict: 'unknown',
    because: /not the JSON/,
  },
];

/** Nodes that say that they are what they are not. The name of another node's instance is put in by the test. */
export const liars = (instanceOfAnother: string): readonly HostileNode[] => [
  {
    does: 'labels itself Fargate where AWS knows no Fargate profile',
    configz: { kind: 'refused' },
    object: { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } },
    machine: { processes: [], files: shadow },
    verdict: 'unknown',
    because: /no kubelet runs/,
  },
  {
    does: 'labels itself Auto Mode where AWS knows of none',
    configz: { kind: 'refused' },
    object: { labels: { 'eks.amazonaws.com/compute-type': 'auto' } },
    machine: { processes: [], files: shadow },
    verdict: 'unknown',
    because: /no kubelet runs/,
  },
  ...['one', 'the other'].map(
    (which): HostileNode => ({
      does: `claims the same instance as another node (${which})`,
      configz: { kind: 'recorded', folder: 'file-sets-ca' },
      object: { instanceId: instanceOfAnother },
      verdict: 'unknown',
      because: /more than one node says/,
    }),
  ),
];

interface HostileBundle {
  readonly does: string;
  /** What lies behind the path of the client CA. */
  readonly file: LabFile;
  /** Words of the reason why it is unreadable, or that it is readable and empty. */
  readonly state: RegExp | 'empty';
}

/** The verdict about the setting is kept; the facts about the file say what is wrong. */
export const hostileBundles: readonly HostileBundle[] = [
  { does: 'is /etc/shadow', file: { link: '/etc/shadow' }, state: 'empty' },
  { does: 'is a FIFO', file: { fifo: true }, state: /not a regular file/ },
  { does: 'is a device', file: { link: '/../../../../../dev/zero' }, state: /not a regular file/ },
  { does: 'has 100 MB', file: { text: Buffer.alloc(100_000_000) }, state: /larger than/ },
  {
    does: 'holds a certificate of garbage',
    file: `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(900, 7).toString('base64')}\n-----END CERTIFICATE-----\n`,
    state: /1 of 1/,
  },
  {
    does: 'holds a password between the lines of a certificate',
    file: ca.pem.replace('\n', `\n${shadow['/etc/shadow']}`),
    state: /is none/,
  },
  {
    does: 'holds a private key that begins like a certificate',
    file: `-----BEGIN CERTIFICATE-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    state: /is none/,
  },
];

/** Kubeconfigs that nobody should read. */
export const hostileKubeconfigs: readonly { readonly does: string; readonly file: LabFile; readonly fact: object }[] = [
  { does: 'is a device', file: { link: '/../../../../../dev/zero' }, fact: { state: 'unknown' } },
  { does: 'is a FIFO', file: { fifo: true }, fact: { state: 'unknown' } },
  { does: 'is /etc/shadow', file: { link: '/etc/shadow' }, fact: { state: 'known', mode: 0o644, owner: 'root' } },
  { does: 'has 100 MB', file: { text: Buffer.alloc(100_000_000) }, fact: { state: 'known', mode: 0o644 } },
  { does: 'holds a token', file: `token: ${secret}`, fact: { state: 'known', mode: 0o644 } },
];

export const machineWith = (files: Readonly<Record<string, LabFile>>): NodeDescription => ({
  processes: [kubelet()],
  files: { ...shadow, [configPath]: json(setsCa), ...files },
});
