import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../../lambda/core/judge/controls/client-ca-file.ts';
import { namedFiles } from '../../../../../lambda/core/read/kubelet/command-line/named-files.ts';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { recordedText } from '../recorded.ts';

const folder = '/etc/kubernetes/kubelet';
const onWindows = 'C:\\ProgramData\\kubernetes\\kubelet-config.json';

/** What a recorded list says, with recorded files at these paths. */
const judged = (ps: string, files: Readonly<Record<string, string>> = {}) => {
  const commandLine = kubeletInPs(recordedText(`ps/${ps}.txt`));
  if (!commandLine.ok) throw new Error(commandLine.error);

  const read = (file: string) => ({ status: 'read', text: recordedText(`ps/${file}`) }) as const;
  const snapshots = Object.entries(files).map(([path, file]) => [path, read(file)] as const);
  const dropIns = Object.keys(files).filter((path) => path.endsWith('.conf'));
  const directories = new Map([[`${folder}/config.json.d`, { status: 'read', files: dropIns } as const]]);
  const node = { commandLine: commandLine.value, files: new Map(snapshots), directories };
  const facts = effectiveConfiguration(node, 'files');
  if (!facts.ok) throw new Error(facts.error.because);
  return { facts: facts.value, verdict: clientCaFile.judge(facts.value) };
};

describe('process lists of real nodes', () => {
  it.each([
    ['AL2', 'al2-eks-containerd-mng-ps-ef', { [`${folder}/kubelet-config.json`]: 'al2-eks-kubelet-config.json' }],
    [
      'AL2023 with the files of nodeadm',
      'al2023-eks-1.33-mng-ps-ef',
      {
        [`${folder}/config.json`]: 'al2023-nodeadm-config.json',
        [`${folder}/config.json.d/40-nodeadm.conf`]: 'al2023-nodeadm-40-nodeadm.conf.json',
      },
    ],
    [
      'Bottlerocket',
      'bottlerocket-eks-ps-fC',
      { [`${folder}/config`]: 'bottlerocket-eks-kubelet-config-partial.yaml' },
    ],
    ['Windows', 'windows-eks-service-pathname-DERIVED', { [onWindows]: 'windows-eks-kubelet-config-DERIVED.json' }],
  ])('pass a node of %s', (_, ps, files) => {
    const { facts, verdict } = judged(ps, files);
    expect(verdict).toMatchObject({ status: 'pass', evidence: { origin: { from: 'file' } } });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 0 });
  });

  it.each(['al2-eks-extra-args-ps-ef-with-grep', 'al2023-eks-1.33-mng-ps-ef'])('do not decide on %s alone', (ps) => {
    expect(judged(ps).verdict).toMatchObject({ status: 'unknown', because: expect.stringContaining('was not read') });
  });

  it('pass a kubelet of flags only, whose legacy defaults leave it open otherwise', () => {
    const { facts, verdict } = judged('kubeadm-legacy-flags-only-ps-aux');
    const notes = expect.arrayContaining([expect.stringContaining('anonymous')]);
    expect(verdict).toMatchObject({ status: 'pass', evidence: { origin: { from: 'flag' }, notes } });
    expect(facts.settings['authentication.anonymous.enabled']).toMatchObject({ value: true });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 10255 });
  });

  it('finds no kubelet where there is only a Fargate node’s description', () => {
    const error = 'no kubelet is in the process list';
    expect(kubeletInPs(recordedText('ps/fargate-node-describe-observed.txt'))).toEqual({ ok: false, error });
  });
});

