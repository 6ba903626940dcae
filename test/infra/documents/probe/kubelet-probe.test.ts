import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kubeletProbeDocument, kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../../../lambda/adapters/ssm/decode-answer.ts';
import { changedSinceStart } from '../../../../lambda/core/read/kubelet/node/file-facts.ts';
import { type ProbeAnswer, parseProbeAnswer } from '../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import { CertificateAuthority } from '../../../lab/kubernetes/certificates.ts';
import { type BottlerocketApi, bottlerocketNode, bottlerocketReport } from '../../../lab/node/bottlerocket.ts';
import {
  type LabFile,
  type LabProcess,
  type NodeDescription,
  NodeRoot,
  recordedNode,
} from '../../../lab/node/node-root.ts';
import { seconds } from '../../../patience.ts';
import { isInstalled } from '../is-installed.ts';

const shells = [
  { shell: 'dash', command: ['dash'] },
  { shell: 'bash', command: ['bash', '--posix'] },
  { shell: 'busybox', command: ['busybox', 'sh'] },
] as const;

function run(description: NodeDescription, [command, ...options]: readonly string[] = ['sh']) {
  const root = new NodeRoot(description);
  try {
    return spawnSync(command ?? 'sh', [...options, '-c', kubeletProbeScript({ root: root.path })], {
      encoding: 'utf8',
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds(15),
    });
  } finally {
    root[Symbol.dispose]();
  }
}

function answerOf(description: NodeDescription, command?: readonly string[]): ProbeAnswer {
  const { stdout, stderr, status } = run(description, command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const body = decodeAnswer(stdout);
  if (!body.ok) throw new Error(`${body.error.because}: ${stdout}`);
  const answer = parseProbeAnswer(body.value);
  if (!answer.ok) throw new Error(`${answer.error}: ${new TextDecoder().decode(body.value)}`);
  return answer.value;
}

const configuration = (settings: object = {}) =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });
const kubelet = (options: Partial<LabProcess> = {}): LabProcess => ({
  pid: 4242,
  argv: ['/usr/bin/kubelet', '--config=/etc/kubernetes/kubelet/config.json'],
  ...options,
});
const withConfig = (file: LabFile, more: Readonly<Record<string, LabFile>> = {}): NodeDescription => ({
  processes: [kubelet()],
  files: { '/etc/kubernetes/kubelet/config.json': file, ...more },
});

function filesOf(answer: ProbeAnswer) {
  if (answer.outcome !== 'kubelet') throw new Error(`not a kubelet: ${JSON.stringify(answer)}`);
  return answer.files;
}
function aroundOf(answer: ProbeAnswer) {
  if (answer.outcome !== 'kubelet') throw new Error(`not a kubelet: ${JSON.stringify(answer)}`);
  return answer.around;
}
/** What SSM would keep, unpacked: all that left the node. */
function sentBy(description: NodeDescription): string {
  const body = decodeAnswer(run(description).stdout);
  if (!body.ok) throw new Error(body.error.because);
  return new TextDecoder().decode(body.value);
}
const derOf = (pem: string) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
const configOf = (description: NodeDescription) =>
  filesOf(answerOf(description)).files.get('/etc/kubernetes/kubelet/config.json');
const refused = (because: string) => ({ status: 'refused', because: expect.stringContaining(because) });

describe('the document', () => {
  it('has no parameters, one step for Linux with a time limit, and nothing that SSM would replace', () => {
    const document = kubeletProbeDocument();

    expect(Object.keys(document)).not.toContain('parameters');
    expect(document.mainSteps).toHaveLength(1);
    expect(document.mainSteps[0]).toMatchObject({
      action: 'aws:runShellScript',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '30' },
    });
    expect(document.mainSteps[0]?.inputs.runCommand.join('\n')).not.toContain('{{');
    expect(JSON.stringify(document).length).toBeLessThan(64 * 1024);
  });

  it('differs from the script that the lab runs in one line', () => {
    const deployed = kubeletProbeScript({ root: '' }).split('\n');
    const lab = kubeletProbeScript({ root: '/tmp/node' }).split('\n');

    const changed = deployed.flatMap((line, index) => (line === lab[index] ? [] : [[line, lab[index]]]));
    expect(lab).toHaveLength(deployed.length);
    expect(changed).toEqual([["root=''", "root='/tmp/node'"]]);
  });

  it.skipIf(!isInstalled('shellcheck'))('passes shellcheck as POSIX sh', () => {
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], {
      input: kubeletProbeScript({ root: '' }),
      encoding: 'utf8',
    });

    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });
});

