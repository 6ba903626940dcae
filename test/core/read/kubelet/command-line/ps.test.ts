import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../../lambda/core/judge/controls/client-ca-file.ts';
import { namedFiles } from '../../../../../lambda/core/read/kubelet/command-line/command-line.ts';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { recordedText } from '../recorded.ts';

const folder = '/etc/kubernetes/kubelet';
const onWindows = 'C:\\ProgramData\\kubernetes\\kubelet-config.json';

/** A list, and what recorded files at these paths make of it. */
const judgedText = (text: string, files: Readonly<Record<string, string>> = {}, options = {}) => {
  const commandLine = kubeletInPs(text, options);
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
const judged = (ps: string, files: Readonly<Record<string, string>> = {}, options = { isWhole: true }) =>
  judgedText(recordedText(`ps/${ps}.txt`), files, options);
const byWord = 'by --whole, the word of the caller, the row is whole';

describe('process lists of real nodes', () => {
  const al2 = [
    'al2-eks-containerd-mng-ps-ef',
    { [`${folder}/kubelet-config.json`]: 'al2-eks-kubelet-config.json' },
  ] as const;

  it.each([
    ['AL2', ...al2],
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
  ])('pass a node of %s by the word of the caller, which the verdict repeats', (_, ps, files) => {
    const { facts, verdict } = judged(ps, files);
    const notes = expect.arrayContaining([byWord]);
    expect(verdict).toMatchObject({ status: 'pass', evidence: { origin: { from: 'file' }, notes } });
    expect(facts.settings.readOnlyPort).toMatchObject({ value: 0 });
    const because = expect.stringContaining("tr '\\0' '\\n' < /proc/PID/cmdline");
    expect(judged(ps, files, { isWhole: false }).verdict).toEqual({ status: 'unknown', because });
  });

  it('pass a node of AL2 with the row of grep below, and say what that assumes', () => {
    const list = recordedText(`ps/${al2[0]}.txt`).trimEnd();
    const grep = 'ec2-user  7241  7137  0 08:01 pts/0    00:00:00 grep --color=auto kubelet';
    const notes = expect.arrayContaining([expect.stringContaining('with COLUMNS exported, the row may be cut')]);
    expect(judgedText(`${list}\n${grep}\n`, al2[1]).verdict).toMatchObject({ status: 'pass', evidence: { notes } });
  });

  it.each(['al2-eks-extra-args-ps-ef-with-grep', 'al2023-eks-1.33-mng-ps-ef'])('do not decide on %s alone', (ps) => {
    expect(judged(ps).verdict).toMatchObject({ status: 'unknown', because: expect.stringContaining('was not read') });
  });

  it('pass a kubelet of flags only, whose legacy defaults leave it open', () => {
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

it('the word of the caller does not count against a list that shows a cut', () => {
  const row = (pid: number, command: string) => `root ${pid} 1 0 08:11 ? 00:00:02 ${command}`.slice(0, 90);
  const list = `${row(401, `/usr/bin/kubelet --config=/k ${'--v=12 '.repeat(20)}`)}\n${row(502, `/x ${'y'.repeat(99)}`)}\n`;
  const because = expect.stringContaining('ends in the same column as another');
  expect(kubeletInPs(list, { isWhole: true })).toMatchObject({ value: { mayGoOn: because } });
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
        ' [Service]\nEnvironment=KUBELET_ARGS=--x\n',
        '# x\n[Unit]\n',
        '[Install]\n',
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
    const error = `this is ${what}; paste the output of tr '\\0' '\\n' < /proc/PID/cmdline`;
    for (const text of texts) expect(kubeletInPs(text)).toEqual({ ok: false, error });
  });

  it.each(['x [Unit]', 'x ExecStart=/usr/bin/x', 'ExecStartX=1', 'x Loaded: y'])('are not those with %s', (text) => {
    expect(kubeletInPs(text)).toEqual({ ok: false, error: 'no kubelet is in the process list' });
  });
});