describe('a process list', () => {
  const line = (pid: number, parent: number, command: string) =>
    `root ${pid} ${parent}  0 08:11 ?        00:00:02 ${command}`;
  const kubelet = '/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json --v=2 --node-ip=10.0.0.1';

  it('names several kubelets that nothing distinguishes, five of them at most', () => {
    const [of401, other] = [line(401, 1, kubelet), '/usr/bin/kubelet --config=/other'];
    expect(kubeletInPs(`${of401}\n${other}`)).toMatchObject({ value: { line: kubelet } });
    const error = (...lines: readonly string[]) => {
      const read = kubeletInPs(lines.join('\n'));
      return read.ok ? undefined : read.error;
    };
    expect(error(of401, line(502, 1, other))).toBe(
      `2 kubelets are in the process list (process 401: ${kubelet.slice(0, 59)}…; process 502: ${other})`,
    );
    const both = '2 kubelets are in the process list (process ?: kubelet --a; process ?: kubelet --b)';
    expect(error('kubelet --a', 'kubelet --b')).toBe(both);
    const five = [1, 2, 3, 4, 5].map((pid) => `process ${pid}: kubelet`).join('; ');
    const six = [1, 2, 3, 4, 5, 6].map((pid) => line(pid, 9, 'kubelet'));
    expect(error(...six)).toBe(`6 kubelets are in the process list (${five})`);
  });

  it('does not say which kubelet it is where a second one may be the rest of a line that is as long as another', () => {
    const wide = 'x'.repeat(kubelet.length);
    expect(kubeletInPs([wide, kubelet, '/usr/bin/kubelet --config=/other'].join('\n')).ok).toBe(false);
    expect(kubeletInPs([wide, kubelet, ' --event-qps=1'].join('\n')).ok).toBe(true);
  });

  it('is not read beyond 1 MB, and up to it in however many lines', () => {
    const sized = (size: number) => kubeletInPs('kubelet --config=/k\n'.padEnd(size));
    expect(sized(1024 * 1024)).toEqual({ ok: true, value: { from: 'ps', line: 'kubelet --config=/k' } });
    expect(sized(1024 * 1024 + 1)).toEqual({ ok: false, error: 'the process list is longer than 1 MB' });
    expect(kubeletInPs(`${'x\n'.repeat(400_000)}/usr/bin/kubelet --config=/etc/k\n`).ok).toBe(true);
  });
});

describe('the files that a command line names', () => {
  const named = (words: readonly string[]) => namedFiles({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] });

  it('are its configuration, its drop-ins and its kubeconfig, never a file that another flag names', () => {
    const others = ['--image-credential-provider-config=/etc/eks/config.json', '--config-dir=/d', '--kubeconfig=/k'];
    const at = (path: string) => ({ written: path, absolute: path });
    const value = { config: at('/c'), configDir: at('/d'), kubeconfig: at('/k') };
    expect(named([...others, '--config', '/c'])).toStrictEqual({ ok: true, value });
  });

  it('have no absolute path when they are relative and the working directory is not known', () => {
    expect(named(['--config=kubelet.json'])).toStrictEqual({
      ok: true,
      value: { config: { written: 'kubelet.json' } },
    });
  });
});

describe('texts that are no process list', () => {
  const unit = 'a systemd unit, which says how a kubelet is to be started and not how it was';
  const status = 'the output of systemctl status, which may cut the command line';
  it.each<readonly [string, string, readonly string[]]>([
    [
      'a systemd unit, or a part of one',
      unit,
      [
        '[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet --config=/k\n',
        ...[' [Service]\nEnvironment=KUBELET_ARGS=--x\n', '# x\n[Unit]\n', '[Install]\n'],
        ...['Start', 'StartPre', 'StartPost', 'Reload'].map((key) => `  Exec${key}=/kubelet --client-ca-file=/ca\n`),
      ],
    ],
    [
      'systemctl status, or a part of it',
      status,
      [
        '● kubelet.service - Kubelet\n   Loaded: loaded\n   CGroup: /x\n           └─42 /usr/bin/kubelet --config /k\n',
        ...['Loaded', 'Active', 'Main PID', 'CGroup'].map((key) => `kubelet\n  ${key}: x\n`),
      ],
    ],
  ])('are named for what they are: %s', (_, what, texts) => {
    const error = `this is ${what}: save /proc/PID/cmdline of the kubelet, or the output of ps -ef -ww`;
    for (const text of texts) expect(kubeletInPs(text)).toEqual({ ok: false, error });
  });

  it.each(['x [Unit]', 'x ExecStart=/usr/bin/kubelet', 'ExecStartX=1', 'x Loaded: y'])(
    'are not those with %s',
    (text) => {
      expect(kubeletInPs(text)).toEqual({ ok: false, error: 'no kubelet is in the process list' });
    },
  );
});