const ca = new CertificateAuthority();

describe.each(shells)('under $shell', ({ shell, command }) => {
  it.skipIf(!isInstalled(shell))(
    'tells the arguments, the files, the modes and the client CA of a recorded AL2023 node in less than 4,000 characters',
    () => {
      const recorded = recordedNode('al2023-shape');
      const node = {
        ...recorded,
        files: {
          ...recorded.files,
          '/etc/kubernetes/pki/ca.crt': ca.pem,
          '/var/lib/kubelet/kubeconfig': { text: 'token: hunter2', mode: 0o600 },
        },
      };
      const { stdout } = run(node, command);
      const answer = answerOf(node, command);
      const files = filesOf(answer);

      // With the certificate of the lab's CA, which is ECDSA; EKS has RSA ones, some 600 bytes longer.
      expect(stdout.length).toBeLessThan(3_000);
      expect(aroundOf(answer)).toEqual({
        permissions: new Map([
          ['/var/lib/kubelet/kubeconfig', { status: 'read', mode: 0o600, owner: 'root', group: 'root' }],
          ['/etc/kubernetes/kubelet/config.json', { status: 'read', mode: 0o644, owner: 'root', group: 'root' }],
        ]),
        certificates: new Map([
          [
            '/etc/kubernetes/pki/ca.crt',
            { status: 'read', certificates: [derOf(ca.pem)], unclean: 0, ownedByRoot: true },
          ],
        ]),
      });
      expect(files).toMatchObject({
        commandLine: { from: 'proc', arguments: recorded.kubelet.argv },
        workingDirectory: '/',
        dropInDirectoryAlpha: false,
      });
      expect([...files.directories]).toEqual([
        [
          '/etc/kubernetes/kubelet/config.json.d',
          { status: 'read', files: ['/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf'] },
        ],
      ]);
      expect(Object.fromEntries(files.files)).toEqual(
        Object.fromEntries(Object.entries(recorded.files).map(([path, text]) => [path, { status: 'read', text }])),
      );
    },
  );

  it.skipIf(!isInstalled(shell))('ignores what only looks like the kubelet of the host', () => {
    const files = { '/etc/shadow': 'root:secret:19000:0:99999:7:::\n' };
    const argv = ['/usr/bin/kubelet', '--config=/etc/shadow'];
    const answer = answerOf(
      {
        files,
        processes: [
          {
            pid: 50,
            argv,
            cgroup: '0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-1.scope',
            pidNamespace: 'pid:[1]',
            mountNamespace: 'mnt:[1]',
          },
          { pid: 51, argv, cgroup: '12:pids:/kubepods/besteffort/pod1/2' },
          { pid: 52, argv, pidNamespace: 'pid:[2]' },
          { pid: 53, argv, mountNamespace: 'mnt:[2]' },
          { pid: 54, argv, uid: 1000 },
          { pid: 55, argv, rootDirectory: '/srv/jail' },
        ],
      },
      command,
    );

    expect(answer).toEqual({
      outcome: 'no-kubelet',
      ignored: [
        { where: 'in a pod', count: 2 },
        { where: 'in another PID namespace', count: 1 },
        { where: 'in another mount namespace', count: 1 },
        { where: 'of another user than root', count: 1 },
        { where: 'in another root directory', count: 1 },
      ],
    });
  });

  it.skipIf(!isInstalled(shell))('reads paths with blanks, quotes and wildcards, as they are', () => {
    const path = `/etc/my kubelet's/*[a] "b" $(touch pwned) config`;
    const files = filesOf(
      answerOf(
        {
          processes: [kubelet({ argv: ['/opt/a b/kubelet', '--config', path, '--config_dir', `${path}.d`] })],
          files: { [path]: configuration(), [`${path}.d/1 *.conf`]: configuration() },
        },
        command,
      ),
    );

    expect(files.files.get(path)).toEqual({ status: 'read', text: configuration() });
    expect(files.directories.get(`${path}.d`)).toEqual({ status: 'read', files: [`${path}.d/1 *.conf`] });
  });
});

