import { describe, expect, it } from 'vitest';
import type { KubeletFacts, SettingFact } from '../../../../../lambda/core/model/model.ts';
import { namedFiles } from '../../../../../lambda/core/read/kubelet/command-line/named-files.ts';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import type { NodeFiles } from '../../../../../lambda/core/read/kubelet/node-files.ts';
import { recordedNames, recordedNode, recordedText } from '../recorded.ts';

type Listing = (command: string, words: readonly string[]) => string;

const lines = (...rows: readonly string[]): string => `${rows.join('\n')}\n`;
const ef = (command: string, pid = 1969, parent = 1) =>
  `root      ${pid}     ${parent}  1 02:27 ?        00:00:11 ${command}`;
const efHeader = 'UID        PID  PPID  C STIME TTY          TIME CMD';
const registrar =
  '/csi-node-driver-registrar --csi-address=/csi/csi.sock --kubelet-registration-path=/var/lib/kubelet/plugins/efs.csi.aws.com/csi.sock --v=5';
const grep = 'grep --color=auto kubelet';
const prompt = '[ec2-user@ip-172-31-12-75 ~]$';
const coloured = (start: string, text: string) =>
  text.replaceAll('kubelet', `${start}[01;31m${start}[Kkubelet${start}[m${start}[K`);
const hardWrapped = (line: string, width: number): readonly string[] =>
  (line.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).map((row) => row.trimEnd());
