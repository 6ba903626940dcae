import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kubeletProbeDocument, kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { CertificateAuthority } from '../../../lab/kubernetes/certificates.ts';
import { type LabFile, recordedNode } from '../../../lab/node/node-root.ts';
import { isInstalled } from '../is-installed.ts';
import {
  answerOf,
  configPath,
  configuration,
  derOf,
  filesOf,
  kubelet,
  kubeletOf,
  noise,
  probe,
  refused,
  shells,
  withConfig,
  withFlags,
} from './probed-node.ts';

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
    'sends arguments, files, modes and client CA of a recorded AL2023 node in less than 3,000 characters, and nothing of what only looks like its kubelet',
    () => {
      const recorded = recordedNode('al2023-shape');
      const argv = ['/usr/bin/kubelet', '--config=/etc/shadow'];
      const cgroup = '0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-1.scope';
      const lookAlikes = [
        { cgroup, pidNamespace: 'pid:[1]', mountNamespace: 'mnt:[1]' },
        { cgroup: '12:pids:/kubepods/besteffort/pod1/2' },
        { pidNamespace: 'pid:[2]' },
        { mountNamespace: 'mnt:[2]' },
        { uid: 1000 },
        { rootDirectory: '/srv/jail' },
      ].map((more, index) => ({ pid: 50_000 + index, argv, ...more }));
      const { stdout, sent, answer } = probe(
        {
          processes: [...recorded.processes, ...lookAlikes],
          files: {
            ...recorded.files,
            '/etc/shadow': 'root:secret:19000:0:99999:7:::\n',
            '/etc/kubernetes/pki/ca.crt': ca.pem,
            '/var/lib/kubelet/kubeconfig': { text: 'token: hunter2', mode: 0o600 },
          },
        },
        command,
      );
      const { files, around, ignored } = kubeletOf(answer);

      // With the certificate of the lab's CA, which is ECDSA; EKS has RSA ones, some 600 bytes longer.
      expect(stdout.length).toBeLessThan(3_000);
      expect(sent).not.toMatch(/secret|hunter2/);
      expect(ignored.map(({ where, count }) => `${count} ${where}`)).toEqual([
        '2 in a pod',
        '1 in another PID namespace',
        '1 in another mount namespace',
        '1 of another user than root',
        '1 in another root directory',
      ]);
      const ofRoot = { status: 'read', owner: 'root', group: 'root' };
      expect([...around.permissions]).toEqual([
        ['/var/lib/kubelet/kubeconfig', { ...ofRoot, mode: 0o600 }],
        ['/etc/kubernetes/kubelet/config.json', { ...ofRoot, mode: 0o644 }],
      ]);
      const certificates = [derOf(ca.pem)];
      expect([...around.certificates]).toEqual([
        ['/etc/kubernetes/pki/ca.crt', { status: 'read', certificates, unclean: 0, ownedByRoot: true }],
      ]);
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

  it.skipIf(!isInstalled(shell))('reads paths with blanks, quotes and wildcards, as they are', () => {
    const path = `/etc/my kubelet's/*[a] "b" $(touch pwned) config`;
    const { files } = kubeletOf(
      probe(
        {
          processes: [kubelet({ argv: ['/opt/a b/kubelet', '--config', path, '--config_dir', `${path}.d`] })],
          files: { [path]: configuration(), [`${path}.d/1 *.conf`]: configuration() },
        },
        command,
      ).answer,
    );

    expect(files.files.get(path)).toEqual({ status: 'read', text: configuration() });
    expect(files.directories.get(`${path}.d`)).toEqual({ status: 'read', files: [`${path}.d/1 *.conf`] });
  });
});