describe('which process', () => {
  it.each(['file-sets-ca', 'flag-sets-ca', 'drop-in-sets-ca', 'no-config-file-legacy-defaults'])(
    'finds the one kubelet among the noise of the recorded ps (%s)',
    (name) => {
      const recorded = recordedNode(name);

      expect(filesOf(answerOf(recorded)).commandLine).toEqual({ from: 'proc', arguments: recorded.kubelet.argv });
    },
  );

  it('takes no grep, no registrar and no API server for a kubelet', () => {
    const argvs = [
      ['grep', '--color=auto', 'kubelet'],
      ['/csi-node-driver-registrar', '--kubelet-registration-path=/var/lib/kubelet/x'],
      ['/usr/local/bin/kube-apiserver', '--kubelet-client-certificate=/a', '--config=/etc/shadow'],
      ['tail', '-f', 'kubelet'],
    ];

    expect(answerOf({ processes: argvs.map((argv, index) => ({ pid: 100 + index, argv })) })).toEqual({
      outcome: 'no-kubelet',
      ignored: [],
    });
  });

  it('knows hyperkube kubelet', () => {
    expect(
      filesOf(
        answerOf({
          processes: [
            kubelet({ argv: ['/hyperkube', 'kubelet', '--v=2'] }),
            { pid: 7, argv: ['/hyperkube', 'proxy', '--kubelet=1'] },
          ],
        }),
      ).commandLine,
    ).toEqual({ from: 'proc', arguments: ['/hyperkube', 'kubelet', '--v=2'] });
  });

  it('names several kubelets of the host and sends no file of any', () => {
    expect(
      answerOf({ ...withConfig(configuration()), processes: [kubelet(), kubelet({ pid: 4300, parent: 77 })] }),
    ).toEqual({
      outcome: 'several-kubelets',
      ignored: [],
      processes: [
        { pid: 4242, parent: 1 },
        { pid: 4300, parent: 77 },
      ],
    });
  });

  it('is not confused by a child that the kubelet has just forked', () => {
    expect(
      answerOf({ ...withConfig(configuration()), processes: [kubelet(), kubelet({ pid: 4300, parent: 4242 })] })
        .outcome,
    ).toBe('kubelet');
  });

  it('says so when its shell has a file system of its own', () => {
    expect(answerOf({ ...withConfig(configuration()), shellMountNamespace: 'mnt:[9]' })).toMatchObject({
      outcome: 'not-supported',
      because: expect.stringContaining('container'),
    });
  });

  it('says whether KUBELET_CONFIG_DROPIN_DIR_ALPHA is set and nothing else of the environment', () => {
    const { stdout } = run({
      processes: [kubelet({ environment: { SECRET: 'hunter2', KUBELET_CONFIG_DROPIN_DIR_ALPHA: '' } })],
    });
    const body = decodeAnswer(stdout);

    expect(body.ok && new TextDecoder().decode(body.value)).toContain('alpha yes');
    expect(body.ok && new TextDecoder().decode(body.value)).not.toMatch(/hunter2|SECRET/);
  });

  it('sends no arguments that may hold a credential', () => {
    const answer = answerOf({
      processes: [kubelet({ argv: ['/usr/bin/kubelet', '--manifest_url-header=Authorization:Bearer x'] })],
    });

    expect(answer).toMatchObject({ outcome: 'not-supported', because: expect.stringContaining('--manifest-url') });
  });
});

