import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../../lambda/core/judge/controls/client-ca-file.ts';
import { namedFiles } from '../../../../../lambda/core/read/kubelet/command-line/named-files.ts';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { recordedText } from '../recorded.ts';

const judged = (
  ps: string,
  files: Readonly<Record<string, string>> = {},
  directories: Readonly<Record<string, readonly string[]>> = {},
) => {
  const commandLine = kubeletInPs(recordedText(`ps/${ps}`));
  if (!commandLine.ok) throw new Error(commandLine.error);

  const facts = effectiveConfiguration(
    {
      commandLine: commandLine.value,
      files: new Map(
        Object.entries(files).map(([path, file]) => [path, { status: 'read', text: recordedText(`ps/${file}`) }]),
      ),
      directories: new Map(
        Object.entries(directories).map(([path, names]) => [path, { status: 'read', files: names }]),
      ),
    },
    'files',
  );
  if (!facts.ok) throw new Error(facts.error.because);
  return { facts: facts.value, verdict: clientCaFile.judge(facts.value) };
};

describe('process lists of real nodes', () => {
  it('passes an AL2 node by its file, past two csi-node-driver-registrar lines', () => {
    const { verdict } = judged('al2-eks-containerd-mng-ps-ef.txt', {
      '/etc/kubernetes/kubelet/kubelet-config.json': 'al2-eks-kubelet-config.json',
    });
    expect(verdict).toMatchObject({ status: 'pass', evidence: { origin: { from: 'file' } } });
  });

  it.each(['al2-eks-extra-args-ps-ef-with-grep.txt', 'al2023-eks-1.33-mng-ps-ef.txt'])(
    'does not know %s without its files',
    (ps) => {
      expect(judged(ps).verdict).toMatchObject({ status: 'unknown', because: expect.stringContaining('was not read') });
    },
  );

  it('passes an AL2023 node with the files of nodeadm', () => {
    const { verdict } = judged(
      'al2023-eks-1.33-mng-ps-ef.txt',
      {
        '/etc/kubernetes/kubelet/config.json': 'al2023-nodeadm-config.json',
        '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf': 'al2023-nodeadm-40-nodeadm.conf.json',
      },
      { '/etc/kubernetes/kubelet/config.json.d': ['/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf'] },
    );
    expect(verdict.status).toBe('pass');
  });

  it('passes a Bottlerocket node with an empty flag value by its YAML file', () => {
    expect(
      judged('bottlerocket-eks-ps-fC.txt', {
        '/etc/kubernetes/kubelet/config': 'bottlerocket-eks-kubelet-config-partial.yaml',
      }).verdict.status,
    ).toBe('pass');
  });

  it('passes a kubelet of flags only, whose legacy defaults leave it open otherwise', () => {
    const { facts, verdict } = judged('kubeadm-legacy-flags-only-ps-aux.txt');
    expect(verdict).toMatchObject({
      status: 'pass',
      evidence: { origin: { from: 'flag' }, notes: expect.arrayContaining([expect.stringContaining('anonymous')]) },
    });
    expect(facts.settings['authentication.anonymous.enabled']).toMatchObject({ value: true });
    expect(facts.settings['authorization.mode']).toMatchObject({ value: 'Webhook' });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 10255 });
  });

  it('passes a Windows node by its file', () => {
    const { facts, verdict } = judged('windows-eks-service-pathname-DERIVED.txt', {
      'C:\\ProgramData\\kubernetes\\kubelet-config.json': 'windows-eks-kubelet-config-DERIVED.json',
    });
    expect(verdict).toMatchObject({
      status: 'pass',
      evidence: { value: 'C:\\ProgramData\\Amazon\\EKS\\cluster_ca.crt' },
    });
    expect(facts.settings.readOnlyPort).toMatchObject({ state: 'known', value: 0 });
  });

  it('finds no kubelet where there is only a Fargate node’s description', () => {
    expect(kubeletInPs(recordedText('ps/fargate-node-describe-observed.txt'))).toEqual({
      ok: false,
      error: 'no kubelet is in the process list',
    });
  });
});

