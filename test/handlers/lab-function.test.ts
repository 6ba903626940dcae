import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionOptions, type LabFunction, startFunction } from './lab-function.ts';

const source = `
import { writeFileSync } from 'node:fs';
let calls = 0;
const log = (context, message) => console.log(JSON.stringify({ requestId: context.awsRequestId, message }));
export const count = async (event, context) => {
  log(context, 'called with ' + event.word);
  await new Promise((done) => setTimeout(done, event.ms ?? 0));
  return { calls: ++calls, pid: process.pid, word: event.word, home: process.env.HOME ?? null, set: process.env.SET };
};
export const wait = async (event, context) => {
  const signal = AbortSignal.timeout(context.getRemainingTimeInMillis());
  writeFileSync(event.begun, '');
  await new Promise((done) => signal.addEventListener('abort', done));
  return signal.reason.name;
};
export const fail = async () => { throw Object.assign(new Error('too often'), { name: 'Throttled' }); };
export const die = async () => process.exit(7);
`;

let bundle: string;
let running: LabFunction | undefined;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-function-'));
  bundle = join(folder, 'index.mjs');
  await writeFile(bundle, source);
  return () => rm(folder, { recursive: true });
});

afterEach(() => running?.close());

function start(options: Partial<FunctionOptions> = {}): LabFunction {
  running = startFunction({
    bundle,
    exported: 'count',
    environment: () => ({ SET: 'x' }),
    timeoutMs: 5_000,
    ...options,
  });
  return running;
}

describe('a function of the lab', () => {
  it('keeps its process warm, with an environment of its own', async () => {
    const { invoke } = start();
    const first = await invoke({ word: 'a' });
    const second = await invoke({ word: 'b' });

    expect(first.answer).toMatchObject({ value: { calls: 1, word: 'a', home: null, set: 'x' } });
    expect(second.answer).toMatchObject({ value: { calls: 2, word: 'b' } });
    expect(second.logs).toEqual([expect.objectContaining({ message: 'called with b' })]);
  });

  it('starts as many processes as it may, and lets the rest wait', async () => {
    const { invoke } = start({ processes: 2 });
    const answers = await Promise.all(['a', 'b', 'c'].map((word) => invoke({ word, ms: 50 })));
    const pids = answers.map(({ answer }) => ('value' in answer ? (answer.value as { pid: number }).pid : 0));
    expect(new Set(pids).size).toBe(2);
  });

  it('ends the time of an invocation when a test says so, whatever the clock says', async () => {
    const { invoke, endTime } = start({ exported: 'wait', timeoutMs: 900_000 });
    const begun = `${bundle}.begun`;
    const invoked = invoke({ begun });
    await expect.poll(() => existsSync(begun)).toBe(true);
    endTime();
    expect((await invoked).answer).toEqual({ value: 'TimeoutError' });
  });

  it('answers with the name and words of what was thrown', async () => {
    const { answer } = await start({ exported: 'fail' }).invoke({});
    expect(answer).toEqual({ error: { name: 'Throttled', message: 'too often' } });
  });

  it('answers for a process that died, and starts another', async () => {
    const { invoke } = start({ exported: 'die' });
    const exit = { error: { name: 'Runtime.ExitError', message: expect.any(String) } };
    expect((await invoke({})).answer).toEqual(exit);
    expect((await invoke({})).answer).toEqual(exit);
  });
});