describe('the configuration file', () => {
  it.each<[string, readonly string[], string]>([
    ['the last one wins', ['--config=/etc/old', '--config', '/etc/last'], '/etc/last'],
    ['a relative path counts from the working directory', ['--config=etc/last'], '/var/etc/last'],
    [
      'a flag that only begins alike is another one',
      ['--config=/etc/last', '--config-dir=/x', '--image-credential-provider-config=/etc/other'],
      '/etc/last',
    ],
    ['nothing counts after --', ['--config=/etc/last', '--', '--config=/etc/other'], '/etc/last'],
  ])('is found by words: %s', (_, flags, path) => {
    const files = filesOf(
      answerOf({
        processes: [kubelet({ argv: ['kubelet', ...flags], workingDirectory: '/var' })],
        files: { [path]: configuration() },
      }),
    );

    expect(files.files.get(path)).toEqual({ status: 'read', text: configuration() });
    expect(files.files.size).toBe(1);
  });

  it('is absent when nothing is there, or a link leads nowhere', () => {
    expect(configOf({ processes: [kubelet()] })).toEqual({ status: 'absent' });
    expect(configOf(withConfig({ link: '/nowhere' }))).toEqual({ status: 'absent' });
  });

  it('is read through symbolic links', () => {
    expect(
      configOf(withConfig({ link: '/data/a' }, { '/data/a': { link: '/data/b' }, '/data/b': configuration() })),
    ).toEqual({ status: 'read', text: configuration() });
  });

  it.each<[string, LabFile, string]>([
    ['a FIFO', { fifo: true }, 'not a regular file'],
    ['a directory', { directory: true }, 'not a regular file'],
    ['a file of another user', { text: configuration(), uid: 1000 }, 'not belong to root'],
    ['a huge file', configuration({ x: 'y'.repeat(140_000) }), 'larger than'],
    [
      'a file that is no kubelet configuration',
      'root:KubeletConfiguration:19000:0:99999:7:::\n',
      'not a KubeletConfiguration',
    ],
    [
      'a file of which more or less is read than it should have',
      { link: '/../../../../proc/version' },
      'its size is not',
    ],
    ['a file with NUL bytes', `${configuration()}\0`, 'NUL'],
    [
      'a file that may hold a credential',
      configuration({ staticPodURLHeader: { Authorization: ['x'] } }),
      'staticPodURL',
    ],
    ['the same in other letters', configuration({ STATICPODUrlHeader: { Authorization: ['x'] } }), 'staticPodURL'],
    [
      'the same with a folded letter',
      configuration({ ſtaticPodURLHeader: { Authorization: ['x'] } }),
      'escapes or tags',
    ],
    [
      'an escaped letter in JSON',
      configuration().replace('{', '{"\\u0073taticPodURLHeader":{"a":["x"]},'),
      'escapes or tags',
    ],
    [
      'a folded letter, escaped',
      configuration().replace('{', '{"\\u017FtaticPodURLHeader":{"a":["x"]},'),
      'escapes or tags',
    ],
    [
      'an escaped letter in YAML',
      'kind: KubeletConfiguration\n"\\x73taticPodURLHeader": {a: [x]}\n',
      'escapes or tags',
    ],
    [
      'a long escape in YAML',
      'kind: KubeletConfiguration\n"\\U00000073taticPodURLHeader": {a: [x]}\n',
      'escapes or tags',
    ],
    [
      'an escaped line break in YAML',
      'kind: KubeletConfiguration\n? "static\\\n  PodURLHeader"\n: {a: [x]}\n',
      'escapes or tags',
    ],
    [
      'the same with a carriage return',
      'kind: KubeletConfiguration\n? "static\\\r\n  PodURLHeader"\n: {a: [x]}\n',
      'escapes or tags',
    ],
    [
      'a tag in YAML',
      'kind: KubeletConfiguration\n? !!binary c3RhdGljUG9kVVJMSGVhZGVy\n: {a: [x]}\n',
      'escapes or tags',
    ],
  ])('is not sent when it is %s', (_, file, because) => {
    expect(configOf(withConfig(file))).toEqual(refused(because));
  });

  it('may hold what Go escapes in JSON', () => {
    const text = configuration({ evictionHard: { 'memory.available': '<5%' } }).replace('<', '\\u003c');

    expect(configOf(withConfig(text))).toEqual({ status: 'read', text });
  });

  it('is not read by a path that the kubelet and the file system may understand differently', () => {
    const files = filesOf(
      answerOf({
        processes: [kubelet({ argv: ['kubelet', '--config=../etc/a'], workingDirectory: '/var' })],
        files: { '/etc/a': configuration() },
      }),
    );

    expect(files.files.get('/etc/a')).toEqual(refused('".."'));
  });

  it('is not looked for below a path with a line break', () => {
    const files = filesOf(
      answerOf({
        processes: [kubelet({ argv: ['kubelet', '--config=/etc/a\nb'] })],
        files: { '/etc/a\nb': configuration(), '/etc/a': configuration() },
      }),
    );

    expect([...files.files.values()]).toEqual([refused('line break')]);
  });
});

