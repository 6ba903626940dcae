import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { Verdict } from '../../../../../lambda/core/model/model.ts';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import type { CommandLine, FileSnapshot } from '../../../../../lambda/core/read/kubelet/node-files.ts';

// Process lists as people paste them: each format shows each command line, cut at each column as `ps` cuts all rows of a list.

const goodFile = '/etc/kubernetes/kubelet/config.json';
const openFile = '/etc/kubernetes/kubelet/open.json';
const dropIns = '/etc/kubernetes/kubelet/config.json.d';
const snapshot = (value: object): FileSnapshot => ({
  status: 'read',
  text: JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...value }),
});
const strict = {
  authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' }, anonymous: { enabled: false } },
  authorization: { mode: 'Webhook' },
  serverTLSBootstrap: true,
  rotateCertificates: true,
  protectKernelDefaults: true,
};
const open = {
  authentication: { anonymous: { enabled: true } },
  authorization: { mode: 'AlwaysAllow' },
  readOnlyPort: 10255,
};
const files = new Map([
  [goodFile, snapshot(strict)],
  [openFile, snapshot(open)],
  [`${dropIns}/90.conf`, snapshot({ authentication: { anonymous: { enabled: true } }, readOnlyPort: 10255 })],
]);
const directories = new Map([[dropIns, { status: 'read', files: [`${dropIns}/90.conf`] } as const]]);

const labels =
  'eks.amazonaws.com/nodegroup-image=ami-0d39276e3c888c5e5,eks.amazonaws.com/capacityType=ON_DEMAND,eks.amazonaws.com/nodegroup=test';
const al2023 = [
  '--kubeconfig=/var/lib/kubelet/kubeconfig',
  '--image-credential-provider-bin-dir=/etc/eks/image-credential-provider',
  '--image-credential-provider-config=/etc/eks/image-credential-provider/config.json',
  '--node-ip=172.31.12.75',
  '--cloud-provider=external',
];
const al2 = [
  '--cloud-provider aws --image-credential-provider-config /etc/eks/ecr-credential-provider/ecr-credential-provider-config',
  '--image-credential-provider-bin-dir /etc/eks/ecr-credential-provider --kubeconfig /var/lib/kubelet/kubeconfig',
  '--container-runtime remote --container-runtime-endpoint unix:///run/containerd/containerd.sock --node-ip=172.31.74.55',
  '--pod-infra-container-image=602401143452.dkr.ecr.us-east-2.amazonaws.com/eks/pause:3.5 --v=2',
].flatMap((row) => row.split(' '));
const config = `--config=${goodFile}`;

/** Kubelets by their arguments; most have what decides near the end, where a cut takes it away. */
const commandLines: Readonly<Record<string, readonly string[]>> = {
  'AL2023, compliant': [config, ...al2023, `--node-labels=${labels}`],
  'AL2, compliant': ['--config', goodFile, ...al2, `--node-labels=${labels}`],
  'doors opened at the end': [config, ...al2023, '--anonymous-auth=true', '--authorization-mode=AlwaysAllow', '--v=2'],
  'a port at the end, its value apart': ['--config', goodFile, ...al2, '--read-only-port', '10255'],
  'the client CA emptied at the end': [config, '--client-ca-file=/x', ...al2023, '--v=2', '--client-ca-file='],
  'the client CA emptied, with underscores': [config, '--client_ca_file=/x', ...al2023, '--client_ca_file=', '--v=2'],
  'the client CA emptied by an empty word': [config, ...al2023, '--client-ca-file', '', '--v=2'],
  'flags only': ['--client-ca-file=/ca.crt', '--authorization-mode=Webhook', ...al2023, `--node-labels=${labels}`],
  'an open file, closed by flags at the end': [
    `--config=${openFile}`,
    ...al2023,
    '--anonymous-auth=false',
    '--authorization-mode=Webhook',
    '--client-ca-file=/ca.crt',
    '--read-only-port=0',
  ],
  'another file at the end': [config, ...al2, `--config=${openFile}`],
  'open drop-ins at the end': [config, ...al2, `--config-dir=${dropIns}`],
  'gates at the end': [
    config,
    ...al2023,
    `--feature-gates=${'GracefulNodeShutdown=true,'.repeat(4)}RotateKubeletServerCertificate=false`,
    '--rotate-certificates=false',
  ],
  'a short line': [config, '--anonymous-auth=true'],
};

/** What a list shows beside the kubelet's row. */
interface Listed {
  readonly argv: readonly string[];
  /** The last column that `ps` prints. */
  readonly width: number;
}

