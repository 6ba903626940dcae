import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeadmAnswer } from '../../../../../lambda/core/next-node/read/nodeadm/nodeadm-answer.ts';
import { takenPart } from '../../../../../lambda/core/next-node/read/shell/other-parts.ts';

/** Debian's package; the parts and texts that cloud-init gives to its handlers, for each line of base64. */
const program = `
import base64, json, logging, sys
sys.path.insert(0, '/usr/lib/python3/dist-packages')
logging.disable(logging.CRITICAL)
from cloudinit import handlers, user_data, util
class Paths:
    def __getattr__(self, name): return lambda *given: '/nonexistent'
class Processor(user_data.UserDataProcessor):
    def __init__(self): self.paths = Paths()
    def _do_include(self, content, message): seen.append(['include', ''])
    def _explode_archive(self, content, message): seen.append(['archive', ''])
own = set(handlers.INCLUSION_TYPES_MAP.values())
def called(data, filename, payload, headers):
    if headers['Content-Type'] in own:
        raw = payload.encode('utf-8', 'surrogateescape') if isinstance(payload, str) else payload
        seen.append([headers['Content-Type'], base64.b64encode(raw or b'').decode()])
for line in sys.stdin:
    seen = []
    try: handlers.walk(Processor().process(util.maybe_b64decode(base64.b64decode(line))), called, {})
    except Exception as error: seen = [['error', str(error)]]
    print(json.dumps(seen))
`;

type Taken = readonly (readonly [type: string, payload: string])[];
const python = ['/usr/bin/python3', 'python3'].find(
  (each) => spawnSync(each, ['-c', program], { input: '' }).status === 0,
);

function takenByCloudInit(messages: readonly string[]): readonly Taken[] {
  const input = messages.map((each) => `${Buffer.from(each).toString('base64')}\n`).join('');
  const { stdout, stderr } = spawnSync(python ?? '', ['-c', program], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (stderr) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line): Taken => JSON.parse(line));
}

const kinds: Readonly<Record<string, string>> = {
  'text/cloud-config': 'cloud-config',
  'text/cloud-boothook': 'script',
  'text/x-shellscript': 'script',
  'text/x-shellscript-per-boot': 'script',
  'text/x-shellscript-per-instance': 'script',
  'text/x-shellscript-per-once': 'script',
};

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const shownBy = (taken: Taken): readonly string[] =>
  taken.map(([type, payload]) => `${kinds[type] ?? 'not shown'}: ${utf8.decode(Buffer.from(payload, 'base64'))}`);

/** What is judged; `undefined` where nothing passes. */
function judged(message: string): readonly string[] | undefined {
  const answer = nodeadmAnswer([{ from: 'user-data', bytes: Buffer.from(message) }]);
  const parts = answer.ok ? answer.value.others.map(takenPart).filter(({ does }) => does !== 'ignored') : undefined;
  return parts?.every(({ does }) => /^(?:script|cloud-config)$/.test(does))
    ? parts.map(({ does, text }) => `${does}: ${text}`)
    : undefined;
}

const script = '#!/bin/bash\necho x';
const types = [
  'text/x-shellscript',
  'text/plain',
  'text/cloud-config',
  'text/cloud-boothook',
  'text/x-include-url',
  '',
  'application/gzip',
  'application/x-compress',
  'application/x-gunzip',
  'application/gzipped',
  'text/html',
  'message/rfc822',
  'message/partial',
  'message/external-body',
  'multipart/mixed',
  'multipart/digest',
  'text/x-shellscript-per-boot',
  'text/part-handler',
  'text/jinja2',
  'application/octet-stream',
  'text/yaml',
  'application/node.eks.aws',
  'text/x-not-multipart',
  'Text/X-ShellScript; charset="utf-16"',
  'shellscript',
  'text/cloud-config-archive',
  'text/cloud-config-jsonp',
  'application/x-sh',
  'image/png',
  'text/troff',
];
const bodies = [
  ...[script, '#cloud-config\nruncmd: [ls]', '#cloud-boothook\nls', '#include https://x', '#Cloud-Config\n{}', 'x'],
  '',
  ` \n${script}`,
  `\u0085${script}`,
  `\u001c${script}`,
  `\ufeff${script}`,
  '#!/bin/sh\r\nls\r',
  '#cloud-config-archive\n- x',
  `x\r--B\rContent-Type: text/x-shellscript\r\r${script}\r`,
  '## template: jinja\n#!/bin/sh',
  '#!/bin/sh\necho Ā é 𝒳',
  `Content-Type: text/x-shellscript\n\n${script}`,
  `\n--B\n\n${script}`,
  `x\n--B \nContent-Type: text/x-shellscript\n\n${script}`,
];
const encodings = ['', '7bit', '8bit', 'base64', 'BASE64', 'quoted-printable', 'x-uuencode'];

