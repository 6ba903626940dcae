import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { unpacked } from '../../lambda/adapters/read-input.ts';
import { decodeAnswer } from '../../lambda/adapters/ssm/command-answers.ts';
import { kubeletFacts } from '../../lambda/adapters/ssm/kubelet-facts.ts';
import { probeAnswerMarker } from '../../lambda/contract/names.ts';
import { declaredBy } from '../../lambda/core/next-node/read/carriers/recognize.ts';
import { classifyConfigzAnswer, classifyDirectAnswer } from '../../lambda/core/read/kubelet/configz/configz-answer.ts';
import { readResult } from '../../lambda/core/report/saved-result/read-result.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { hostileYaml } from '../core/read/kubelet/documents/hostile-yaml.ts';
import { frame } from '../core/read/kubelet/node/probe-frames.ts';
import { expressions } from '../hostile/expressions.ts';

// `npm run bench:hostile`: for how long the answer of one node, at its limits, keeps the event loop from all others. Each case is one step without a
// pause, as the program takes it. Exit code 1 when one takes longer than 50 ms. Beside them, a saved result with one line of 32 MB. Exit code 1 when its
// time grows faster than its length.
const { values } = scriptArguments('npm run bench:hostile -- [--all]', { options: { all: { type: 'boolean' } } });

const most = 50;
const rounds = 3;
const KiB = 1024;

const node = {
  key: 'node',
  machine: { status: 'confirmed', instanceId: 'i-1' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'w' },
  kubeletVersion: 'v1.34.9-eks-1',
} as const;
const head = 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n';

/** The output of a command on the node: packed as our probe packs it. */
function output(body: string): string {
  const payload = gzipSync(body).toString('base64');
  const sum = createHash('sha256').update(payload).digest('hex');
  return `${probeAnswerMarker} gzip\n${payload}\nend ${payload.length} ${sum}\n`;
}

interface Sent {
  readonly arguments?: string;
  readonly config?: string;
  readonly dropIns?: readonly string[];
  readonly more?: string;
}

const flags = 'kubelet\0--config=/c\0--config-dir=/d\0--kubeconfig=/k\0';
const body = ({ arguments: args = flags, config = head, dropIns = [], more = '' }: Sent): string =>
  [
    'kubelet 4242 1\nstarted unknown\n',
    frame('arguments', 'read', '', args),
    frame('working-directory', 'absent', ''),
    'alpha yes\n',
    frame('config', 'read', '/c', config),
    frame('directory', 'read', '/d'),
    ...dropIns.map((text, index) => frame('drop-in', 'read', `/d/${100 + index}.conf`, text)),
    more,
    'done\n',
  ].join('');

function bySsm(sent: Sent): () => unknown {
  const text = output(body(sent));
  return () => {
    const decoded = decodeAnswer(text);
    return decoded.ok ? kubeletFacts(node, decoded.value, new Date(0)) : decoded;
  };
}

const times = (path: string) => frame('times', 'read', path, '1.5 1.5');
const block = Buffer.alloc(12 * KiB, 1).toString('base64');

const answers: Readonly<Record<string, string>> = {
  'nested lists': '['.repeat(128 * KiB) + ']'.repeat(128 * KiB),
  'nested maps': `${'{"kubeletconfig":'.repeat(15_000)}1${'}'.repeat(15_000)}`,
  'many keys': `{"kubeletconfig":{${Array.from({ length: 18_000 }, (_, index) => `"k${index}":1`).join(',')}}}`,
  'many feature gates': `{"kubeletconfig":{"featureGates":{${Array.from({ length: 14_000 }, (_, index) => `"G${index}":true`).join(',')}}}}`,
  'one key many times': `{"kubeletconfig":{${'"port":1,'.repeat(28_000)}"port":1}}`,
  'keys in many spellings': `{"kubeletconfig":{${Array.from({ length: 12_500 }, (_, index) => `"${[...'authentication'].map((each, at) => ((index >> at) & 1 ? each.toUpperCase() : each)).join('')}":1`).join(',')}}}`,
  'many numbers': `{"kubeletconfig":{"x":[${'1e1,'.repeat(60_000)}1]}}`,
  'one long number': `{"kubeletconfig":{"port":${'9'.repeat(250_000)}}}`,
  'one long text': `{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"${'\\u0041'.repeat(42_000)}"}}}}`,
  blanks: `{"kubeletconfig":${' '.repeat(250_000)}{}}`,
  'no JSON at its end': `{"kubeletconfig":{"x":[${'1,'.repeat(125_000)}`,
  'a text without an end': `{"x":"${'\\'.repeat(250_000)}`,
};