/** `pipe`: `ps` writes into a pipe, and cuts there only if COLUMNS is exported. `never`: the tool cuts nothing. */
type Cuts = 'terminal' | 'pipe' | 'never';

interface Format {
  readonly name: string;
  readonly cuts: Cuts;
  readonly text: (listed: Listed) => string;
}

const registrar =
  '/csi-node-driver-registrar --csi-address=/csi/csi.sock --kubelet-registration-path=/var/lib/kubelet/plugins/efs.csi.aws.com/csi.sock --v=5';
const shim =
  '/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id 3f2a77c0bb1e45d0a9 -address /run/containerd/containerd.sock';
const wide = `/opt/agent/bin/agent ${Array.from({ length: 60 }, (_, at) => `--setting-${at}=value`).join(' ')}`;

/** Columns before the command; the process's number is filled in. */
const layouts: Readonly<Record<string, readonly [columns: (pid: number) => string, header: string]>> = {
  'ps -ef': [
    (pid) => `root${String(pid).padStart(11)}       1  1 02:27 ?        00:00:11 `,
    'UID          PID    PPID  C STIME TTY          TIME CMD',
  ],
  'ps -ef of yesterday': [
    (pid) => `root${String(pid).padStart(11)}       1  1 Nov30 ?        1-22:26:06 `,
    'UID          PID    PPID  C STIME TTY          TIME CMD',
  ],
  'ps aux': [
    (pid) => `root${String(pid).padStart(11)}  1.3  2.5 1918528 105088 ?      Ssl  02:27   5:12 `,
    'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
  ],
  'ps ax': [(pid) => `${String(pid).padStart(7)} ?        Ssl    5:12 `, '    PID TTY      STAT   TIME COMMAND'],
  'ps -efl': [
    (pid) => `4 S root${String(pid).padStart(11)}       1  1  80   0 - 479632 futex_ 02:27 ?       00:00:11 `,
    'F S UID          PID    PPID  C PRI  NI ADDR SZ WCHAN  STIME TTY          TIME CMD',
  ],
  'ps -eZf': [
    (pid) => `system_u:system_r:kubelet_t:s0  root${String(pid).padStart(11)}       1  1 02:27 ?        00:00:11 `,
    'LABEL                           UID          PID    PPID  C STIME TTY          TIME CMD',
  ],
  'ps -eo pid,args': [(pid) => `${String(pid).padStart(7)} `, '    PID COMMAND'],
  'ps -eo pid,ppid,lstart,cmd': [
    (pid) => `${String(pid).padStart(7)}       1 Fri Nov 27 02:27:31 2026 `,
    '    PID    PPID                  STARTED CMD',
  ],
  'ps -eo args': [() => '', 'COMMAND'],
  'ps -eo user,args': [() => 'root     ', 'USER     COMMAND'],
  'busybox ps': [(pid) => `${String(pid).padStart(5)} root      5:12 `, 'PID   USER     TIME  COMMAND'],
  'top -b -c': [
    (pid) => `${String(pid).padStart(7)} root      20   0 1918528 105.1m  62464 S   1.3   2.5   5:12.34 `,
    '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND',
  ],
  'pgrep -a': [(pid) => `${pid} `, ''],
};

type Rows = (row: (pid: number, command: string) => string, command: string, header: string) => readonly string[];

const grepRow = 'grep --color=auto kubelet';
/** Which rows a list has. */
const contexts: Readonly<Record<string, readonly [Cuts, Rows]>> = {
  alone: ['terminal', (row, command) => [row(1969, command)]],
  'with its header': ['terminal', (row, command, header) => [header, row(1969, command)]],
  'among shorter and longer rows': [
    'terminal',
    (row, command, header) => [header, row(1, '/sbin/init'), row(1969, command), row(2210, shim), row(3001, wide)],
  ],
  'among shorter rows': [
    'terminal',
    (row, command, header) => [header, row(1, '/sbin/init'), row(1969, command), row(2210, '/usr/bin/containerd')],
  ],
  'through grep': ['pipe', (row, command) => [row(1969, command), row(4136, registrar), row(7241, grepRow)]],
  'through grep, alone': ['pipe', (row, command) => [row(1969, command), row(7241, grepRow)]],
  'through watch': [
    'terminal',
    (row, command) => [row(1969, command), row(7000, 'watch ps -ef | grep kubelet'), row(7241, 'grep kubelet')],
  ],
  'beside a grep of somebody else': [
    'terminal',
    (row, command, header) => [header, row(1, '/sbin/init'), row(1969, command), row(7241, grepRow)],
  ],
};