describe('what changed since the kubelet began', () => {
  const files: Readonly<Record<string, LabFile>> = {
    '/etc/kubernetes/kubelet/config.json': configuration(),
    '/etc/k.d/1.conf': configuration(),
    '/etc/k.d/2.conf': 'not one',
    '/etc/k.d/sub/note': 'no drop-in',
  };
  const changed = (secondsOld: number | 'not told', more: Readonly<Record<string, LabFile>> = {}, config?: string) => {
    const { times, startedAt } = filesOf(
      answerOf({
        processes: [
          kubelet({
            argv: [
              '/usr/bin/kubelet',
              `--config=${config ?? '/etc/kubernetes/kubelet/config.json'}`,
              '--config-dir=/etc/k.d/',
            ],
            secondsOld,
          }),
        ],
        files: { ...files, ...more },
      }),
    );
    return changedSinceStart({ ...(startedAt !== undefined && { startedAt }), ...(times && { times }) });
  };

  it('is every file, folder and sub-folder that has a time after it, and every link on the way', () => {
    const folders = ['/etc/kubernetes/kubelet', '/etc/kubernetes'];
    const all = ['/etc/k.d', '/etc/k.d/sub', '/etc/k.d/1.conf'];
    expect(changed(3_600)).toEqual(['/etc/kubernetes/kubelet/config.json', ...folders, ...all]);
    expect(
      changed(
        3_600,
        { '/etc/here': { link: '/etc/there' }, '/etc/there': { link: '/etc/kubernetes' } },
        '/etc/here/kubelet/config.json',
      ),
    ).toEqual(['/etc/here/kubelet/config.json', ...folders, '/etc/here', '/etc/there', ...all]);
  });

  it('is nothing where the kubelet began after it', () => {
    expect(changed(-1)).toEqual([]);
  });

  it('is not known where it began in the future, by another clock than that of the probe', () => {
    expect(changed(-30)).toBeUndefined();
  });

  it('is not known where nobody knows when the kubelet began', () => {
    expect(changed('not told')).toBeUndefined();
  });

  it('tells when the process began to the hundredth of a second', () => {
    const before = Date.now() / 1000;
    const { startedAt = 0 } = filesOf(answerOf({ processes: [kubelet({ secondsOld: 600 })], files }));
    expect(startedAt).toBeGreaterThan(before - 601.1);
    expect(startedAt).toBeLessThan(Date.now() / 1000 - 599.9);
  });
});

describe('a config directory that is no plain directory', () => {
  const conf = { '/etc/real/1.conf': configuration() };
  const directoryAt = (path: string, files: Readonly<Record<string, LabFile>>) => {
    const found = filesOf(answerOf({ processes: [kubelet({ argv: ['kubelet', `--config-dir=${path}`] })], files }));
    return [...found.directories.values()];
  };

  it('is not walked when it is a link, and is with a slash at its end', () => {
    const files = { ...conf, '/etc/k.d': { link: '/etc/real' } };
    expect(directoryAt('/etc/k.d', files)).toEqual([{ status: 'not-walked' }]);
    expect(directoryAt('/etc/k.d/', files)).toEqual([{ status: 'read', files: ['/etc/k.d/1.conf'] }]);
  });

  it('is not walked when it is a file, unless its name makes it a drop-in', () => {
    expect(directoryAt('/etc/k', { '/etc/k': 'x' })).toEqual([{ status: 'not-walked' }]);
    expect(directoryAt('/etc/k.conf', { '/etc/k.conf': 'x' })).toEqual([refused('name is that of a drop-in')]);
  });
});

it.each([
  ['a lone CR', '# x\rauthentication: {}'],
  ['U+0085', '# x\u0085authentication: {}'],
  ['U+2028', '# x\u2028authentication: {}'],
  ['U+2029', '# x\u2029authentication: {}'],
  ['U+FFFD', '# \ufffd'],
  ['a control character', '# \u0007'],
  ['DEL', '# \u007f'],
  ['a C1 control', '# \u0090'],
])('sends no file with %s', (_, line) => {
  expect(configOf(withConfig(`${configuration()}\n${line}\n`))).toEqual(refused('line ends'));
});