/** Durations as Go writes them: configz and files are full of these. */
const durations: Readonly<Record<string, string>> = {
  'zeros in a duration': `${'00s000s'.repeat(585)}n`,
  'digits in a duration': '1'.repeat(4_096),
  'points in a duration': `${'1.'.repeat(2_047)}s`,
  'fractions in a duration': `${'.1h'.repeat(1_365)}x`,
};

const cases: Record<string, () => unknown> = {};
for (const [what, text] of Object.entries(durations)) {
  const config = { kubeletconfig: { streamingConnectionIdleTimeout: text, syncFrequency: text } };
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(config) };
  cases[`configz: ${what}`] = () => classifyConfigzAnswer(answer, 'a');
  cases[`ssm: ${what}`] = bySsm({ config: `${head}streamingConnectionIdleTimeout: ${text}\n` });
  cases[`ssm: ${what} as a flag`] = bySsm({ arguments: `${flags}--streaming-connection-idle-timeout=${text}\0` });
}
for (const [what, text] of Object.entries({
  'line breaks': '\n',
  comments: '#\n',
  brackets: '[',
  blanks: ' \t',
  quotes: `"'`,
})) {
  const bytes = Buffer.from(text.repeat(8 * KiB));
  cases[`next node: user data of ${what}`] = () => declaredBy({ name: 'user-data', bytes });
}
// Every expression of the program meets each of its own signs, repeated, and its words.
for (const { source, flags: letters, at } of expressions().found) {
  const expression = new RegExp(source, letters);
  const units = new Set([
    ...source.replaceAll(/\\[a-zA-Z]|\w/g, ''),
    source.replaceAll(/[^\w -]/g, ''),
    ' ',
    '\n',
    '0',
  ]);
  const texts = [...units].filter((unit) => unit !== '').map((unit) => `${unit.repeat((16 * KiB) / unit.length)}\0`);
  cases[`expression ${at}, ${texts.length} texts`] = () => texts.map((text) => text.search(expression));
}
for (const [what, text] of Object.entries(answers)) {
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: text };
  cases[`configz: ${what}`] = () => classifyConfigzAnswer(answer, 'a');
  cases[`direct: ${what}`] = () => classifyDirectAnswer(answer);
}
for (const status of [401, 403, 404, 500, 503]) {
  const answer = { status, headers: { 'content-type': 'text/plain' }, body: 'Forbidden (user='.repeat(16 * KiB) };
  cases[`configz: 256 KB with ${status}`] = () => classifyConfigzAnswer(answer, 'a');
  cases[`direct: 256 KB with ${status}`] = () => classifyDirectAnswer(answer);
}
for (const [what, make] of Object.entries(hostileYaml)) {
  cases[`ssm: a file of ${what}`] = bySsm({
    config: `${head}x:\n ${make(127 * KiB).replaceAll('\n', '\n ')}`.slice(0, 128 * KiB),
  });
  cases[`ssm: a whole file of ${what}`] = bySsm({ config: make(128 * KiB) });
  cases[`ssm: 64 drop-ins of ${what}`] = bySsm({ dropIns: Array<string>(64).fill(make(4 * KiB)) });
}
Object.assign(cases, {
  'ssm: 64 drop-ins of many keys': bySsm({
    dropIns: Array.from(
      { length: 64 },
      (_, at) => `${head}${Array.from({ length: 300 }, (__, index) => `k${at}x${index}: 1\n`).join('')}`,
    ),
  }),
  'ssm: empty arguments': bySsm({ arguments: '\0'.repeat(64 * KiB) }),
  'ssm: the same flag': bySsm({ arguments: `kubelet\0${'--port=1\0'.repeat(7_000)}` }),
  'ssm: feature gates as a flag': bySsm({ arguments: `kubelet\0--feature-gates=${'A=true,'.repeat(9_000)}\0` }),
  'ssm: one long argument': bySsm({ arguments: `kubelet\0--${'-'.repeat(64 * KiB)}\0` }),
  'ssm: times': bySsm({
    dropIns: [],
    more: Array.from({ length: 4_000 }, (_, index) => times(`/d/${index}`)).join(''),
  }),
  'ssm: client CAs': bySsm({
    more: Array.from({ length: 8 }, (_, index) => frame('client-ca', 'read', `/ca${index}`, `${block}\n`)).join(''),
  }),
  'ssm: unpacks to more than its limit': () => decodeAnswer(output('0'.repeat(8 * 1024 * KiB))),
  'ssm: no answer of ours': () => decodeAnswer(`${probeAnswerMarker} gzip\n${'A'.repeat(24 * KiB)}\r\nend x`),
});