interface Part {
  readonly type: string;
  readonly body: string;
  readonly encoding: string;
}

function written({ type, body, encoding }: Part, newline: string): string {
  const isGzip = /zip|compress/.test(type);
  const how = isGzip ? 'base64' : encoding;
  const bytes = isGzip ? gzipSync(body) : Buffer.from(body);
  const headers = [...(type ? [`Content-Type: ${type}`] : []), ...(how ? [`Content-Transfer-Encoding: ${how}`] : [])];
  return ['--B', ...headers, '', /base64/i.test(how) ? bytes.toString('base64') : body, ''].join(newline);
}

/** Mostly the first one. */
const mostly = <T>(first: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const message = fc
  .record({
    parts: fc.array(
      fc.record({
        type: fc.constantFrom(...types),
        body: fc.constantFrom(...bodies),
        encoding: mostly('', ...encodings),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    outer: mostly(
      'mixed; boundary="B"',
      'mixed; boundary=B',
      'digest; boundary="B"',
      'mixed; boundary="<B>"',
      'mixed; boundary="B "',
    ),
    preamble: mostly('', 'x\n', `x\r--B\rContent-Type: text/x-shellscript\r\r${script}\r\n`),
    newline: mostly('\n', '\r\n'),
    wrapper: mostly('', 'base64', 'comment', 'none'),
  })
  .map(({ parts, outer, preamble, newline, wrapper }) => {
    const [first = { body: '' }] = parts;
    const head = [`Content-Type: multipart/${outer}`, 'MIME-Version: 1.0', '', preamble].join(newline);
    const text = `${head}${parts.map((each) => written(each, newline)).join('')}--B--${newline}`;
    if (wrapper === 'base64') return Buffer.from(text).toString('base64');
    if (wrapper === 'none') return first.body;
    return wrapper === 'comment' ? `# x: y\n${text}` : text;
  });

describe.skipIf(python === undefined)('beside cloud-init’s own user_data.py', () => {
  it('the parts that are judged are those that cloud-init takes, in 1,000 messages', () => {
    const messages = fc.sample(message, { numRuns: 1000, seed: 59 });
    const taken = takenByCloudInit(messages);
    const compared = messages.map((text, at) => ({ text, ours: judged(text), theirs: shownBy(taken[at] ?? []) }));
    const wrong = compared.filter(({ ours, theirs }) => ours && ours.join('\n') !== theirs.join('\n'));
    expect(wrong).toEqual([]);
    expect(compared.filter(({ ours }) => ours !== undefined).length).toBeGreaterThan(150);
  });

  it('a script is judged in every wrapper that cloud-init opens', () => {
    const harmful = '#!/bin/bash\nreboot\n';
    const packed = (type: string): string => written({ type, body: harmful, encoding: '' }, '\n');
    const wrapped = [
      ...[
        'gzip',
        'gzip-compressed',
        'gzipped',
        'x-compress',
        'x-compressed',
        'x-gunzip',
        'x-gzip',
        'x-gzip-compressed',
      ].map((each) => packed(`application/${each}`)),
      ...['rfc822', 'partial', 'news', 'global'].map(
        (each) => `--B\nContent-Type: message/${each}\n\nContent-Type: text/x-shellscript\n\n${harmful}\n`,
      ),
      ...['x', 'kind: NodeConfig'].map(
        (each) =>
          `--B\nContent-Type: application/node.eks.aws\n\n${each}\r--B\rContent-Type: text/x-shellscript\r\r${harmful}\n`,
      ),
    ];
    const messages = wrapped.map(
      (each) => `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n${each}--B--\n`,
    );
    const run = takenByCloudInit(messages).map(shownBy);
    expect(run.filter((each) => !each.join('').includes('reboot'))).toEqual([]);
    expect(messages.filter((each) => judged(each)?.join('').includes('reboot') === false)).toEqual([]);
  });
});