function softWrapped(line: string, width: number): readonly string[] {
  const rows: string[] = [];
  for (const word of line.split(' ')) {
    const last = rows.at(-1);
    if (last === undefined || last.length + word.length >= width) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows;
}

/** Columns as procps 3.3 and busybox 1.30 print them before a command, with their header where it is shown. */
const columns: Readonly<Record<string, readonly [columns: string, header?: string]>> = {
  'ps -ef, with its header': ['root      1969     1  1 02:27 ?        00:00:11', efHeader],
  'ps aux': [
    'root      1969  1.3  2.5 1918528 105088 ?      Ssl  02:27   5:12',
    'USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
  ],
  'ps ax': [' 1969 ?        Ssl    5:12', '  PID TTY      STAT   TIME COMMAND'],
  'ps axf, which draws a tree': [
    ' 1969 ?        Ssl    5:12  |   \\_',
    '    1 ?        Ss     0:03 /usr/lib/systemd/systemd',
  ],
  'ps -efl': [
    '4 S root      1969     1  1  80   0 - 479632 futex_ 02:27 ?       00:00:11',
    'F S UID        PID  PPID  C PRI  NI ADDR SZ WCHAN  STIME TTY          TIME CMD',
  ],
  'ps -efl without its header': ['4 S root      1969     1  1  80   0 - 479632 futex_ 02:27 ?       00:00:11'],
  'ps -eZf': ['system_u:system_r:kubelet_t:s0  root      1969     1  1 02:27 ?        00:00:11'],
  'ps -eo pid,args': [' 1969', '  PID COMMAND'],
  'ps -eo pid,args without its header': [' 1969'],
  'ps -eo pid,comm,args': [' 1969 kubelet        ', '  PID COMMAND         COMMAND'],
  'ps -eo user,args': ['root    ', 'USER     COMMAND'],
  'ps -eo user,pid,args': ['root      1969'],
  'ps -eo pid,ppid,lstart,etime,cmd': [' 1969     1 Fri Nov 27 02:27:31 2026  1-07:46:01'],
  'busybox ps': [' 1969 root      5:12', 'PID   USER     TIME  COMMAND'],
  'busybox ps, which adds the name': [' 1969 root     {kubelet}'],
  'top -b -c -w 512': [
    '   1969 root      20   0 1918528 105.1m  62464 S   1.3   2.5   5:12.34',
    '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND',
  ],
  'systemd-cgls': ['│   └─1969', '├─runtime.slice\n│ └─kubelet.service'],
  'docker top': [
    'root                1969                1943                1                   02:27               ?                   00:00:11           ',
    'UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD',
  ],
};

/** A line of `ps -ef` among those of other processes. */
const among = (command: string) => lines(ef(command), ef(registrar, 4136, 3380), ef(grep, 7241, 7137));

/** Ways in which people show a kubelet that runs. */
const wholeListings: Readonly<Record<string, Listing>> = {
  ...Object.fromEntries(
    Object.entries(columns).map(([name, [before, header]]) => [
      name,
      (command) => lines(...(header === undefined ? [] : [header]), `${before} ${command}`),
    ]),
  ),
  'ps -ef | grep kubelet': among,
  'ps -ef without an end of line': (command) => lines(ef(registrar, 4136, 3380), ef(command)).trimEnd(),
  'ps -eLf, a line a thread': (command) =>
    lines(...[1969, 1980].map((id) => `root      1969     1  ${id}  1   14 02:27 ?        00:00:11 ${command}`)),
  'ps -o args= -p PID': (command) => lines(command),
  'ps -o args -p PID, with its header': (command) => lines('COMMAND', command),
  'ps -eo args, among other processes': (command) =>
    lines('/usr/lib/systemd/systemd --switched-root', command, 'kube-proxy --v=2 --config=/k', registrar, grep),
  'pgrep -a kubelet': (command) => lines(`1969 ${command}`),
  'pgrep -fa kubelet': (command) => lines(`1969 ${command}`, `4136 ${registrar}`, '7241 bash -c pgrep -fa kubelet'),
  'several hosts at once': (command) => lines(`node-1: ${ef(command)}`, `node-1: ${ef(grep, 7241, 7137)}`),
  'a second kubelet of a nested cluster': (command) =>
    lines(ef(`${command} --anonymous-auth=true --client-ca-file=`, 5100, 4980), ef(command)),
  'the same kubelet twice, first cut': (command) => lines(ef(command.slice(0, 95)), `1969 ${command}`),
  'grep --color=always': (command) => coloured('\u001b', among(command)),
  'colours whose escape character was lost': (command) => coloured('', among(command)),
  'colours as cat -v writes them': (command) => coloured('^[', among(command)),
  'lines that end in CR LF': (command) => `${efHeader}\n${among(command)}`.replaceAll('\n', '\r\n'),
  'a byte order mark first': (command) => `\ufeff${lines(command)}`,
  'prompts around it': (command) => `${prompt} sudo ps -ef | grep kubelet\n${among(command)}${prompt}\n`,
  'a block of Markdown, with words around it': (command) =>
    lines('Our node:', '```', '$ ps -ef', ef(command), '```', 'Note: --anonymous-auth=true was on the old one.'),
  'code in a line of Markdown': (command) => lines(`\`${ef(command)}\``),
  'a block of JIRA': (command) => lines('{noformat}', ef(command), '{noformat}'),
  'a quoted mail': (command) => lines(`> ${ef(command)}`, `> ${ef(grep, 7241, 7137)}`),
  'blanks that do not break, of a wiki': (command) => lines(ef(command)).replaceAll(' ', '\u00a0'),
  'dashes that an editor made one of': (command) => lines(ef(command.replaceAll(' --', ' \u2013'))),
  'cat -A, which shows the ends of lines': (command) => lines(`${ef(command)}$`, `${ef(grep, 7241, 7137)}$`),
  'rows with an empty one between any two': (command) => among(command).replaceAll('\n', '\n\n'),
  'rows that a console fills with blanks': (command) => lines(...[efHeader, ef(command)].map((row) => row.padEnd(640))),
  'a line that was broken for reading': (_, words) => lines(words.join(' \\\n  ')),
  'sed, a flag a row': (command) => lines(ef(command).replaceAll(' --', '\n--')),
  "tr '\\0' ' ' </proc/PID/cmdline": (command) => `${command} `,
  "tr '\\0' ' ', with the next prompt behind it": (command) =>
    lines(`${prompt} tr '\\0' ' ' </proc/1969/cmdline`, `${command} ${prompt}`),
  "tr '\\0' '\\n' </proc/PID/cmdline": (_, words) => lines(...words),
  "tr '\\0' '\\n', between prompts": (_, words) => lines(`# cat /proc/1969/cmdline | tr '\\0' '\\n'`, ...words, '#'),
  "tr '\\0' '\\n' on Windows": (_, words) => lines(...words).replaceAll('\n', '\r\n'),
};

const valuesOf = ({ settings, flags }: KubeletFacts) => {
  const value = (fact: SettingFact) => (fact.state === 'known' ? (fact.value ?? 'none') : 'unknown');
  return Object.fromEntries(Object.entries({ ...settings, ...flags }).map(([path, fact]) => [path, value(fact)]));
};
const factsOf = (node: NodeFiles): KubeletFacts => {
  const facts = effectiveConfiguration(node, 'files');
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};
const wordsOf = ({ commandLine }: NodeFiles) => (commandLine.from === 'proc' ? commandLine.arguments : []);
const kubelets = recordedNames('kubelets').map((name) => ({ name, node: recordedNode(name) }));
/** With a word more, so that no line ends by chance where a terminal may. */
const withFile = kubelets
  .filter(({ name }) => name !== 'no-config-file-legacy-defaults')
  .map(({ name, node }) => {
    const words = [...wordsOf(node), '--cloud-provider=external'];
    const commandLine = { from: 'proc', arguments: words } as const;
    return { name, node: { ...node, commandLine } satisfies NodeFiles as NodeFiles };
  });

/** What a listing says of the settings, or why it says nothing. */
const read = (text: string, node: NodeFiles) => {
  const line = kubeletInPs(text);
  return line.ok ? valuesOf(factsOf({ ...node, commandLine: line.value })) : line.error;
};

const awsLine = (file: string): string => /^.*\/usr\/bin\/kubelet.*/m.exec(recordedText(`ps/${file}`))?.[0] ?? '';
const al2 = awsLine('al2-eks-containerd-mng-ps-ef.txt');
const al2023 = awsLine('al2023-eks-1.33-mng-ps-ef.txt');
const noConfig = /no --config, which may be behind a cut/;
const noKubelet = /no kubelet is in/;

const cutAt = (text: string, width: number) => [lines(text.slice(0, width)), new RegExp(`column ${width}`)] as const;
const endsIn = (end: string): readonly [string, RegExp] => [lines(`${al2023.slice(0, 300)}${end}`), /it ends in/];

/** A flag is, or may be, behind the end of what these show. */
const cutListings: Readonly<Record<string, readonly [text: string, because: RegExp]>> = {
  'a terminal of 80 columns': cutAt(al2, 80),
  'a terminal of 200 columns': cutAt(al2023, 200),
  'a terminal of 237 columns, which cuts another line too': [
    lines(al2.slice(0, 237), ef(registrar.repeat(3), 4136, 3380).slice(0, 237)),
    /column 237/,
  ],
  'a terminal that cuts in a blank': [
    lines(ef('kubelet --config=/k --v=2 --v=2 --anonymous-auth=true').slice(0, 79).concat(' ')),
    /column 80/,
  ],
  'a terminal that wraps, and whose last row is full': [
    lines(...hardWrapped(al2023, 100).slice(0, 3), ...hardWrapped(ef(registrar, 4136, 3380), 100)),
    /column 100/,
  ],
  'an end in the beginning of a flag': [lines(al2023.slice(0, al2023.indexOf('-ip=172'))), /--node, which has no/],
  'a flag without its value': [lines(al2.slice(0, al2.indexOf(' /var/lib/kubelet/kubec'))), /--kubeconfig, which/],
  'a line that ends in two dashes': [lines(ef('/usr/bin/kubelet --config=/k --')), /--, which/],
  'systemctl, which ends it with >': endsIn('>'),
  'an ellipsis at the end': endsIn('…'),
  'three dots at the end': endsIn('...'),
  'top, which ends it with +': endsIn('+'),
  'a backslash at the end': [lines('/usr/bin/kubelet --config=/k \\'), /it ends in/],
  'dots in place of flags': [lines(ef('/usr/bin/kubelet --config=/etc/k [...] --v=2')), /\[\.\.\.\] in it/],
  'one line without an end and --config': ['/usr/bin/kubelet --client-ca-file=/ca', /no end of line and no --con/],
  'a row behind it that could be another value': [lines(ef('kubelet --v=2 --config=/k.json'), 'backup'), /not clear/],
  'a row behind it whose beginning is no value of it': [
    lines(ef('/usr/bin/kubelet --config=/k --v=2'), 'and then: x --anonymous-auth=true'),
    /not clear/,
  ],
};

/** Texts that show no command line of a kubelet, or not which. */
const otherListings: Readonly<Record<string, readonly [text: string, because: RegExp]>> = {
  'names only, of ps -e': [lines('  PID TTY          TIME CMD', ' 1969 ?        00:00:11 kubelet'), noConfig],
  'names only, of pgrep -l': [lines('1969 kubelet'), noConfig],
  'names only, of ps -eo comm': [lines('COMMAND', 'systemd', 'kubelet', 'containerd'), noConfig],
  'the name in brackets of a process that ended': [lines(ef('[kubelet] <defunct>')), noKubelet],
  'two kubelets of one parent': [lines(ef('kubelet --config=/a', 10), ef('kubelet --config=/b', 11)), /2 kubelets/],
  'a second kubelet without columns': [
    lines(ef('/usr/bin/kubelet --config=/a', 10, 7), '/usr/bin/kubelet --config=/b'),
    /2 kubelets|not clear/,
  ],
  'sudo that starts one': [lines(ef('sudo -E /usr/bin/kubelet --config=/k')), noKubelet],
  'pgrep -fa of sudo that starts one': [lines('1968 sudo /usr/bin/kubelet --config=/k'), noKubelet],
  'the log of a kubelet': [lines('Nov 27 02:27:31 ip-1 kubelet[1969]: I1127 FLAG: --v="2"'), noKubelet],
  'cat /proc/PID/cmdline in a terminal, which drops each NUL': [lines('/usr/bin/kubelet--config=/k--v=2'), noKubelet],
  'a command that somebody typed': [lines(`${prompt} /usr/bin/kubelet --anonymous-auth=false`), noKubelet],
  'Get-CimInstance | Format-List': [
    lines('ProcessId   : 3456', 'CommandLine : "C:\\a b\\kubelet.exe" --config=C:\\c.json', '              --v=2'),
    /list of PowerShell/,
  ],
  'Get-CimInstance | Format-Table': [
    lines('ProcessId CommandLine', '--------- -----------', '     3456 "C:\\k\\kubelet.exe" --config=C:\\k\\c.j...'),
    /list of PowerShell/,
  ],
  'wmic /format:list': [lines('CommandLine="C:\\k\\kubelet.exe" --config=C:\\k\\c.json'), /list of PowerShell/],
};

describe('a listing that people paste', () => {
  it.each(Object.entries(wholeListings))('shows every setting of a kubelet by its file: %s', (_, listing) => {
    for (const { name, node } of withFile) {
      const text = listing(wordsOf(node).join(' '), wordsOf(node));
      expect({ name, read: read(text, node) }).toEqual({ name, read: valuesOf(factsOf(node)) });
    }
  });

  it.each(Object.entries(wholeListings))(
    'never shows without --config what the kubelet does not have: %s',
    (_, listing) => {
      const node = recordedNode('no-config-file-legacy-defaults');
      const said = read(listing(wordsOf(node).join(' '), wordsOf(node)), node);
      if (typeof said !== 'string') expect(valuesOf(factsOf(node))).toMatchObject(known(said));
    },
  );

  it.each(Object.entries({ ...cutListings, ...otherListings }))('proves nothing: %s', (_, [text, because]) => {
    const line = kubeletInPs(text);
    const said = line.ok ? line.value.mayGoOn : line.error;
    expect(said).toMatch(because);
    if (line.ok)
      expect(known(valuesOf(factsOf({ ...recordedNode('file-sets-ca'), commandLine: line.value })))).toEqual({});
  });
});

const known = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 'unknown'));