describe('which process', () => {
  it('takes hyperkube kubelet for one, and no grep, no registrar and no API server', () => {
    const argvs = [
      ['/hyperkube', 'kubelet', '--v=2'],
      ['/hyperkube', 'proxy', '--kubelet=1'],
      ['grep', '--color=auto', 'kubelet'],
      ['/csi-node-driver-registrar', '--kubelet-registration-path=/var/lib/kubelet/x'],
      ['/usr/local/bin/kube-apiserver', '--kubelet-client-certificate=/a', '--config=/etc/shadow'],
      ['tail', '-f', 'kubelet'],
    ];
    const answer = answerOf({ processes: argvs.map((argv, index) => ({ pid: 100 + index, argv })) });

    expect(answer.ignored).toEqual([]);
    expect(kubeletOf(answer).files.commandLine).toEqual({ from: 'proc', arguments: argvs[0] });
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

  it('is not confused by a child that the kubelet has just forked, and sends one word of its environment', () => {
    const environment = { SECRET: 'hunter2', KUBELET_CONFIG_DROPIN_DIR_ALPHA: '' };
    const { sent, answer } = probe({ processes: [kubelet({ environment }), kubelet({ pid: 4300, parent: 4242 })] });

    expect(sent).toContain('alpha yes');
    expect(sent).not.toMatch(/hunter2|SECRET/);
    // Nor by a configuration file that is not there.
    expect(kubeletOf(answer).files.files.get(configPath)).toEqual({ status: 'absent' });
  });

  it('says so when its shell has a file system of its own', () => {
    expect(answerOf({ ...withConfig(configuration()), shellMountNamespace: 'mnt:[9]' })).toMatchObject({
      outcome: 'not-supported',
      because: expect.stringContaining('container'),
    });
  });

  it('sends no arguments that may hold a credential', () => {
    expect(answerOf(withFlags(['--manifest_url-header=Authorization:Bearer x'], {}))).toMatchObject({
      outcome: 'not-supported',
      because: expect.stringContaining('--manifest-url'),
    });
  });
});

describe('the configuration file', () => {
  it('is found as the kubelet splits its arguments: a value flag takes the next word, and the last --config wins', () => {
    const flags = [
      '--config=/etc/old',
      '--provider-id',
      '--config=/not/this',
      '-v',
      '--config=/nor/this',
      '--config-dir=/x',
      '--image-credential-provider-config=/etc/other',
      '--config',
      'etc/last',
      '--',
      '--config=/etc/other',
    ];
    const { files, directories } = filesOf(withFlags(flags, { '/var/etc/last': configuration() }));

    expect([...files]).toEqual([['/var/etc/last', { status: 'read', text: configuration() }]]);
    expect([...directories]).toEqual([['/x', { status: 'absent' }]]);
  });

  it('is not read by a path with a line break', () => {
    const files = { '/etc/a\nb': configuration() };
    expect([...filesOf(withFlags(['--config=/etc/a\nb'], files)).files.values()]).toEqual([refused('line break')]);
  });

  it.each(['../etc/a', '/etc/link/../a', '/nowhere/../etc/a', '/../etc/./x/..//a'])(
    'is found as the kubelet shortens its path, without a look at links: %s',
    (path) => {
      const files = {
        '/etc/a': configuration(),
        '/etc/link': { link: '/opt/deep' },
        '/opt/deep/x': 'x',
        '/opt/a': 'x',
      };
      const read = { status: 'read', text: configuration() };
      expect([...filesOf(withFlags([`--config=${path}`], files)).files]).toEqual([['/etc/a', read]]);
    },
  );
});

describe('one file of a configuration', () => {
  const kept: readonly (readonly [string, string])[] = [
    ['what Go escapes in JSON', configuration({ evictionHard: { 'memory.available': '<5%' } }).replace('<', '\\u003c')],
    ['CRLF, tabs and words of other scripts', `${configuration()}\r\n#\tдополнение 設定 é\r\n`],
  ];
  const line = (text: string) => `${configuration()}\n${text}\n`;
  const hidden = 'escapes or tags';
  const yaml = (text: string) => `kind: KubeletConfiguration\n${text}: {a: [x]}\n`;
  const json = (key: string) => configuration().replace('{', `{"${key}":{"a":["x"]},`);
  const notSent: readonly (readonly [string, LabFile, string])[] = [
    ['a FIFO', { fifo: true }, 'not a regular file'],
    ['a file of another user', { text: configuration(), uid: 1000 }, 'not belong to root'],
    ['a huge file', configuration({ x: 'y'.repeat(140_000) }), 'larger than'],
    ['no kubelet configuration', 'root:KubeletConfiguration:19000:0:99999:7:::\n', 'not a KubeletConfiguration'],
    [
      'a file of which more or less is read than it should have',
      { link: '/../../../../proc/version' },
      'its size is not',
    ],
    ['a file with NUL bytes', `${configuration()}\0`, 'NUL'],
    ['a file that may hold a credential', json('staticPodURLHeader'), 'staticPodURL'],
    ['the same in other letters', json('STATICPODUrlHeader'), 'staticPodURL'],
    ['the same with a folded letter', json('ſtaticPodURLHeader'), hidden],
    ['an escaped letter in JSON', json('\\u0073taticPodURLHeader'), hidden],
    ['a folded letter, escaped', json('\\u017FtaticPodURLHeader'), hidden],
    ['an escaped letter in YAML', yaml('"\\x73taticPodURLHeader"'), hidden],
    ['a long escape in YAML', yaml('"\\U00000073taticPodURLHeader"'), hidden],
    ['an escaped line break in YAML', yaml('? "static\\\n  PodURLHeader"\n'), hidden],
    ['the same with a carriage return', yaml('? "static\\\r\n  PodURLHeader"\n'), hidden],
    ['a tag in YAML', yaml('? !!binary c3RhdGljUG9kVVJMSGVhZGVy\n'), hidden],
    ['a file with a lone CR', line('# x\rauthentication: {}'), 'line ends'],
    ['a file with U+0085', line('# x\u0085authentication: {}'), 'line ends'],
    ['a file with U+2028', line('# x\u2028authentication: {}'), 'line ends'],
    ['a file with U+2029', line('# x\u2029authentication: {}'), 'line ends'],
    ['a file with U+FFFD', line('# \ufffd'), 'line ends'],
    ['a file with a control character', line('# \u0007'), 'line ends'],
    ['a file with DEL', line('# \u007f'), 'line ends'],
    ['a file with a C1 control', line('# \u0090'), 'line ends'],
  ];
  const place = (index: number) => `/d/${index}.conf`;
  /** All of them lie on one node. The code that refuses the main file refuses each drop-in. */
  const { files } = filesOf(
    withFlags(
      ['--config-dir=/d'],
      Object.fromEntries([...notSent, ...kept].map(([, file], index) => [place(index), file])),
    ),
  );

  it.each(notSent.map(([what, , because], index) => [what, because, index] as const))(
    'is not sent when it is %s',
    (_, because, index) => {
      expect(files.get(place(index))).toEqual(refused(because));
    },
  );

  it.each(kept.map(([what, text], index) => [what, text, notSent.length + index] as const))(
    'is sent with %s',
    (_, text, index) => {
      expect(files.get(place(index))).toEqual({ status: 'read', text });
    },
  );
});

describe('the drop-ins', () => {
  const directory = '/etc/kubernetes/kubelet/config.json.d';
  const dropIns = (files: Readonly<Record<string, LabFile>>) =>
    filesOf(withFlags([`--config-dir=${directory}`], files));
  const many = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${directory}/${index}.conf`, text]));

  it.each<[string, Readonly<Record<string, LabFile>>, string]>([
    ['deeper than the probe looks', { [`${directory}/1/2/3/4/5/6.conf`]: configuration() }, 'listed whole'],
    ['too many', many(65, 'x'), 'more than 64'],
    ['named with a line break', { [`${directory}/a\nb.conf`]: configuration() }, 'line break'],
  ])('are not read at all when they are %s', (_, files, because) => {
    expect(dropIns(files).directories.get(directory)).toEqual(refused(because));
  });

  it.each<[what: string, path: string, found: unknown]>([
    [
      'a path whose dots the kernel follows like the kubelet',
      '/etc/sub/../d',
      { status: 'read', files: ['/etc/d/1.conf'] },
    ],
    ['a path that ends in dots', '/etc/d/sub/..', { status: 'read', files: ['/etc/d/1.conf'] }],
    ['dots behind a link, which lead elsewhere', '/etc/link/../d', refused('".." in it')],
    ['dots behind a folder that is not there', '/etc/nowhere/../d', { status: 'absent' }],
    ['dots behind a file', '/etc/file.conf/../d', { status: 'absent' }],
    ['a file with the name of a drop-in', '/etc/file.conf', { status: 'read', files: ['/etc/file.conf'] }],
  ])('are found by %s', (_, path, found) => {
    const files = {
      '/etc/sub/x': 'x',
      '/etc/d/1.conf': configuration(),
      '/etc/d/sub/x': 'x',
      '/etc/file.conf': configuration(),
      '/etc/link': { link: '/opt/deep' },
      '/opt/deep/x': 'x',
      '/opt/d/2.conf': configuration(),
    };
    const read = filesOf(withFlags([`--config-dir=${path}`], files));
    expect([...read.directories.values()]).toEqual([found]);
    for (const each of read.files.values()) expect(each).toEqual({ status: 'read', text: configuration() });
  });

  it('are refused together when they are more than an SSM answer holds', () => {
    expect(
      answerOf(withFlags([`--config-dir=${directory}`], many(3, configuration({ noise: noise(30_000) })))),
    ).toMatchObject({ outcome: 'not-supported', because: expect.stringContaining('24,000') });
  });

  it('stop at 256 KB together', () => {
    const files = dropIns(many(4, configuration({ x: 'y'.repeat(120_000) })));

    expect([...files.files.values()].filter((each) => each.status === 'read')).toHaveLength(3);
    expect([...files.files.values()].at(-1)).toEqual(refused('larger than'));
  });
});
