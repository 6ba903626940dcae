import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import {
  al2,
  al2023,
  argumentsPath,
  caPath,
  configPath,
  current,
  deployedScript,
  dropIn,
  dropIns,
  environmentPath,
  type Files,
  mainPid,
  ontoSmallDisk,
  openConfiguration,
  otherCa,
  type RemediateOptions,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  sharedNodes,
  shell,
  unitPath,
  withArguments,
  withNode,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

/** The form of a certificate, and nothing of one. */
const falseDer = Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x00]), Buffer.alloc(256, 7)]);
const texts = {
  OTHER_CA: otherCa.pem,
  FALSE_CA: `-----BEGIN CERTIFICATE-----\n${falseDer.toString('base64')}\n-----END CERTIFICATE-----\n`,
};

interface Asked extends Partial<RemediateOptions> {
  readonly machine?: Files;
  readonly words?: RegExp;
  readonly script?: string;
}
/** What spoils the machine: lines of shell that run in the folder of the configuration file, or more than that. */
type Case = readonly [
  name: string,
  reason: string,
  spoil?: string | ((node: SystemdNode) => Promise<unknown>),
  asked?: Asked,
];

const yaml = (text: string) => `printf 'kind: KubeletConfiguration\\n%s\\n' '${text}' >config.json`;
const readOnlyPort = { controls: ['kubelet-read-only-port'] };
const kernelDefaults = { controls: ['kubelet-protect-kernel-defaults'] };
const serverCertificate = { controls: ['kubelet-rotate-server-certificate'] };

const configurations: readonly Case[] = [
  ['is a symbolic link', 'symbolic-link', 'mv config.json real; ln -s real config.json'],
  ['lies in a linked folder', 'symbolic-link', 'mv ../kubelet ../elsewhere; ln -s elsewhere ../kubelet'],
  ['has a second name', 'hard-link', 'ln config.json ../second'],
  ['can be written by its group', 'writable-by-others', 'chmod 664 config.json'],
  ['lies in a folder that anybody may write to', 'writable-by-others', 'chmod 777 /etc/kubernetes'],
  ['lies in a folder of somebody else', 'not-root-owned', 'chown 1000 .'],
  ['belongs to somebody else', 'not-root-owned', 'chown 1000 config.json'],
  ['is gone', 'not-regular', 'rm config.json'],
  ['is empty', 'empty-file', ': >config.json'],
  ['is huge', 'too-large', 'sed -i "s/0.0.0.0/$(printf %070000d 0)/" config.json'],
  ['has NUL bytes', 'binary', "printf '\\0' >>config.json"],
  ['is binary', 'unparseable', "{ echo '{'; head -c 2000 /dev/zero | tr '\\0' '\\376'; } >config.json"],
  ['begins with a byte order mark', 'odd-bytes', "sed -i '1s/^/\\xef\\xbb\\xbf/' config.json"],
  ['has carriage returns', 'binary', "sed -i 's/$/\\r/' config.json"],
  ['has a key twice', 'duplicate-key', 'sed -i \'s/"address"/"kind": "KubeletConfiguration", &/\' config.json'],
  [
    'has the setting in another spelling',
    'spelling',
    'sed -i \'s/"webhook"/"X509": {"clientCaFile": ""}, &/\' config.json',
  ],
  ['has a comment in JSON', 'unparseable', "sed -i '1s,{,{ // ours,' config.json"],
  ['breaks off', 'unparseable', 'truncate -s 200 config.json'],
  ['has a text where a map belongs', 'not-a-map', 'sed -i \'s/"webhook"/"x509": "none", &/\' config.json'],
  ['is something else', 'not-a-configuration', 'sed -i s/KubeletConfiguration/Secret/ config.json'],
  ['has YAML in flow style', 'flow-style', yaml('authentication: {x509: {clientCAFile: ""}}')],
  ['has a number in another notation', 'odd-value', yaml('readOnlyPort: 0x10'), readOnlyPort],
  ['has a truth in another word', 'odd-value', yaml('protectKernelDefaults: yes'), kernelDefaults],
  ['sets all beta gates', 'gates-at-once', yaml('featureGates:\n  AllBeta: false'), serverCertificate],
  ['has several YAML documents', 'several-documents', yaml('---\nkind: KubeletConfiguration')],
  ['has YAML anchors', 'odd-yaml', "printf 'kind: &k KubeletConfiguration\\nfoo: *k\\n' >config.json"],
  ['has a YAML block text', 'odd-yaml', yaml('foo: |\n  readOnlyPort: 1')],
  ['has YAML tabs', 'odd-bytes', yaml('authentication:\n\tx509: {}')],
  [
    'lets the API server in as anybody, and has no client CA',
    'no-client-ca',
    'sed -i \'s/"Webhook"/"AlwaysAllow"/\' config.json',
    { controls: ['kubelet-anonymous-auth'] },
  ],
];