const cut = (rows: readonly string[], width: number): readonly string[] => rows.map((row) => row.slice(0, width));
const lines = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
const commandOf = (argv: readonly string[]): string => ['/usr/bin/kubelet', ...argv].join(' ');
const hardWrapped = (row: string, width: number): readonly string[] =>
  row.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
const prompt = '[ec2-user@ip-172-31-12-75 ~]$';

const listed = (layout: string, context: string, { argv, width }: Listed): readonly string[] => {
  const [columns, header] = layouts[layout] ?? [() => '', ''];
  const [, rows] = contexts[context] ?? ['terminal', () => []];
  return cut(
    rows((pid, command) => columns(pid) + command, commandOf(argv), header).filter((row) => row !== ''),
    width,
  );
};

const plain: readonly Format[] = Object.keys(layouts).flatMap((layout) =>
  Object.entries(contexts).map(([context, [cuts]]) => ({
    name: `${layout}, ${context}`,
    cuts,
    text: (each: Listed) => lines(listed(layout, context, each)),
  })),
);

/** What chats, mails, editors, terminals and people make of the rows of a list, after `ps` has cut them. */
const pastes: Readonly<Record<string, (rows: readonly string[]) => string>> = {
  'between prompts': (rows) => lines([`${prompt} ps -ef | grep kubelet`, ...rows, prompt]),
  'in Markdown, with a long sentence': (rows) =>
    lines(['Our node:', '```', ...rows, '```', 'As you can see '.repeat(60)]),
  'a long sentence behind it': (rows) => lines([...rows, 'As you can see '.repeat(60)]),
  'a long prompt behind it': (rows) => lines([...rows, `${prompt} ${'x'.repeat(700)}`]),
  'a quoted mail': (rows) => lines(rows.map((row) => `> ${row}`)),
  'quotes around each row': (rows) => lines(rows.map((row) => `"${row}"`)),
  'a table': (rows) => lines(rows.map((row) => `| ${row.split(/ +/).join(' | ')} |`)),
  CSV: (rows) => lines(rows.map((row) => row.split(/ +/).join(','))),
  'hosts before the rows': (rows) => lines(rows.map((row) => `node-1: ${row}`)),
  'hosts of Fabric': (rows) => lines(rows.map((row) => `[node1] out: ${row}`)),
  'numbers before the rows': (rows) => lines(rows.map((row, at) => `${at + 9} ${row}`)),
  'numbers of grep -n': (rows) => lines(rows.map((row, at) => `${at + 9}:${row}`)),
  'a diff': (rows) => lines(rows.map((row) => `+${row}`)),
  'colours of grep': (rows) => lines(rows).replaceAll('kubelet', '\u001b[01;31m\u001b[Kkubelet\u001b[m\u001b[K'),
  'colours in cat -v': (rows) => lines(rows).replaceAll('kubelet', '^[[01;31m^[[Kkubelet^[[m^[[K'),
  'the other rows in cat -v': (rows) =>
    lines(rows.map((row) => (row.includes('/usr/bin/kubelet') ? row : `${row}^[[m`.repeat(2)))),
  'cat -A': (rows) => lines(rows.map((row) => `${row}$`)),
  'a + at the end, as of top': (rows) => lines(rows.map((row) => `${row}+`)),
  'a > at the end, as of less': (rows) => lines(rows.map((row) => `${row}>`)),
  'CR LF': (rows) => lines(rows).replaceAll('\n', '\r\n'),
  'rows filled with blanks': (rows) => lines(rows.map((row) => row.padEnd(900))),
  'rows without the blanks before them': (rows) => lines(rows.map((row) => row.trimStart())),
  'the first row without the blanks before it': (rows) => lines(rows).trimStart(),
  'single blanks': (rows) => lines(rows.map((row) => row.replace(/ +/g, ' '))),
  'blanks that do not break': (rows) => lines(rows).replaceAll(' ', '\u00a0'),
  'long dashes': (rows) => lines(rows).replaceAll(' --', ' \u2013'),
  'an empty row between any two': (rows) => rows.join('\n\n'),
  'rows joined by pairs': (rows) => lines([...rows.slice(0, -2), rows.slice(-2).join(' ')]),
  'all rows joined': (rows) => rows.join(' '),
  'wide letters in another row': (rows) =>
    lines(rows.map((row) => (row.includes('/usr/bin/kubelet') ? row : row.padEnd(500, '\u0301')))),
  'wrapped at 100': (rows) => lines(rows.flatMap((row) => hardWrapped(row, 100))),
  'wrapped at 100, indented': (rows) =>
    lines(rows.flatMap((row) => hardWrapped(row, 100).map((each, at) => (at ? `    ${each}` : each)))),
  'wrapped at blanks': (rows) => lines(rows.map((row) => row.replace(/(.{70}\S*) /g, '$1\n'))),
  'a flag a row': (rows) => lines(rows).replaceAll(' --', '\n--'),
  'a flag a row, with backslashes': (rows) => lines(rows).replaceAll(' --', ' \\\n  --'),
  'etc. at the end': (rows) => lines(rows.map((row) => `${row} etc.`)),
  'dots at the end': (rows) => lines(rows.map((row) => `${row} ...`)),
  'an ellipsis in the middle': (rows) => lines(rows).replace('--image', '\u2026 --image'),
  'an ellipsis of another script': (rows) => lines(rows).replace('--image', '\u22ef --image'),
  '(snip) in the middle': (rows) => lines(rows).replace('--image', '(snip) --image'),
  'a line number in the middle': (rows) => lines(rows).replace('--image', '12 --image'),
  'a diff mark in the middle': (rows) => lines(rows).replace('--image', '+ --image'),
  'pstree -pa': (rows) => lines(rows.map((row) => `  |-${row.replace(/^.*?(\S*kubelet) /, '$1,1969 ')}`)),
  'systemd-cgls': (rows) => lines(rows.map((row) => `  \u2514\u25001969 ${row.replace(/^.*?(\S*kubelet )/, '$1')}`)),
  'columns behind the command': (rows) => lines(rows.map((row) => `${row} 14`)),
  'the environment behind it': (rows) =>
    lines(rows.map((row) => `${row} LANG=C KUBELET_ARGS=--client-ca-file=/x --v=2`)),
  'two lists after each other': (rows) => lines([...rows, '', ...rows.map((row) => `${row.slice(0, 110)} --v=9`)]),
  'a longer list of another host': (rows) =>
    lines([...rows.map((row) => `a: ${row}`), `b: root  44  1  1 02:27 ?  00:00:11 ${wide}`]),
  'a longer list behind a prompt': (rows) =>
    lines([...rows, prompt, `root          44       1  1 02:27 ?        00:00:11 ${wide}`]),
  'the rest in a row behind an empty one': (rows) => lines([...rows, '', '--client-ca-file=']),
};

