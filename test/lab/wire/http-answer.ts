import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an HTTP server answers, without the headers that each answer makes anew (`audit-id`, `date`, `content-length`). */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const madeAnew = new Set(['audit-id', 'date', 'content-length', 'transfer-encoding']);
const read = new Map<string, HttpAnswer>();

/** A recorded answer of `test/fixtures`, with some of its text replaced (names and addresses of the recording by those of the lab). */
export function recordedAnswer(file: string, replacements: Readonly<Record<string, string>> = {}): HttpAnswer {
  const answer =
    read.get(file) ?? parseRecording(readFileSync(join(import.meta.dirname, '../../fixtures', file), 'utf8'));
  read.set(file, answer);

  let { body } = answer;
  for (const [from, to] of Object.entries(replacements)) {
    if (!body.includes(from)) throw new Error(`${file} does not say '${from}'`);
    body = body.replaceAll(from, () => to);
  }
  return { ...answer, body };
}

/** The body ends where content-length says, if it does; curl's own line with the time comes after it. */
function parseRecording(text: string): HttpAnswer {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) throw new Error(`a recording without an end of its headers: ${text.slice(0, 80)}`);
  const [statusLine = '', ...headerLines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    headerLines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const rest = Buffer.from(text.slice(end + 4), 'utf8');
  const length = Number(headers.get('content-length') ?? rest.length);
  const body = rest.subarray(0, length);
  if (body.length !== length) throw new Error(`a recording of ${body.length} bytes that promises ${length}`);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries([...headers].filter(([name]) => !madeAnew.has(name))),
    body: body.toString('utf8'),
  };
}

/** The API server's own refusal, written as it writes it. */
export function statusAnswer(status: {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly details?: Readonly<Record<string, string>>;
}): HttpAnswer {
  const { code, message, reason, details } = status;
  return jsonAnswer(code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details }),
    code,
  });
}

/** Indented, as the API server answers by default. */
function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { 'cache-control': 'no-cache, private', 'content-type': 'application/json' },
    body: JSON.stringify(value, null, 2),
  };
}

export function compactJsonAnswer(value: unknown): HttpAnswer {
  return { ...jsonAnswer(200, null), body: `${JSON.stringify(value)}\n` };
}

export function textAnswer(status: number, body: string): HttpAnswer {
  return {
    status,
    headers: {
      'cache-control': 'no-cache, private',
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}