const ofFalseCa = { trust: [createHash('sha256').update(falseDer).digest('hex')] };
const clientCas: readonly Case[] = [
  ['no CA is there', 'ca-missing', 'rm ../pki/ca.crt'],
  ['the CA is another', 'ca-other', 'printf %s "$OTHER_CA" >../pki/ca.crt'],
  ['one of the certificates is broken', 'ca-other', "sed 's/^MII/!II/' ../pki/ca.crt >x; cat x >>../pki/ca.crt"],
  ['the CA is a symbolic link', 'symbolic-link', 'mv ../pki/ca.crt ../pki/real; ln -s real ../pki/ca.crt'],
  ['anybody may write the CA', 'writable-by-others', 'chmod 666 ../pki/ca.crt'],
  ['no certificate is named', 'no-trust', '', { trust: [] }],
  [
    'the certificate of the CA is none, whatever its digits',
    'ca-other',
    'printf %s "$FALSE_CA" >../pki/ca.crt',
    ofFalseCa,
  ],
];

const runsWithCa = { ...kernelDefaults, machine: al2(withArguments(`--client-ca-file=${caPath}`)) };
const reload = 'systemctl daemon-reload; sleep 2; systemctl restart kubelet';
const nodes: readonly Case[] = [
  ['the CA with which the kubelet runs is gone', 'ca-gone', 'rm ../pki/ca.crt', runsWithCa],
  ['the CA with which the kubelet runs is broken', 'ca-gone', 'echo none >../pki/ca.crt', runsWithCa],
  ['the CA with which the kubelet runs lacks a letter', 'ca-gone', "sed -i '3s/.//' ../pki/ca.crt", runsWithCa],
  [
    'the folder of the remediation is a link',
    'not-ours',
    `mkdir -p /etc/elsewhere /var/lib/eks-kubelet-audit; ln -s /etc/elsewhere ${remediationHome}`,
  ],
  [
    'the kubelet was started from a unit that was changed and not read since',
    'unit-changed',
    async (node) => {
      await shell(node, `sed -i s/--v=2/--v=3/ ${argumentsPath}`);
      await restartKubelet(node);
      await runningConfiguration(node);
    },
  ],
  [
    'the unit was changed and read since, and the kubelet was not restarted',
    'edited-since',
    `touch -d '+10 minutes' ${argumentsPath}; systemctl daemon-reload`,
  ],
  [
    'the configuration file was changed right after the start of the kubelet, and the clock is slow to answer',
    'edited-since',
    async (node) => {
      const started = 'read -r up _ </proc/uptime; ticks=$(cut -d " " -f 22 "/proc/$PID/stat"); now=$(date +%s)';
      const touch = `touch -d "@$((now - \${up%.*} + ticks / 100 + 2))" ${configPath}`;
      await shell(node, `${started}; ${touch}`, { PID: await mainPid(node) });
      await node.replaceProgram('/usr/bin/date', '[ -e /run/slow ] || { touch /run/slow; sleep 6; }');
    },
  ],
  [
    'less than a megabyte is free beside the file',
    'disk-full',
    `${ontoSmallDisk('/etc', 900)}; sleep 2; systemctl restart kubelet`,
  ],
  ['less than a megabyte is free in /var/lib', 'disk-full', ontoSmallDisk('/var/lib', 900)],
  [
    'the folder of the file cannot be written',
    'read-only',
    `${ontoSmallDisk('/etc', 9_000)}; sleep 2; systemctl restart kubelet; mount -o remount,ro /etc`,
  ],
  [
    'the kubelet is not well already',
    'not-well',
    `echo sick >/etc/kubelet-mood; sleep 2; systemctl restart kubelet`,
    { ...runsWithCa, script: deployedScript({ healthWithin: 3 }) },
  ],
  ['the kubelet does not run', 'not-running', 'systemctl stop kubelet'],
];

