import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kubeletProbeDocument, kubeletProbeScript } from '../../../infra/documents/kubelet-probe.ts';
import { decodeAnswer } from '../../../lambda/adapters/ssm/decode-answer.ts';
import { type ProbeAnswer, parseProbeAnswer } from '../../../lambda/core/kubelet/probe-answer.ts';
import { type LabFile, type LabProcess, type NodeDescription, NodeRoot, recordedNode } from '../../lab/node-root.ts';

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

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
      timeout: 15_000,
    });
  } finally {
    root[Symbol.dispose]();
  }
}

function answerOf(description: NodeDescription, command?: readonly string[]): ProbeAnswer {
  const { stdout, stderr, status } = run(description, command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const body = decodeAnswer(stdout);
  if (!body.ok) throw new Error(`${body.error}: ${stdout}`);
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

  it.skipIf(!has('shellcheck'))('passes shellcheck as POSIX sh', () => {
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], {
      input: kubeletProbeScript({ root: '' }),
      encoding: 'utf8',
    });

    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });
});

describe.each(shells)('under $shell', ({ shell, command }) => {
  it.skipIf(!has(shell))(
    'tells the arguments, the file and the drop-ins of a recorded AL2023 node in one SSM page',
    () => {
      const recorded = recordedNode('al2023-shape');
      const { stdout } = run(recorded, command);
      const files = filesOf(answerOf(recorded, command));

      expect(stdout.length).toBeLessThan(2_500);
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

  it.skipIf(!has(shell))('ignores what only looks like the kubelet of the host', () => {
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

  it.skipIf(!has(shell))('reads paths with blanks, quotes and wildcards, as they are', () => {
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
    [
      'a link, which the kubelet would not follow',
      { [directory]: { link: '/d' }, '/d/1.conf': configuration() },
      'symbolic link',
    ],
    ['a file', { [directory]: 'x' }, 'not a directory'],
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