const pasted: readonly Format[] = Object.entries(pastes).flatMap(([paste, of]) =>
  ['with its header', 'among shorter and longer rows', 'through grep'].map((context) => ({
    name: `${paste}: ps -ef, ${context}`,
    cuts: contexts[context]?.[0] ?? 'terminal',
    text: (each: Listed) => of(listed('ps -ef', context, each)),
  })),
);

const inRows = (argv: readonly string[]) => ['/usr/bin/kubelet', ...argv];
/** /proc/PID/cmdline, and what shows it. Nothing shows a cut right behind a NUL. */
const saved: readonly Format[] = [
  { name: '/proc/PID/cmdline', cuts: 'never', text: ({ argv }) => `${inRows(argv).join('\0')}\0` },
  {
    name: '/proc/PID/cmdline, cut',
    cuts: 'terminal',
    text: ({ argv, width }) => inRows(argv).join('\0').slice(0, width).replace(/\0$/, ''),
  },
  { name: "tr '\\0' '\\n'", cuts: 'never', text: ({ argv }) => lines(inRows(argv)) },
  { name: "tr '\\0' '\\n', cut", cuts: 'terminal', text: ({ argv, width }) => lines(cut(inRows(argv), width)) },
  {
    name: "tr '\\0' '\\n', empty rows lost",
    cuts: 'never',
    text: ({ argv }) => lines(inRows(argv).filter((row) => row !== '')),
  },
  {
    name: "tr '\\0' '\\n', numbered",
    cuts: 'never',
    text: ({ argv }) => lines(inRows(argv).map((row, at) => `${at + 1} ${row}`)),
  },
  {
    name: 'strings /proc/PID/cmdline',
    cuts: 'never',
    text: ({ argv }) => lines(inRows(argv).filter((row) => row.length > 3)),
  },
  { name: "tr '\\0' ' ', cut", cuts: 'terminal', text: ({ argv, width }) => `${commandOf(argv)} `.slice(0, width) },
  {
    name: "tr '\\0' ' ', cut, and a prompt",
    cuts: 'terminal',
    text: ({ argv, width }) => `${`${commandOf(argv)} `.slice(0, width)}${prompt} \n`,
  },
];