const emptied = '--client-ca-file=';
const unit = String(al2()[unitPath]);
const runningWith = (words: string, more: Files = {}) => ({ machine: al2({ ...withArguments(words), ...more }) });
const withUnit = (from: string, to: string, more: Files = {}) => ({
  machine: al2({ [unitPath]: unit.replace(from, to), ...more }),
});
const passing = '/run/systemd/system/kubelet.service.d';
const flags = '/etc/kubernetes/flags';
const argumentFiles: readonly Case[] = [
  [
    'has a flag whose value is a word of its own',
    'argument-form',
    '',
    runningWith('--anonymous-auth=false --client-ca-file /etc/other.crt --v=2', { '/etc/other.crt': otherCa.pem }),
  ],
  ['has a flag twice', 'argument-twice', '', runningWith(`${emptied} ${emptied}`)],
  [
    'has a flag that another file has, too',
    'argument-twice',
    `printf '[Service]\\nEnvironment=KUBELET_EXTRA_ARGS=${emptied}\\n' >${unitPath}.d/30-more.conf; ${reload}`,
    runningWith(emptied),
  ],
  [
    'does not have a flag that systemd itself knows',
    'argument-elsewhere',
    `systemctl set-environment KUBELET_EXTRA_ARGS=${emptied}; ${reload}`,
  ],
  [
    'is none of /etc, which the next boot takes away',
    'path',
    `mkdir -p ${passing}; printf '[Service]\\nEnvironment=KUBELET_ARGS=--read-only-port=10255\\n' >${passing}/90-passing.conf; ${reload}`,
    { ...readOnlyPort, machine: al2({ [argumentsPath]: '[Service]\n' }) },
  ],
  [
    'is a file of somebody else, which the unit names',
    'path',
    '',
    {
      machine: al2({ [argumentsPath]: `[Service]\nEnvironmentFile=${flags}\n`, [flags]: `KUBELET_ARGS=${emptied}\n` }),
    },
  ],
];

/** The unit is started anew with another program, which becomes, or starts, the kubelet. */
const startedBy =
  (program: string, ...lines: readonly string[]) =>
  async (node: SystemdNode) => {
    node.write('/opt/start.sh', { text: ['#!/bin/bash', 'set -e', program, ''].join('\n'), mode: 0o755 });
    const start = ['[Service]', ...lines, 'ExecStart=', 'ExecStart=/opt/start.sh', ''];
    node.write(`${unitPath}.d/20-other.conf`, start.join('\n'));
    await shell(node, `mkdir /opt/jail; mount --rbind / /opt/jail; ${reload}`);
    await runningConfiguration(node);
  };
const theKubelet = `-c 'exec -a /opt/kubelet /opt/node /opt/stand-in-kubelet.mjs --config ${configPath} --kubeconfig /var/lib/kubelet/kubeconfig'`;
const child = `unshare --pid --fork --kill-child /bin/bash ${theKubelet} &
until child=$(cat /proc/$!/task/$!/children) && [ -n "$child" ]; do sleep 0.02; done
systemd-notify --ready "MAINPID=\${child% }"
wait`;
const stranger = 'not-the-kubelet';
const strangers: readonly Case[] = [
  ['has files of its own', stranger, '', withUnit('[Service]\n', '$&PrivateTmp=yes\n')],
  [
    'is somebody else’s',
    stranger,
    '',
    withUnit('[Service]\n', '$&User=somebody\nAmbientCapabilities=CAP_DAC_OVERRIDE\n'),
  ],
  [
    'runs in a pod',
    stranger,
    'mkdir /sys/fs/cgroup/kubepods; systemctl show -p MainPID --value kubelet >/sys/fs/cgroup/kubepods/cgroup.procs',
  ],
  ['has another root directory', stranger, startedBy(`exec chroot /opt/jail /bin/bash ${theKubelet}`)],
  // The root of these machines is none of their mounts, so that it would be noticed too.
  [
    'has mounts of its own',
    stranger,
    startedBy(`exec unshare --mount /bin/bash ${theKubelet}`),
    { words: /another mnt namespace/ },
  ],
  [
    'has another pid namespace',
    stranger,
    startedBy(child, 'Type=notify', 'NotifyAccess=all', 'KillMode=control-group'),
  ],
];

const environment = `${String(al2023()[environmentPath])} --client-ca-file="/etc/a b"`;
const elsewhere = { '/opt/kubelet.json': openConfiguration };
const machines: readonly Case[] = [
  ['a process that is no kubelet', stranger, '', withUnit('/opt/kubelet ', '/opt/kubelets ')],
  [
    'an argument with a line break in it',
    'odd-arguments',
    '',
    withUnit('$KUBELET_ARGS', '"--node-labels=a=b\\nc=d" $$KUBELET_ARGS', withArguments('')),
  ],
  [
    'an environment file with quotes that do not match',
    'argument-form',
    '',
    { machine: al2023({ [environmentPath]: environment, '/etc/a b': otherCa.pem }) },
  ],
  [
    'a configuration file outside of the kubelet’s own folders',
    'path',
    '',
    withUnit(configPath, '/opt/kubelet.json', elsewhere),
  ],
  [
    'drop-ins in folders within the folder of drop-ins',
    'sub-folders',
    '',
    runningWith(`--config-dir=${dropIns}`, { [`${dropIns}/team/a.conf`]: dropIn({}) }),
  ],
  [
    'drop-ins without a configuration file',
    'no-config-file',
    '',
    withUnit(`--config ${configPath}`, `--config-dir=${dropIns}`, { [`${dropIns}/a.conf`]: dropIn({}) }),
  ],
];