it('sends a file with CRLF, tabs and words of other scripts', () => {
  const text = `${configuration()}\r\n#\tдополнение 設定 é\r\n`;
  expect(configOf(withConfig(text))).toEqual({ status: 'read', text });
});

it('finds the configuration file as the kubelet splits its arguments: a value flag takes the next word', () => {
  const argv = ['kubelet', '--provider-id', '--config=/not/this', '-v', '--config=/nor/this', '--config', '/etc/k'];
  const files = filesOf(answerOf({ processes: [kubelet({ argv })], files: { '/etc/k': configuration() } }));
  expect([...files.files.keys()]).toEqual(['/etc/k']);
});

describe('the drop-ins', () => {
  const directory = '/etc/kubernetes/kubelet/config.json.d';
  const dropIns = (files: Readonly<Record<string, LabFile>>) =>
    filesOf(answerOf({ processes: [kubelet({ argv: ['kubelet', `--config-dir=${directory}`] })], files }));
  const many = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${directory}/${index}.conf`, text]));

  it('are all files below the directory whose names end in .conf, and no others', () => {
    const files = dropIns({
      [`${directory}/b.conf`]: configuration(),
      [`${directory}/sub/a.conf`]: configuration(),
      [`${directory}/c.yaml`]: configuration(),
      [`${directory}/d.conf/e`]: 'x',
    });

    expect(files.directories.get(directory)).toEqual({
      status: 'read',
      files: [`${directory}/b.conf`, `${directory}/sub/a.conf`],
    });
    expect([...files.files.keys()]).toEqual([`${directory}/b.conf`, `${directory}/sub/a.conf`]);
  });

  it('are refused one by one like the main file', () => {
    const files = dropIns({
      [`${directory}/1.conf`]: 'not one',
      [`${directory}/2.conf`]: { fifo: true },
      [`${directory}/3.conf`]: { link: '/etc/shadow' },
      '/etc/shadow': 'root:x',
    });

    expect([...files.files.values()]).toEqual([
      refused('not a KubeletConfiguration'),
      refused('not a regular file'),
      refused('not a KubeletConfiguration'),
    ]);
  });

  it('are an empty list in an empty directory, and absent without one', () => {
    expect(dropIns({ [directory]: { directory: true } }).directories.get(directory)).toEqual({
      status: 'read',
      files: [],
    });
    expect(dropIns({}).directories.get(directory)).toEqual({ status: 'absent' });
  });

  it.each<[string, Readonly<Record<string, LabFile>>, string]>([
    ['deeper than the probe looks', { [`${directory}/1/2/3/4/5/6.conf`]: configuration() }, 'listed whole'],
    ['too many', many(65, 'x'), 'more than 64'],
    ['named with a line break', { [`${directory}/a\nb.conf`]: configuration() }, 'line break'],
  ])('are not read at all when they are %s', (_, files, because) => {
    expect(dropIns(files).directories.get(directory)).toEqual(refused(because));
  });

  it('that are more than an SSM answer holds are said to be so', () => {
    let seed = 1;
    const noise = Array.from({ length: 30_000 }, () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return String.fromCharCode(97 + (seed % 26));
    }).join('');

    expect(
      answerOf({
        processes: [kubelet({ argv: ['kubelet', `--config-dir=${directory}`] })],
        files: many(3, configuration({ noise })),
      }),
    ).toMatchObject({ outcome: 'not-supported', because: expect.stringContaining('24,000') });
  });

  it('stop at 256 KB together', () => {
    const files = dropIns(many(4, configuration({ x: 'y'.repeat(120_000) })));

    expect([...files.files.values()].filter((each) => each.status === 'read')).toHaveLength(3);
    expect([...files.files.values()].at(-1)).toEqual(refused('larger than'));
  });
});

describe('mode and owner', () => {
  const permissionsOf = (argv: readonly string[], files: Readonly<Record<string, LabFile>>) =>
    aroundOf(answerOf({ processes: [kubelet({ argv: ['kubelet', ...argv], workingDirectory: '/var' })], files }))
      .permissions;

  it('are those of the file at the end of the links, whoever owns it', () => {
    const seen = permissionsOf(['--kubeconfig', 'lib/kubeconfig', '--config=/etc/config'], {
      '/var/lib/kubeconfig': { link: '/data/kubeconfig' },
      '/data/kubeconfig': { text: 'x', uid: 1000, gid: 0, mode: 0o666 },
      '/etc/config': { text: configuration(), mode: 0o600 },
    });

    expect([...seen]).toEqual([
      ['/var/lib/kubeconfig', { status: 'read', mode: 0o666, owner: '1000', group: 'root' }],
      ['/etc/config', { status: 'read', mode: 0o600, owner: 'root', group: 'root' }],
    ]);
  });

  it('are not told when no flag names the files', () => {
    expect(permissionsOf(['--v=2'], {}).size).toBe(0);
  });

  it.each<[string, LabFile | undefined, unknown]>([
    ['is missing', undefined, { status: 'absent' }],
    ['is a FIFO', { fifo: true }, refused('not a regular file')],
    ['is a device', { link: '/../../../../../dev/zero' }, refused('not a regular file')],
  ])('are not told of a kubeconfig that %s', (_, file, expected) => {
    const seen = permissionsOf(['--kubeconfig=/etc/kubeconfig'], file ? { '/etc/kubeconfig': file } : {});

    expect(seen.get('/etc/kubeconfig')).toEqual(expected);
  });

  it('are all that leaves the node of a kubeconfig', () => {
    const files = { '/etc/kubeconfig': 'users: [{user: {token: hunter2}}]' };

    expect(sentBy({ processes: [kubelet({ argv: ['kubelet', '--kubeconfig=/etc/kubeconfig'] })], files })).not.toMatch(
      /hunter2|users/,
    );
  });
});

describe('the client CA', () => {
  const second = new CertificateAuthority('another');
  const key = second.issue({ commonName: 'x' }).keyPem;
  const bundleOf = (file: LabFile) =>
    aroundOf(
      answerOf({
        processes: [kubelet({ argv: ['kubelet', '--client-ca-file=/ca.crt'] })],
        files: { '/ca.crt': file },
      }),
    ).certificates.get('/ca.crt');
  const whole = (...pems: readonly string[]) => ({
    status: 'read',
    certificates: pems.map(derOf),
    unclean: 0,
    ownedByRoot: true,
  });

  it.each<[string, Partial<LabProcess>, Readonly<Record<string, LabFile>>, string]>([
    ['a flag', { argv: ['kubelet', '--client-ca-file', '/pki/ca.crt'] }, {}, '/pki/ca.crt'],
    ['a flag in another spelling', { argv: ['kubelet', '--client_ca-file=/pki/ca.crt'] }, {}, '/pki/ca.crt'],
    [
      'a relative flag',
      { argv: ['kubelet', '--client-ca-file=pki/ca.crt'], workingDirectory: '/var' },
      {},
      '/var/pki/ca.crt',
    ],
    [
      'a JSON file in one line',
      {},
      {
        '/etc/kubernetes/kubelet/config.json': configuration({
          authentication: { x509: { clientCAFile: '/pki/ca.crt' } },
        }),
      },
      '/pki/ca.crt',
    ],
    [
      'a YAML file, relative to its folder',
      {},
      {
        '/etc/kubernetes/kubelet/config.json':
          "kind: KubeletConfiguration\nauthentication:\n  x509:\n    clientCAFile: pki/ca.crt   # the cluster's\n",
      },
      '/etc/kubernetes/kubelet/pki/ca.crt',
    ],
    [
      'a YAML flow',
      {},
      {
        '/etc/kubernetes/kubelet/config.json':
          'kind: KubeletConfiguration\nauthentication: {x509: {clientCAFile: /pki/ca.crt}}\n',
      },
      '/pki/ca.crt',
    ],
    [
      'a drop-in, its key in other letters',
      { argv: ['kubelet', '--config-dir=/d'] },
      { '/d/1.conf': 'kind: KubeletConfiguration\nauthentication: {x509: {clientcafile: "/pki/ca.crt"}}\n' },
      '/pki/ca.crt',
    ],
  ])('is found by %s', (_, process, files, path) => {
    const answer = answerOf({ processes: [kubelet(process)], files: { ...files, [path]: ca.pem } });

    expect(aroundOf(answer).certificates.get(path)).toEqual(whole(ca.pem));
  });

  it.each<[string, string, unknown]>([
    ['one certificate', ca.pem, whole(ca.pem)],
    ['two, with words between', `# ours\n${ca.pem}\nand theirs:\n${second.pem}`, whole(ca.pem, second.pem)],
    ['lines that end as on Windows', ca.pem.replaceAll('\n', '\r\n'), whole(ca.pem)],
    ['no line break at its end', ca.pem.trimEnd(), whole(ca.pem)],
    ['a private key beside the certificate', `${key}${ca.pem}${key}`, whole(ca.pem)],
    ['nothing', '', whole()],
    ['certificates of another kind', ca.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), whole()],
  ])('with %s', (_, text, expected) => {
    expect(bundleOf(text)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['a certificate that does not end', ca.pem.replace('-----END CERTIFICATE-----', '')],
    ['a password between its lines', ca.pem.replace('\n', '\nroot:$6$hunter2:19000:0\n')],
    ['a private key that begins like a certificate', key.replace('BEGIN PRIVATE KEY', 'BEGIN CERTIFICATE')],
    ['NUL bytes', ca.pem.replace('\nMII', '\nMI\0I')],
  ])('is marked, and nothing of the block is sent, when it holds %s', (_, text) => {
    expect(bundleOf(text)).toEqual({ status: 'read', certificates: [], unclean: 1, ownedByRoot: true });
  });

  it.each<[string, LabFile, unknown]>([
    ['a FIFO', { fifo: true }, refused('not a regular file')],
    ['a device', { link: '/../../../../../dev/zero' }, refused('not a regular file')],
    ['larger than 256 KB', 'x'.repeat(300_000), refused('larger than')],
    ['nine certificates', ca.pem.repeat(9), refused('more than 8 certificates')],
    ['a link to nowhere', { link: '/nowhere' }, { status: 'absent' }],
  ])('is not read when it is %s', (_, file, expected) => {
    expect(bundleOf(file)).toEqual(expected);
  });

  it('may belong to somebody else than root, which is said', () => {
    expect(bundleOf({ text: ca.pem, uid: 1000 })).toEqual({ ...whole(ca.pem), ownedByRoot: false });
  });

  it('gives way when the answer would be too long, and says so', () => {
    let seed = 3;
    const noise = Array.from({ length: 26_000 }, () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return String.fromCharCode(97 + (seed % 26));
    }).join('');
    const bundle = Array.from({ length: 6 }, (_, index) => new CertificateAuthority(`ca ${index}`).pem).join('');
    const x509 = { clientCAFile: '/ca.crt' };
    const answer = answerOf(withConfig(configuration({ authentication: { x509 }, noise }), { '/ca.crt': bundle }));

    expect(filesOf(answer).files.size).toBe(1);
    expect(aroundOf(answer).certificates.get('/ca.crt')).toEqual(refused('24,000'));
  });
});

