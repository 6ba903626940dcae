import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import {
  compacted,
  nodeTimings,
  type RemediationTimings,
  remediationScript,
} from '../../infra/documents/remediation/remediate-kubelet.ts';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { seconds } from '../patience.ts';
import { type NodeFile, type Ran, SystemdNode } from './real-systemd.ts';

const clusterCa = new CertificateAuthority('kubernetes');
export const otherCa = new CertificateAuthority('kubernetes');

export const configPath = '/etc/kubernetes/kubelet/config.json';
export const caPath = '/etc/kubernetes/pki/ca.crt';
export const unitPath = '/etc/systemd/system/kubelet.service';
export const argumentsPath = `${unitPath}.d/10-kubelet-args.conf`;
export const environmentPath = '/etc/eks/kubelet/environment';
export const remediationHome = '/var/lib/eks-kubelet-audit/remediation';
/** Of a remediation that is at work, or was killed at it. */
export const current = `${remediationHome}/current`;
/** The previous files of each run, until they are too old. */
export const undoHome = '/var/lib/eks-kubelet-audit/undo';

/** What a kubelet runs with whose client CA is set. */
export const withCa = { authentication: { x509: { clientCAFile: caPath } } };

/** SHA-256 of a certificate's DER form, as the plan names it. */
export const fingerprintOf = ({ pem }: CertificateAuthority): string =>
  createHash('sha256')
    .update(Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64'))
    .digest('hex');

const configuration = {
  address: '0.0.0.0',
  authentication: { webhook: { enabled: true, cacheTTL: '2m0s' }, anonymous: { enabled: true } },
  authorization: { mode: 'Webhook' },
  clusterDNS: ['10.100.0.10'],
  evictionHard: { 'memory.available': '100Mi' },
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
};
/** As nodeadm writes it, without a client CA. */
export const openConfiguration = `${JSON.stringify(configuration, null, 4)}\n`;
/** The same with the client CA, as the remedy writes it. */
export const fixedConfiguration = openConfiguration.replace(
  /"anonymous": \{[^}]*\}/,
  `$&,\n        "x509": {"clientCAFile": "${caPath}"}`,
);