const warm = bySsm({ config: `${head}authentication:\n  anonymous:\n    enabled: false\n` });
for (let index = 0; index < 200; index += 1) warm();

/** Of CPU: on a busy machine the time of day would count what others do. */
function millisecondsOf(run: () => unknown): number {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

const taken = Object.entries(cases).map(([name, run]) => ({
  name,
  // The shortest: the first one also compiles the program.
  ms: Math.min(...Array.from({ length: rounds }, () => millisecondsOf(run))),
}));

for (const { name, ms } of taken.toSorted((left, right) => right.ms - left.ms).slice(0, values.all ? taken.length : 25))
  process.stdout.write(`${ms.toFixed(1).padStart(8)} ms  ${name}\n`);
const longest = Math.max(...taken.map(({ ms }) => ms));
process.stdout.write(
  `${taken.length} answers; the longest block of the event loop: ${longest.toFixed(1)} ms of ${most}\n`,
);

const MiB = 1024 * KiB;
/** Four times as long, and room for a machine that is busy. A quadratic reader takes sixteen times as long. */
const mostGrowth = 8;
const clusterHead =
  '{"cluster":{"name":"a","compute":{"autoMode":false,"fargate":false,"hybrid":false}},"auditedAt":"2026-11-24T10:01:00.000Z","inventory":{"from":"kubernetes","complete":true},"controls":{"lookedAt":[],"leftOut":[]},"problems":[],"nodes":[\n';
const lines: Readonly<Record<string, (length: number) => string>> = {
  blanks: (length) => ' '.repeat(length),
  'line feeds that are none': (length) => '\r'.repeat(length),
  'one long text': (length) => `{"node":{"key":"${'a'.repeat(length)}"}}]}`,
  'many failures': (length) => `{"failures":[${'{"a":1},'.repeat(length / 8)}1]}]}`,
  'many commas': (length) => ','.repeat(length),
};

async function readingOf(line: string, isPacked: boolean): Promise<number> {
  const bytes = isPacked ? gzipSync(`${clusterHead}${line}`) : Buffer.from(`${clusterHead}${line}`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / (64 * KiB)) }, (_, at) =>
    bytes.subarray(at * 64 * KiB, (at + 1) * 64 * KiB),
  );
  const begun = process.cpuUsage();
  await Array.fromAsync(readResult(unpacked(piecesOf(pieces)), 'a')).catch(() => undefined);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

async function* piecesOf(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

let growsFaster = false;
for (const [what, make] of Object.entries(lines))
  for (const isPacked of [false, true]) {
    const shortestOf = async (line: string) =>
      Math.min(await readingOf(line, isPacked), await readingOf(line, isPacked), await readingOf(line, isPacked));
    const [short, long] = [await shortestOf(make(8 * MiB)), await shortestOf(make(32 * MiB))];
    growsFaster ||= long > 200 && long / short > mostGrowth;
    process.stdout.write(
      `${long.toFixed(0).padStart(6)} ms  report: a line of 32 MB of ${what}${isPacked ? ', packed' : ''}; ${(long / short).toFixed(1)} times that of 8 MB\n`,
    );
  }
process.exitCode = longest > most || growsFaster ? 1 : 0;