describe("Bottlerocket's container", () => {
  const answerOfApi = (api: BottlerocketApi) => answerOf(bottlerocketNode(api));

  it.each(shells.filter(({ shell }) => isInstalled(shell)))(
    "gives the node's own report and two settings, under $shell",
    ({ command }) => {
      const node = bottlerocketNode({ clusterCa: ca.pem, standaloneMode: false });
      const { stdout } = run(node, command);

      expect(stdout.length).toBeLessThan(24_000);
      expect(answerOf(node, command)).toEqual({
        outcome: 'bottlerocket',
        ignored: [],
        report: { status: 'read', text: `${bottlerocketReport()}\n` },
        settings: { status: 'read', text: expect.stringContaining('"standalone-mode": false') },
      });
    },
  );

  it('is believed to be one only with the API client and the folder of host containers', () => {
    const { files = {} } = bottlerocketNode();
    for (const path of Object.keys(files)) {
      const { [path]: _, ...others } = files;

      expect(answerOf({ files: others }).outcome).not.toBe('bottlerocket');
    }
  });

  it.each([
    ['nothing', 'exit 1', 'printed nothing'],
    ['without end', 'exec yes 0123456789abcdef', 'more than 64 KB'],
  ])('may answer %s', (_, client, because) => {
    expect(answerOfApi({ client })).toMatchObject({ report: refused(because), settings: refused(because) });
  });
});