/** How terminals, editors and people break a line of more than one row. */
const wraps: Readonly<Record<string, (command: string, width: number) => string>> = {
  'a terminal breaks each line': (command, width) =>
    lines(...`${efHeader}\n${among(command)}`.split('\n').flatMap((row) => hardWrapped(row, width))),
  'a terminal breaks a line alone': (command, width) => lines(...hardWrapped(ef(command), width)),
  'a terminal breaks a line without columns': (command, width) => lines(...hardWrapped(command, width)),
  'a mail breaks each line at a blank': (command, width) =>
    lines(
      ...among(command)
        .split('\n')
        .flatMap((row) => softWrapped(row, width)),
    ),
  'an editor indents the rest': (command, width) => lines(softWrapped(ef(command), width).join('\n    ')),
  'an editor puts an empty row between': (command, width) => lines(softWrapped(ef(command), width).join('\n\n')),
  'a person writes backslashes': (command, width) => lines(softWrapped(command, width).join(' \\\n    ')),
};
const longest = Math.max(...withFile.map(({ node }) => ef(wordsOf(node).join(' ')).length));
const widths = Array.from({ length: Math.ceil((longest - 70) / 7) }, (_, step) => 70 + 7 * step);

describe('a line that is broken into rows', () => {
  it.each(Object.entries(wraps))('is put together as it was, or proves nothing: %s', (_, wrap) => {
    const wrong: unknown[] = [];
    let whole = 0;
    for (const { name, node } of withFile)
      for (const width of widths) {
        const said = read(wrap(wordsOf(node).join(' '), width), node);
        const truth = valuesOf(factsOf(node));
        if (typeof said === 'string') continue;
        if (Object.entries(known(said)).some(([path, value]) => truth[path] !== value))
          wrong.push({ name, width, said });
        else whole += 1;
      }

    expect(wrong).toEqual([]);
    expect(whole / (withFile.length * widths.length)).toBeGreaterThan(0.9);
  });

  it('never passes for what its first row alone would show', () => {
    const text = lines(
      ef('/usr/bin/kubelet --config=/etc/kubernetes/kubelet/config.json --node-ip=10.0.0.1'),
      '--anonymous-auth=true --authorization-mode=AlwaysAllow --client-ca-file=',
    );
    expect(read(text, recordedNode('file-sets-ca'))).toMatchObject({
      'authentication.anonymous.enabled': true,
      'authorization.mode': 'AlwaysAllow',
      'authentication.x509.clientCAFile': 'unknown',
      readOnlyPort: 'unknown',
    });
  });

  it.each([
    ['a row of another process', '/usr/bin/kubelet --config=/k --v=2', 'kube-proxy --v=2 --config=/p', '/k'],
    ['a row that is no part of the list', '/usr/bin/kubelet --config=/k --v=2', 'As you can see, it has a file.', '/k'],
    ['a word behind an empty row', '/usr/bin/kubelet --v=2 --config=/k', '\nThanks', '/k'],
    ['the rest of the last value', '/usr/bin/kubelet --config=/k --node-labels=a=b,', 'c=d', '/k'],
  ])('is not continued by %s', (_, first, second, config) => {
    const line = kubeletInPs(lines(first, second));
    expect(line.ok && namedFiles(line.value)).toMatchObject({ value: { config: { written: config } } });
  });
});