describe('a process list', () => {
  const line = (pid: number, parent: number, command: string) =>
    `root ${pid} ${parent}  0 08:11 ?        00:00:02 ${command}`;
  const kubelet = '/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json --v=2 --node-ip=10.0.0.1';

  it.each([
    'grep --color=auto kubelet',
    '/csi-node-driver-registrar --kubelet-registration-path=/var/lib/kubelet/plugins/csi.sock',
    '/usr/local/bin/kube-apiserver --client-ca-file=/etc/kubernetes/pki/ca.crt --kubelet-client-key=/k',
    '/usr/bin/kubelet-wrapper --client-ca-file=/ca.crt',
    'bash -c /usr/bin/kubelet --client-ca-file=/ca.crt',
  ])('takes %s for no kubelet', (command) => {
    expect(kubeletInPs(line(9, 1, command)).ok).toBe(false);
  });

  it.each([
    '/usr/bin/kubelet --v=2',
    'kubelet --v=2',
    '/hyperkube kubelet --v=2',
    '\\_ /usr/bin/kubelet --v=2',
    '"C:\\Program Files\\kubernetes\\kubelet.exe" --v=2',
  ])('takes %s for a kubelet', (command) => {
    expect(kubeletInPs(line(9, 1, command))).toMatchObject({ ok: true });
    expect(kubeletInPs(`${command}\n`)).toMatchObject({ ok: true });
  });

  it('chooses among several kubelets the one that process 1 started', () => {
    const nested = line(4000, 3900, '/usr/bin/kubelet --config=/nested --v=2');
    expect(kubeletInPs([nested, line(400, 1, kubelet)].join('\n'))).toMatchObject({
      ok: true,
      value: { line: kubelet },
    });
  });

  it('names several kubelets that it cannot tell apart', () => {
    expect(kubeletInPs([line(401, 1, kubelet), '/usr/bin/kubelet --config=/other'].join('\n'))).toMatchObject({
      ok: true,
      value: { line: kubelet },
    });
    expect(kubeletInPs([line(401, 1, kubelet), line(502, 1, '/usr/bin/kubelet --config=/other')].join('\n'))).toEqual({
      ok: false,
      error: `2 kubelets are in the process list (process 401: ${kubelet.slice(0, 59)}…; process 502: /usr/bin/kubelet --config=/other)`,
    });
    expect(kubeletInPs('kubelet --a\nkubelet --b\n')).toEqual({
      ok: false,
      error: '2 kubelets are in the process list (process ?: kubelet --a; process ?: kubelet --b)',
    });
    const six = [1, 2, 3, 4, 5].map((pid) => `process ${pid}: kubelet`).join('; ');
    expect(kubeletInPs([1, 2, 3, 4, 5, 6].map((pid) => line(pid, 9, 'kubelet')).join('\n'))).toEqual({
      ok: false,
      error: `6 kubelets are in the process list (${six})`,
    });
  });

  it('tells nothing when it ends in a flag whose value may be cut off', () => {
    const commandLine = { from: 'ps', line: '/usr/bin/kubelet --v=2 --client-ca-file' } as const;
    expect(effectiveConfiguration({ commandLine, files: new Map(), directories: new Map() }, 'files')).toMatchObject({
      ok: false,
      error: { kind: 'unreadable', because: expect.stringContaining('--client-ca-file needs a value') },
    });
  });

  it('is not read beyond 1 MB', () => {
    const sized = (size: number) => kubeletInPs('kubelet --config=/k\n'.padEnd(size));
    expect(sized(1024 * 1024)).toEqual({
      ok: true,
      value: { from: 'ps', line: 'kubelet --config=/k' },
    });
    expect(sized(1024 * 1024 + 1)).toEqual({ ok: false, error: 'the process list is longer than 1 MB' });
  });
});