export const dropIns = `${configPath}.d`;
export const dropIn = (settings: object): string =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });
/** The arguments of a kubelet of Amazon Linux 2. */
export const withArguments = (words: string): Files => ({
  [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=${words}'\n`,
});

/** One file, so that it starts as fast as it can: hundreds of them do. */
const standIn = buildSync({
  entryPoints: [join(import.meta.dirname, 'stand-in-kubelet.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  write: false,
}).outputFiles[0]?.text;

/** Says its version like the kubelet; what runs under its name is the stand-in. */
const kubelet = '/opt/kubelet';
const executable = `@/opt/node ${kubelet} /opt/stand-in-kubelet.mjs`;

const serving = clusterCa.issue({ commonName: 'system:node:this' });

/** The unit of AL2's image: arguments over several lines, two variables of the benchmark. */
const al2Unit = `[Unit]
Description=Kubernetes Kubelet

[Service]
ExecStart=${executable} \\
    --config ${configPath} \\
    --kubeconfig /var/lib/kubelet/kubeconfig \\
    $KUBELET_ARGS \\
    $KUBELET_EXTRA_ARGS

Restart=always
RestartSec=1
KillMode=process
StandardOutput=append:/var/log/kubelet.log
StandardError=append:/var/log/kubelet.log

[Install]
WantedBy=multi-user.target
`;

/** The unit of AL2023's image. */
const al2023Unit = al2Unit
  .replace(
    /ExecStart=.*\$KUBELET_EXTRA_ARGS\n/s,
    `EnvironmentFile=${environmentPath}\nExecStart=${executable} $NODEADM_KUBELET_ARGS\n`,
  )
  .replace('Restart=always', 'Restart=on-failure');

const common = {
  [kubelet]: { text: '#!/bin/sh\necho Kubernetes v1.34.9-eks-0123abc\n', mode: 0o755 },
  '/opt/stand-in-kubelet.mjs': standIn ?? '',
  '/var/lib/kubelet/pki/kubelet.crt': serving.certificatePem,
  '/var/lib/kubelet/pki/kubelet.key': { text: serving.keyPem, mode: 0o600 },
  [caPath]: clusterCa.pem,
  [configPath]: openConfiguration,
  '/var/lib/kubelet/kubeconfig': { text: 'kind: Config\n', mode: 0o644 },
};

export type Files = Readonly<Record<string, string | NodeFile>>;

export const al2 = (files: Files = {}): Files => ({
  ...common,
  [unitPath]: al2Unit,
  ...withArguments('--node-ip=10.0.0.1 --v=2'),
  ...files,
});

/** A kubelet that gets all from its arguments. */
export const withoutConfigFile = (files: Files = {}): Files =>
  al2({ [unitPath]: al2Unit.replace(`--config ${configPath} \\\n`, ''), ...files });

/** nodeadm ends the file without a line break. */
export const al2023 = (files: Files = {}): Files => ({
  ...common,
  [unitPath]: al2023Unit,
  [environmentPath]: `NODEADM_KUBELET_ARGS=--config=${configPath} --kubeconfig=/var/lib/kubelet/kubeconfig --node-ip=10.0.0.1 --v=2`,
  ...files,
});

/**
 * What a test has to sit through is short. What ends a run is as long as on a node: no test may depend on how fast this machine is. Where a test is about
 * such an end, it names its own.
 */
const quick: RemediationTimings = { ...nodeTimings, againAfter: 2, settledWithin: 1, pause: 0.2 };

export const deployedScript = (timings: Partial<RemediationTimings> = {}): string =>
  compacted(remediationScript({ ...quick, ...timings }));

/** For a kubelet that is never well with the new files: that is not waited for. With its old ones it has the time that it needs. */
export const givesUpSoon = (script: string = deployedScript()): string =>
  script.replace('health) health "$2"', 'health) [ "$2" -lt 5 ] || health_within=3; health "$2"');

export type RemediateOptions = Readonly<typeof theClientCa>;
export const theClientCa = {
  controls: ['kubelet-client-ca-file'] as readonly string[],
  mode: 'apply' as 'dry-run' | 'apply' | 'keep' | 'put-back' | 'undo',
  run: 'a-run',
  touched: 'refuse' as 'refuse' | 'as-running',
  trust: [fingerprintOf(clusterCa)] as readonly string[],
  // The lower bound of the window, so that tests do not wait longer than they must.
  stableSeconds: 5,
};

export const variablesOf = (options: RemediateOptions): Readonly<Record<string, string>> => ({
  SSM_Controls: options.controls.join(','),
  SSM_CaSha256: options.trust.join(','),
  SSM_Mode: options.mode,
  SSM_Run: options.run,
  SSM_Touched: options.touched,
  SSM_StableSeconds: String(options.stableSeconds),
});

/** What the program would read of it. */
function answerOf({ stdout, stderr, status }: Ran) {
  const lines = stdout.trimEnd().split('\n');
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  const names = ['outcome', 'reason', 'words', 'undo', 'left', 'keep', 'end'];
  const [outcome = '', reason = '', words = '', undo = '', left = '', keep = '', end] = names.map(
    (name) => all(name)[0],
  );
  if (lines[0] !== 'eks-kubelet-audit-remediate/1' || end !== String(lines.length - 1) || stderr !== '')
    throw new Error(`not an answer: ${JSON.stringify({ stdout, stderr, status })}`);
  return { outcome, reason, words, undo, left, keep, changes: all('change'), status };
}

/** A shell reads its script as it goes: one that is at work keeps the file that it began with. */
export function writeScript(node: SystemdNode, script: string): void {
  node.write('/root/next.sh', script);
  renameSync(node.path('/root/next.sh'), node.path('/root/remediate.sh'));
}

/** As the program does it: what waits for it is kept. */
export async function remediate(
  node: SystemdNode,
  options: Partial<RemediateOptions> = {},
  script: string = deployedScript(),
) {
  const answer = await asked(node, options, script);
  if (answer.keep === '') return answer;
  const kept = await asked(node, { ...options, mode: 'keep' }, script);
  return kept.outcome === 'kept' ? { ...answer, undo: kept.undo } : kept;
}

/** One command, and nothing after it. */
export async function asked(
  node: SystemdNode,
  options: Partial<RemediateOptions> = {},
  script: string = deployedScript(),
) {
  writeScript(node, script);
  const answer = answerOf(await node.run(['sh', '/root/remediate.sh'], variablesOf({ ...theClientCa, ...options })));
  node.said.push(`${answer.outcome}, ${answer.reason}: ${answer.words}`);
  return answer;
}

/** What the kubelet that runs now runs with, once it says that it is well. */
export async function runningConfiguration(node: SystemdNode, within = seconds(60)): Promise<unknown> {
  for (const end = Date.now() + within; Date.now() < end; await sleep(50)) {
    if ((await healthOf(node)) !== 'ok') continue;
    const { stdout } = await node.run(['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:10248/configz']);
    return JSON.parse(stdout).kubeletconfig;
  }
  const { stdout } = await node.run(['systemctl', 'status', 'kubelet.service']);
  throw new Error(`the kubelet is not well: ${stdout}${node.read('/var/log/kubelet.log').slice(-2_000)}`);
}

export const healthOf = async (node: SystemdNode): Promise<string> =>
  (await node.run(['busybox', 'wget', '-q', '-T', '2', '-O', '-', 'http://127.0.0.1:10248/healthz'])).stdout;

export const mainPid = async (node: SystemdNode): Promise<string> =>
  (await node.run(['systemctl', 'show', '-p', 'MainPID', '--value', 'kubelet.service'])).stdout.trim();

/** After a test changed its files: a machine knows when a process began to about a second, however busy it is, and what may be newer is refused. */
export async function restartKubelet(node: SystemdNode): Promise<void> {
  await sleep(2_000);
  await node.run(['systemctl', 'restart', 'kubelet.service']);
}

/** `systemctl list-timers`: empty when no rollback is armed. */
export const timers = async (node: SystemdNode): Promise<string> =>
  (await node.run(['systemctl', 'list-timers', '--all', '--no-legend'])).stdout;

/** Waits until no rollback is armed: that is the last that one does. */
export async function disarmed(node: SystemdNode): Promise<void> {
  for (const end = Date.now() + seconds(60); (await timers(node)) !== ''; await sleep(100))
    if (Date.now() > end) throw new Error(`it is still armed: ${await timers(node)}`);
}

/** What the timer of the rollback does in its time. */
export async function fire(node: SystemdNode): Promise<void> {
  for (const name of ['eks-kubelet-audit-rollback', 'eks-kubelet-audit-rollback-trial'])
    await node.run(['systemctl', 'start', '--no-block', `${name}.service`]);
}

/** Runs lines of shell on a node, which must succeed. */
export async function shell(node: SystemdNode, lines: string, environment = {}): Promise<string> {
  const { stdout, stderr, status } = await node.run(['sh', '-ec', lines], environment);
  if (status !== 0) throw new Error(`${lines}: ${stderr}`);
  return stdout;
}

/** Lines of shell that mount a small file system over a folder, with what is in it. */
export const ontoSmallDisk = (folder: string, kilobytes: number): string =>
  `cp -a ${folder} /opt/copy; mount -t tmpfs -o size=${kilobytes}k,mode=755 tmpfs ${folder}; cp -a /opt/copy/. ${folder}/; rm -rf /opt/copy`;

/** With a node that has booted, its kubelet well. */
export async function withNode(
  files: Files,
  test: (node: SystemdNode) => Promise<void>,
  tools?: SystemdNode['tools'],
): Promise<void> {
  const node = new SystemdNode({ ...files, '/etc/systemd/system/multi-user.target': multiUser }, tools);
  try {
    await bootedAndWell(node);
    await test(node);
  } catch (error) {
    throw withAnswers(error, node);
  } finally {
    await node[Symbol.asyncDispose]();
  }
}

/**
 * Nodes that serve one test after the other. A test may change what is below /etc/kubernetes. It is then put back with other times: a test is about
 * something that the script looks at before these times.
 */
export function sharedNodes(files: Files) {
  const idle: SystemdNode[] = [];
  return {
    async use(test: (node: SystemdNode) => Promise<void>): Promise<void> {
      const node = idle.pop() ?? new SystemdNode({ ...files, '/etc/systemd/system/multi-user.target': multiUser });
      try {
        if (!node.isBooted) {
          await bootedAndWell(node);
          await shell(node, 'cp -a /etc/kubernetes /opt/kubernetes');
        }
        await test(node);
        await shell(node, 'rm -rf /etc/kubernetes; cp -a /opt/kubernetes /etc/kubernetes');
        idle.push(node);
      } catch (error) {
        await node[Symbol.asyncDispose]();
        throw withAnswers(error, node);
      }
    },
    close: () => Promise.all(idle.map((node) => node[Symbol.asyncDispose]())),
  };
}

async function bootedAndWell(node: SystemdNode): Promise<void> {
  await node.boot();
  await runningConfiguration(node);
}

/** Why a node was put back is in its answer. */
function withAnswers(error: unknown, { said }: SystemdNode): unknown {
  if (error instanceof Error && said.length > 0) error.message += `\nThe node said: ${said.join('; ')}`;
  return error;
}

const multiUser = '[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=kubelet.service\nAllowIsolate=yes\n';