const formats: readonly Format[] = [...plain, ...pasted, ...saved];

type Statuses = Readonly<Record<string, Verdict['status']>>;

const judged = controls.filter(({ about }) => about.kind === 'setting' || about.kind === 'flag');

function statusesOf(commandLine: CommandLine): { readonly statuses: Statuses; readonly because: string } {
  const facts = effectiveConfiguration({ commandLine, files, directories, kubeletVersion: 'v1.26.9' }, 'files');
  const verdicts = facts.ok ? judged.map((control) => [control.slug, control.judge(facts.value)] as const) : [];
  const unknown = verdicts.map(([, verdict]) => verdict).find(({ status }) => status === 'unknown');
  return {
    statuses: Object.fromEntries(verdicts.map(([slug, { status }]) => [slug, status])),
    because: facts.ok ? (unknown && 'because' in unknown ? unknown.because : '') : facts.error.because,
  };
}

/** What a text shows of the kubelet, beside what its arguments say. */
interface Outcome {
  readonly wrongPass: readonly string[];
  readonly wrongFail: readonly string[];
  /** Why nothing, or not everything, is known of it; absent where all verdicts are right. */
  readonly unknown?: string;
}

function outcomeOf(text: string, argv: readonly string[]): Outcome {
  const { statuses: truth } = statusesOf({ from: 'proc', arguments: ['/usr/bin/kubelet', ...argv] });
  const read = kubeletInPs(text);
  const said = read.ok ? statusesOf(read.value) : { statuses: {}, because: read.error };
  const wrong = (status: Verdict['status']) =>
    Object.entries(said.statuses).flatMap(([slug, each]) => (each === status && truth[slug] !== status ? [slug] : []));
  const isRight = Object.entries(truth).every(([slug, status]) => said.statuses[slug] === status);
  return { wrongPass: wrong('pass'), wrongFail: wrong('fail'), ...(!isRight && { unknown: said.because }) };
}

interface Tried {
  readonly lists: number;
  readonly formats: number;
  readonly wrongPasses: readonly string[];
  readonly wrongFailures: readonly string[];
  /** Wrong passes of a pipe that was cut, against what the verdict says that it assumes. */
  readonly assumed: number;
  /** How many lists are not wholly known, by reason; `whole` counts those that nothing cut. */
  readonly unknown: Readonly<Record<string, { readonly lists: number; readonly whole: number }>>;
}

/** Each format with each command line, uncut and cut at every `step`th column from 80 on; the first one moves, so that all columns are met. */
export function tried(step: number): Tried {
  const wrongPasses: string[] = [];
  const wrongFailures: string[] = [];
  const unknown: Record<string, { lists: number; whole: number }> = {};
  let [lists, assumed] = [0, 0];

  formats.forEach(({ name, cuts, text }, place) => {
    Object.entries(commandLines).forEach(([kubelet, argv], at) => {
      const whole = text({ argv, width: Number.POSITIVE_INFINITY });
      const longest = cuts === 'never' ? 0 : Math.min(1000, Math.max(...whole.split('\n').map(({ length }) => length)));
      const first = 80 + ((place * 13 + at * 7) % step);
      const widths = Array.from(
        { length: Math.max(0, Math.ceil((longest - first) / step)) },
        (_, count) => first + count * step,
      );

      for (const width of [...widths, undefined]) {
        const outcome = outcomeOf(width === undefined ? whole : text({ argv, width }), argv);
        lists += 1;
        const where = `${name}: ${kubelet}${width === undefined ? '' : `, cut at ${width}`}`;
        if (width !== undefined && cuts === 'pipe') assumed += outcome.wrongPass.length > 0 ? 1 : 0;
        else {
          wrongPasses.push(...outcome.wrongPass.map((slug) => `${slug}: ${where}`));
          wrongFailures.push(...outcome.wrongFail.map((slug) => `${slug}: ${where}`));
          const reason = outcome.unknown
            ?.replace(/ has '.*/, ' has an odd sign in it')
            .replaceAll(/\d+|'.*?'|;.*|\(.*/g, '…');
          if (reason === undefined) continue;
          const counts = unknown[reason] ?? { lists: 0, whole: 0 };
          unknown[reason] = { lists: counts.lists + 1, whole: counts.whole + (width === undefined ? 1 : 0) };
        }
      }
    });
  });
  return { lists, formats: formats.length, wrongPasses, wrongFailures, assumed, unknown };
}