describe('the files that a command line names', () => {
  const named = (words: readonly string[], workingDirectory?: string) =>
    namedFiles({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] }, workingDirectory);

  it('are its configuration, its drop-ins and its kubeconfig, never a file that another flag names', () => {
    const words = [
      '--image-credential-provider-config=/etc/eks/config.json',
      '--config-dir=/d',
      '--config',
      '/c',
      '--kubeconfig=/k',
    ];
    expect(named(words)).toEqual({
      ok: true,
      value: {
        config: { written: '/c', absolute: '/c' },
        configDir: { written: '/d', absolute: '/d' },
        kubeconfig: { written: '/k', absolute: '/k' },
      },
    });
  });

  it.each([
    ['kubelet.json', '/var/lib', '/var/lib/kubelet.json'],
    ['../etc/./kubelet//config', '/var/lib', '/var/etc/kubelet/config'],
    ['../../../etc/passwd', '/var', '/etc/passwd'],
    ['C:\\k\\config', 'C:\\work', 'C:\\k\\config'],
    ['C:/c', '/var', '/var/C:/c'],
    ['k.json', 'C:\\work', 'C:\\work\\k.json'],
  ])('resolve %s against %s', (written, directory, absolute) => {
    expect(named([`--config=${written}`], directory)).toEqual({ ok: true, value: { config: { written, absolute } } });
  });

  it('have no absolute path when they are relative and the working directory is not known', () => {
    expect(named(['--config=kubelet.json'])).toEqual({ ok: true, value: { config: { written: 'kubelet.json' } } });
  });

  it('are none when the flag is empty', () => {
    expect(named(['--config=', '--config-dir='])).toEqual({ ok: true, value: {} });
  });
});

it('finds the kubelet in a list of very many lines', () => {
  expect(kubeletInPs(`${'x\n'.repeat(400_000)}/usr/bin/kubelet --config=/etc/k\n`).ok).toBe(true);
});

describe('texts that are no process list', () => {
  const unit = 'a systemd unit, which says how a kubelet is to be started and not how it was';
  const status = 'the output of systemctl status, which may cut the command line';
  it.each<readonly [string, string, string]>([
    ['a systemd unit', '[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet --config=/k\n', unit],
    ['a drop-in of a unit', ' [Service]\nEnvironment=KUBELET_ARGS=--x\n', unit],
    ['the head of a unit', '# x\n[Unit]\n', unit],
    ['the end of a unit', '[Install]\n', unit],
    ...['ExecStart', 'ExecStartPre', 'ExecStartPost', 'ExecReload'].map(
      (key) => [`only its ${key}`, `  ${key}=/usr/bin/kubelet --client-ca-file=/ca\n`, unit] as const,
    ),
    [
      'systemctl status',
      '● kubelet.service - Kubernetes Kubelet\n   Loaded: loaded\n   Active: active (running)\n Main PID: 42 (kubelet)\n   CGroup: /runtime.slice/kubelet.service\n           └─42 /usr/bin/kubelet --config /k\n',
      status,
    ],
    ...['Loaded', 'Active', 'Main PID', 'CGroup'].map(
      (key) => [`only ${key} of it`, `kubelet\n  ${key}: x\n`, status] as const,
    ),
  ])('names %s for what it is', (_, text, what) => {
    expect(kubeletInPs(text)).toEqual({
      ok: false,
      error: `this is ${what}: save /proc/PID/cmdline of the kubelet, or the output of ps -ef -ww`,
    });
  });

  it.each(['x [Unit]', 'x ExecStart=/usr/bin/kubelet', 'ExecStartX=1', 'x Loaded: y'])(
    'takes a line that only mentions them for none of them: %s',
    (text) => {
      expect(kubeletInPs(text)).toEqual({ ok: false, error: 'no kubelet is in the process list' });
    },
  );

  it('reads the columns of ps ax, also those of another process before it', () => {
    const text = [
      '    PID TTY      STAT   TIME COMMAND',
      '      1 ?        Ss     0:03 /usr/lib/systemd/systemd',
      '   1714 ?        Ssl   12:41 /usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json --v=2',
      '   2201 pts/0    S+     0:00 grep --color=auto kubelet',
    ].join('\n');
    expect(kubeletInPs(text)).toEqual({
      ok: true,
      value: {
        from: 'ps',
        line: '/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json --v=2',
      },
    });
  });
});
