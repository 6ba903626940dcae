import { createHash } from 'node:crypto';
import { chmodSync, chownSync, linkSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  al2,
  al2023,
  argumentsPath,
  caPath,
  clusterCa,
  configPath,
  current,
  deployedScript,
  environmentPath,
  type Files,
  mainPid,
  openConfiguration,
  otherCa,
  type RemediateOptions,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  unitPath,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

/** The form of a certificate, and nothing of one. */
const falseDer = Buffer.concat([Buffer.from([0x30, 0x82, 0x01, 0x00]), Buffer.alloc(256, 7)]);
const falsePem = `-----BEGIN CERTIFICATE-----\n${falseDer.toString('base64')}\n-----END CERTIFICATE-----\n`;

const withLineBreak = String(al2()[unitPath]).replace('$KUBELET_ARGS', '"--node-labels=a=b\\nc=d" $KUBELET_ARGS');

type Spoil = (node: SystemdNode) => unknown;
type Case = readonly [
  name: string,
  reason: string,
  spoil: Spoil,
  asked?: Partial<RemediateOptions> & { readonly files?: Files; readonly words?: RegExp },
];

const path = configPath;
const set = (text: string | Buffer) => (node: SystemdNode) => writeFileSync(node.path(path), text);
const edited = (change: (text: string) => string) => set(change(openConfiguration));
const runsWithCa = `[Service]\nEnvironment='KUBELET_ARGS=--client-ca-file=${caPath}'\n`;
const later = (file: string) => (node: SystemdNode) => {
  const seconds = Date.now() / 1000 + 600;
  utimesSync(node.path(file), seconds, seconds);
};
const unit =
  (text: string, path = argumentsPath): Spoil =>
  async (node) => {
    node.write(path, text);
    await node.run(['systemctl', 'daemon-reload']);
    await restartKubelet(node);
  };

const configurations: readonly Case[] = [
  [
    'is a symbolic link',
    'symbolic-link',
    (node) => {
      renameSync(node.path(path), node.path(`${path}.real`));
      symlinkSync(`${path}.real`, node.path(path));
    },
  ],
  [
    'lies in a linked folder',
    'symbolic-link',
    (node) => {
      renameSync(node.path('/etc/kubernetes/kubelet'), node.path('/etc/kubernetes/elsewhere'));
      symlinkSync('elsewhere', node.path('/etc/kubernetes/kubelet'));
    },
  ],
  ['has a second name', 'hard-link', (node) => linkSync(node.path(path), node.path('/etc/kubernetes/second'))],
  ['can be written by its group', 'writable-by-others', (node) => chmodSync(node.path(path), 0o664)],
  [
    'lies in a folder that anybody may write to',
    'writable-by-others',
    (node) => chmodSync(node.path('/etc/kubernetes'), 0o777),
  ],
  [
    'lies in a folder of somebody else',
    'not-root-owned',
    (node) => chownSync(node.path('/etc/kubernetes/kubelet'), 1000, 0),
  ],
  ['belongs to somebody else', 'not-root-owned', (node) => chownSync(node.path(path), 1000, 0)],
  ['is gone', 'not-regular', (node) => rmSync(node.path(path))],
  ['is empty', 'empty-file', set('')],
  ['is huge', 'too-large', edited((text) => text.replace('0.0.0.0', 'x'.repeat(70_000)))],
  ['has NUL bytes', 'binary', edited((text) => text.replace('0.0.0.0', '0.0\0.0'))],
  ['is binary', 'unparseable', set(Buffer.concat([Buffer.from('{'), Buffer.alloc(2_000, 0xfe)]))],
  ['begins with a byte order mark', 'odd-bytes', edited((text) => `\uFEFF${text}`)],
  [
    'has YAML in flow style',
    'flow-style',
    set('kind: KubeletConfiguration\nauthentication: {x509: {clientCAFile: ""}}\n'),
  ],
  [
    'has a number in another notation',
    'odd-value',
    set('kind: KubeletConfiguration\nreadOnlyPort: 0x10\n'),
    { controls: ['kubelet-read-only-port'] },
  ],
  [
    'has a truth in another word',
    'odd-value',
    set('kind: KubeletConfiguration\nprotectKernelDefaults: yes\n'),
    { controls: ['kubelet-protect-kernel-defaults'] },
  ],
  [
    'sets all beta gates',
    'gates-at-once',
    set('kind: KubeletConfiguration\nfeatureGates:\n  AllBeta: false\n'),
    { controls: ['kubelet-rotate-server-certificate'] },
  ],
  ['has carriage returns', 'binary', edited((text) => text.replaceAll('\n', '\r\n'))],
  [
    'has a key twice',
    'duplicate-key',
    edited((text) => text.replace('"address"', '"kind": "KubeletConfiguration", "address"')),
  ],
  [
    'has the setting in another spelling',
    'spelling',
    edited((text) => text.replace('"webhook"', '"X509": {"clientCaFile": ""}, "webhook"')),
  ],
  ['has a comment in JSON', 'unparseable', edited((text) => text.replace('{', '{ // ours'))],
  ['breaks off', 'unparseable', edited((text) => text.slice(0, 200))],
  [
    'has a text where a map belongs',
    'not-a-map',
    edited((text) => text.replace('"webhook"', '"x509": "none", "webhook"')),
  ],
  ['is something else', 'not-a-configuration', edited((text) => text.replace('KubeletConfiguration', 'Secret'))],
  [
    'has several YAML documents',
    'several-documents',
    set('kind: KubeletConfiguration\n---\nkind: KubeletConfiguration\n'),
  ],
  ['has YAML anchors', 'odd-yaml', set('kind: &k KubeletConfiguration\nfoo: *k\n')],
  ['has a YAML block text', 'odd-yaml', set('kind: KubeletConfiguration\nfoo: |\n  readOnlyPort: 1\n')],
  ['has YAML tabs', 'odd-bytes', set('kind: KubeletConfiguration\nauthentication:\n\tx509: {}\n')],
  ['was changed after the kubelet had started', 'edited-since', later(path)],
  [
    'lets the API server in as anybody, and has no client CA',
    'no-client-ca',
    edited((text) => text.replace('"mode": "Webhook"', '"mode": "AlwaysAllow"')),
    { controls: ['kubelet-anonymous-auth'] },
  ],
];

const surroundings: readonly Case[] = [
  ['no CA is there', 'ca-missing', (node) => rmSync(node.path(caPath))],
  ['the CA is another', 'ca-other', (node) => node.write(caPath, otherCa.pem)],
  [
    'one of the certificates is broken',
    'ca-other',
    (node) => node.write(caPath, clusterCa.pem + clusterCa.pem.replace('\nMII', '\n!II')),
  ],
  [
    'the CA is a symbolic link',
    'symbolic-link',
    (node) => {
      renameSync(node.path(caPath), node.path(`${caPath}.real`));
      symlinkSync('ca.crt.real', node.path(caPath));
    },
  ],
  ['anybody may write the CA', 'writable-by-others', (node) => chmodSync(node.path(caPath), 0o666)],
  [
    'the CA with which the kubelet runs is gone',
    'ca-gone',
    (node) => rmSync(node.path(caPath)),
    { controls: ['kubelet-protect-kernel-defaults'], files: { [argumentsPath]: runsWithCa } },
  ],
  [
    'the CA with which the kubelet runs is broken',
    'ca-gone',
    (node) => writeFileSync(node.path(caPath), 'none'),
    { controls: ['kubelet-protect-kernel-defaults'], files: { [argumentsPath]: runsWithCa } },
  ],
  ['no certificate is named', 'no-trust', () => undefined, { trust: [] }],
  [
    'the folder of the remediation is a link',
    'not-ours',
    (node) => {
      node.write('/etc/elsewhere/x', '');
      node.write('/var/lib/eks-kubelet-audit/x', '');
      symlinkSync('/etc/elsewhere', node.path(remediationHome));
    },
  ],
  [
    'the kubelet was started from a unit that was changed and not read since',
    'unit-changed',
    async (node) => {
      writeFileSync(node.path(argumentsPath), `[Service]\nEnvironment='KUBELET_ARGS=--v=3'\n`);
      await restartKubelet(node);
      await runningConfiguration(node);
    },
  ],
  [
    'the unit was changed and read since, and the kubelet was not restarted',
    'edited-since',
    async (node) => {
      later(argumentsPath)(node);
      await node.run(['systemctl', 'daemon-reload']);
    },
  ],
  [
    'the configuration file was changed some seconds after the kubelet had started',
    'edited-since',
    edited((text) => text.replace('0.0.0.0', '10.0.0.1')),
  ],
  [
    'the configuration file was changed right after the start of the kubelet, and the clock is slow to answer',
    'edited-since',
    async (node) => {
      const started = 'read -r up _ </proc/uptime; ticks=$(cut -d " " -f 22 "/proc/$1/stat"); now=$(date +%s)';
      const touch = `touch -d "@$((now - \${up%.*} + ticks / 100 + 2))" ${path}`;
      await node.run(['sh', '-ec', `${started}; ${touch}`, 'sh', await mainPid(node)]);
      await node.replaceProgram('/usr/bin/date', '[ -e /run/slow ] || { touch /run/slow; sleep 6; }');
    },
  ],
  [
    'the certificate of the CA is none, whatever its digits',
    'ca-other',
    (node) => node.write(caPath, falsePem),
    { trust: [createHash('sha256').update(falseDer).digest('hex')] },
  ],
  [
    'less than a megabyte is free beside the file',
    'disk-full',
    (node) =>
      node.run([
        'sh',
        '-ec',
        'cp -a /etc /opt/copy; mount -t tmpfs -o size=900k,mode=755 tmpfs /etc; cp -a /opt/copy/. /etc/; sleep 2; systemctl restart kubelet',
      ]),
  ],
  [
    'less than a megabyte is free in /var/lib',
    'disk-full',
    (node) =>
      node.run([
        'sh',
        '-ec',
        'cp -a /var/lib /opt/copy; mount -t tmpfs -o size=900k,mode=755 tmpfs /var/lib; cp -a /opt/copy/. /var/lib/',
      ]),
  ],
  [
    'the folder of the file cannot be written',
    'read-only',
    (node) =>
      node.run([
        'sh',
        '-ec',
        'cp -a /etc /opt/copy; mount -t tmpfs -o mode=755 tmpfs /etc; cp -a /opt/copy/. /etc/; sleep 2; systemctl restart kubelet; mount -o remount,ro /etc',
      ]),
  ],
  [
    'the kubelet is not well already',
    'not-well',
    async (node) => {
      node.write('/etc/kubelet-mood', 'sick');
      node.write(argumentsPath, runsWithCa);
      await node.run(['systemctl', 'daemon-reload']);
      await restartKubelet(node);
    },
    { controls: ['kubelet-protect-kernel-defaults'] },
  ],
  ['the kubelet does not run', 'not-running', (node) => node.run(['systemctl', 'stop', 'kubelet.service'])],
];

const emptied = (more = '') => ({ files: { [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=${more}'\n` } });
const argumentFiles: readonly Case[] = [
  [
    'has a flag whose value is a word of its own',
    'argument-form',
    () => undefined,
    {
      files: {
        ...emptied('--anonymous-auth=false --client-ca-file /etc/other.crt --v=2').files,
        '/etc/other.crt': otherCa.pem,
      },
    },
  ],
  ['has a flag twice', 'argument-twice', () => undefined, emptied('--client-ca-file= --client-ca-file=')],
  [
    'has a flag that another file has, too',
    'argument-twice',
    unit(`[Service]\nEnvironment='KUBELET_EXTRA_ARGS=--client-ca-file='\n`, `${unitPath}.d/30-more.conf`),
    emptied('--client-ca-file='),
  ],
  [
    'does not have a flag that systemd itself knows',
    'argument-elsewhere',
    async (node) => {
      await node.run(['systemctl', 'set-environment', 'KUBELET_EXTRA_ARGS=--client-ca-file=']);
      await restartKubelet(node);
    },
  ],
  [
    'is none of /etc, which the next boot takes away',
    'path',
    (node) =>
      node.run([
        'sh',
        '-ec',
        'cd /run/systemd/system; mkdir -p kubelet.service.d; printf %s "$1" >kubelet.service.d/90-passing.conf; systemctl daemon-reload; systemctl restart kubelet',
        'sh',
        `[Service]\nEnvironment='KUBELET_ARGS=--read-only-port=10255'\n`,
      ]),
    { controls: ['kubelet-read-only-port'], files: { [argumentsPath]: '[Service]\n' } },
  ],
  [
    'is a file of somebody else, which the unit names',
    'path',
    () => undefined,
    {
      files: {
        [argumentsPath]: '[Service]\nEnvironmentFile=/etc/kubernetes/flags\n',
        '/etc/kubernetes/flags': 'KUBELET_ARGS=--client-ca-file=\n',
      },
    },
  ],
  [
    'has a comment within the start of the kubelet',
    'argument-form',
    () => undefined,
    {
      files: {
        [unitPath]: String(withoutConfigFile()[unitPath]).replace('$KUBELET_ARGS', '# ours \\\n $KUBELET_ARGS'),
      },
    },
  ],
];

const bad = (name: string, value: string): Case => [
  `${name} ${JSON.stringify(value)}`,
  'bad-parameter',
  () => undefined,
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
  ...[4, 601, 0.5, -60, 1000].map(
    (value): Case => [`stableSeconds ${value}`, 'bad-parameter', () => undefined, { stableSeconds: value }],
  ),
];

/** One node for each: refused with that reason, no file of it touched, the same process still running. */
const refuses = ([, reason, spoil, { files: own, words = /^/, ...asked } = {}]: Case, files = al2(own)) =>
  withNode(files, async (node) => {
    await spoil(node);
    const before = node.tree('/etc');
    const pid = await mainPid(node);

    const answer = await remediate(node, asked);

    expect(answer).toMatchObject({ outcome: 'refused', reason, status: 0 });
    expect(answer.words).toMatch(/^[ -~]{10,300}$/);
    expect(answer.words).toMatch(words);
    expect([...node.tree('/etc')]).toEqual([...before]);
    expect(await mainPid(node)).toBe(pid);
    expect(node.exists(current)).toBe(false);
    expect((await node.run(['sh', '-c', 'ls /run | grep eks'])).stdout).toBe('');
  });
const titled = (cases: readonly Case[]) => cases.map((each) => [each[0], each] as const);

describe('with words, and nothing touched, is refused', underSystemd, () => {
  it.each(titled(configurations))('a configuration file that %s', (_, each) => refuses(each));
  it.each(titled(surroundings))('a node where %s', (_, each) => refuses(each));
  it.each(titled(argumentFiles))('a drop-in of the unit that %s', (_, each) => refuses(each));
  it.each(titled(parameters))('a parameter: %s', (_, each) => refuses(each));

  it('an environment file with quotes that do not match', () =>
    refuses(
      ['', 'argument-form', () => undefined],
      al2023({
        [environmentPath]: `${String(al2023()[environmentPath])} --client-ca-file="/etc/a b"`,
        '/etc/a b': otherCa.pem,
      }),
    ));

  it('an environment file that was changed after the kubelet had started', () =>
    refuses(['', 'edited-since', later(environmentPath)], al2023()));

  it('a configuration file outside of the kubelet’s own folders', () => {
    const elsewhere = String(al2()[unitPath]).replace(configPath, '/opt/kubelet.json');
    return refuses(
      ['', 'path', () => undefined],
      al2({ [unitPath]: elsewhere, '/opt/kubelet.json': openConfiguration }),
    );
  });

  it.each([
    ['has files of its own', 'PrivateTmp=yes'],
    ['is somebody else’s', 'User=somebody\nAmbientCapabilities=CAP_DAC_OVERRIDE'],
  ])('a kubelet that %s', (_, line) => {
    const unit = String(al2()[unitPath]).replace('[Service]\n', `[Service]\n${line}\n`);
    return refuses(['', 'not-the-kubelet', () => undefined], al2({ [unitPath]: unit }));
  });

  it('a kubelet that runs in a pod', () =>
    refuses([
      '',
      'not-the-kubelet',
      async (node) => {
        const pid = await mainPid(node);
        await node.run([
          'sh',
          '-ec',
          `mkdir /sys/fs/cgroup/kubepods; echo ${pid} >/sys/fs/cgroup/kubepods/cgroup.procs`,
        ]);
      },
    ]));

  /** The unit is started anew with another program, which becomes, or starts, the kubelet. */
  const startedBy =
    (program: string, ...lines: readonly string[]) =>
    async (node: SystemdNode) => {
      node.write('/opt/start.sh', { text: ['#!/bin/bash', 'set -e', program, ''].join('\n'), mode: 0o755 });
      node.write(
        `${unitPath}.d/20-other.conf`,
        ['[Service]', ...lines, 'ExecStart=', 'ExecStart=/opt/start.sh', ''].join('\n'),
      );
      await node.run(['systemctl', 'daemon-reload']);
      await restartKubelet(node);
      await runningConfiguration(node);
    };
  const kubeletOf = `/opt/node /opt/stand-in-kubelet.mjs --config ${configPath} --kubeconfig /var/lib/kubelet/kubeconfig`;

  it('a kubelet that has another root directory', () =>
    refuses([
      '',
      'not-the-kubelet',
      async (node) => {
        await node.run(['sh', '-ec', 'mkdir /opt/jail; mount --rbind / /opt/jail']);
        await startedBy(`exec chroot /opt/jail /bin/bash -c 'exec -a /opt/kubelet ${kubeletOf}'`)(node);
      },
    ]));

  it('a kubelet that has mounts of its own', () =>
    refuses([
      '',
      'not-the-kubelet',
      startedBy(`exec unshare --mount /bin/bash -c 'exec -a /opt/kubelet ${kubeletOf}'`),
      // The root of these machines is none of their mounts, so that it would be noticed too.
      { words: /another mnt namespace/ },
    ]));

  it('a kubelet that has another pid namespace', () =>
    refuses([
      '',
      'not-the-kubelet',
      startedBy(
        `unshare --pid --fork --kill-child /bin/bash -c 'exec -a /opt/kubelet ${kubeletOf}' &
until child=$(cat /proc/$!/task/$!/children) && [ -n "$child" ]; do sleep 0.02; done
systemd-notify --ready "MAINPID=\${child% }"
wait`,
        'Type=notify',
        'NotifyAccess=all',
        'KillMode=control-group',
      ),
    ]));

  it.each([
    ['the value of the argument before it', '--node-labels --client-ca-file=/x'],
    ['behind the end of the arguments, or their value', `--node-labels -- --client-ca-file=${caPath}`],
    ['gates set all at once', '--feature-gates=AllBeta=false'],
  ])('an argument that may be %s', (_, words) =>
    refuses(
      [
        '',
        'odd-arguments',
        () => undefined,
        { controls: ['kubelet-client-ca-file', 'kubelet-rotate-server-certificate'] },
      ],
      al2({ [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=${words}'\n` }),
    ),
  );

  it('an argument with a line break in it', () =>
    refuses(
      ['', 'odd-arguments', () => undefined],
      al2({ [argumentsPath]: `[Service]\nEnvironment="KUBELET_ARGS="\n`, [unitPath]: withLineBreak }),
    ));

  it('drop-ins in folders within the folder of drop-ins', () => {
    const dropIns = '/etc/kubernetes/kubelet/d';
    return refuses(
      ['', 'sub-folders', () => undefined],
      al2({
        [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=--config-dir=${dropIns}'\n`,
        [`${dropIns}/team/a.conf`]: '{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1"}',
      }),
    );
  });

  it('drop-ins without a configuration file', () => {
    const unit = String(al2()[unitPath]).replace(`--config ${configPath}`, '--config-dir=/etc/kubernetes/kubelet/d');
    const dropIn = '{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1"}';
    return refuses(
      ['', 'no-config-file', () => undefined],
      al2({ [unitPath]: unit, '/etc/kubernetes/kubelet/d/a.conf': dropIn }),
    );
  });

  it.each([
    ['another setting than was asked for', 'sed \'s/0.0.0.0/10.9.9.9/\' next >"new.$number"'],
    ['another value than was asked for', 'sed \'s/pki.ca.crt/pki\\/cb.crt/\' next >"new.$number"'],
  ])('an edit that would change %s', (_, command) =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(/^mv next "new.\$number"$/m, () => command);
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'refused', reason: 'not-plain' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }),
  );

  it('a process that is no kubelet', () =>
    refuses(
      ['', 'not-the-kubelet', () => undefined],
      al2({ [unitPath]: String(al2()[unitPath]).replace('/opt/kubelet ', '/opt/kubelets ') }),
    ));
});