describe('a listing without --config', () => {
  const flags =
    '/usr/bin/kubelet --kubeconfig=/var/lib/kubelet/kubeconfig --client-ca-file=/ca.crt --anonymous-auth=false --v=2';
  const node = recordedNode('no-config-file-legacy-defaults');
  const byFlags = { 'authentication.x509.clientCAFile': '/ca.crt', 'authentication.anonymous.enabled': false };

  it('proves what its flags say, and no default: the flag may be behind a cut', () => {
    expect(known(Object(read(lines(ef(flags)), node)))).toEqual(byFlags);
    const facts = Object(read(lines(ef(`${flags} --hostname-override=n`)), node));
    expect(known(facts)).toEqual({ ...byFlags, 'hostname-override': 'n' });
  });

  it.each([
    ['a longer line is in it', lines(ef(flags), ef('x'.repeat(300), 10, 9))],
    ['the line is longer than any terminal is wide', lines(ef(`${flags} --node-labels=a=${'b'.repeat(400)}`))],
    ['it comes from /proc/PID/cmdline', `${flags} `],
    ['it comes from /proc/PID/cmdline, an argument a row', lines(...flags.split(' '))],
  ])('proves the defaults where %s', (_, text) => {
    const others = { readOnlyPort: 10255, 'authorization.mode': 'AlwaysAllow', 'hostname-override': 'none' };
    expect(read(text, node)).toMatchObject({ ...byFlags, ...others });
  });

  it.each([
    ['the list names --config-dir', `${flags} --config-dir=/d`],
    ['the list names a file of EKS', `${flags} --image-credential-provider-config=/etc/eks/x/config.json`],
  ])('proves no default where %s, though a longer line is in it', (_, command) => {
    expect(known(Object(read(lines(ef(command), ef('x'.repeat(300), 10, 9)), node)))).toEqual(byFlags);
  });
});