const bad = (name: string, value: string | number): Case => [
  `${name} ${JSON.stringify(value)}`,
  'bad-parameter',
  '',
  { [name]: name === 'controls' || name === 'trust' ? [value] : value },
];
const parameters: readonly Case[] = [
  bad('controls', ''),
  bad('controls', 'kubelet-hostname-override'),
  bad('controls', 'kubelet-client-ca-file;reboot'),
  bad('controls', '$(touch /etc/pwned)'),
  bad('controls', 'kubelet-client-ca-file\nkubelet-event-qps'),
  bad('trust', 'abc'),
  bad('trust', `${'a'.repeat(63)}Z`),
  bad('trust', '`touch /etc/pwned`'),
  bad('trust', '*'),
  bad('mode', 'Apply'),
  bad('mode', '{{Mode}}'),
  bad('run', '../current'),
  bad('run', '-x'),
  bad('touched', 'as running'),
  ...[4, 601, 0.5, -60, 1000].map((value) => bad('stableSeconds', value)),
];

/** Refused with that reason, no file of the node touched, the same process still running. */
async function expectRefused(
  node: SystemdNode,
  [, reason, spoil = '', { machine: _, words = /^/, script, ...asked } = {}]: Case,
) {
  if (typeof spoil === 'string') await shell(node, `cd /etc/kubernetes/kubelet; ${spoil}`, texts);
  else await spoil(node);
  const before = node.tree('/etc');
  const pid = await mainPid(node);

  const answer = await remediate(node, asked, script);

  expect(answer).toMatchObject({ outcome: 'refused', reason, status: 0 });
  expect(answer.words).toMatch(/^[ -~]{10,300}$/);
  expect(answer.words).toMatch(words);
  expect([...node.tree('/etc')]).toEqual([...before]);
  expect(await mainPid(node)).toBe(pid);
  expect(node.exists(current)).toBe(false);
  expect(await shell(node, 'ls /run | grep eks || :')).toBe('');
}
const alone = (each: Case) => withNode(each[3]?.machine ?? al2(), (node) => expectRefused(node, each));
const shared = sharedNodes(al2());
const onShared = (each: Case) => shared.use((node) => expectRefused(node, each));
const titled = (cases: readonly Case[]) => cases.map((each) => [each[0], each] as const);

describe('with words, and nothing touched, is refused', underSystemd, () => {
  afterAll(shared.close);

  it.each(titled(configurations))('a configuration file that %s', (_, each) => onShared(each));
  it.each(titled(clientCas))('a node where %s', (_, each) => onShared(each));
  it.each(titled(parameters))('a parameter: %s', (_, each) => onShared(each));
  it.each(titled(nodes))('a node where %s', (_, each) => alone(each));
  it.each(titled(argumentFiles))('a drop-in of the unit that %s', (_, each) => alone(each));
  it.each(titled(strangers))('a kubelet that %s', (_, each) => alone(each));
  it.each(titled(machines))('%s', (_, each) => alone(each));

  const controls = ['kubelet-client-ca-file', 'kubelet-rotate-server-certificate'];
  it.each([
    ['the value of the argument before it', '--node-labels --client-ca-file=/x'],
    ['behind the end of the arguments, or their value', `--node-labels -- --client-ca-file=${caPath}`],
    ['gates set all at once', '--feature-gates=AllBeta=false'],
  ])('an argument that may be %s', (title, words) =>
    alone([title, 'odd-arguments', '', { ...runningWith(words), controls }]),
  );

  it.each([
    ['another setting than was asked for', 'sed \'s/0.0.0.0/10.9.9.9/\' next >"new.$number"'],
    ['another value than was asked for', 'sed \'s/pki.ca.crt/pki\\/cb.crt/\' next >"new.$number"'],
  ])('an edit that would change %s', (_, command) =>
    shared.use(async (node) => {
      const script = deployedScript().replace(/^mv next "new.\$number"$/m, () => command);
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'refused', reason: 'not-plain' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }),
  );
});
