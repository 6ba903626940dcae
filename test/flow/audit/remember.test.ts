import { describe, expect, it } from 'vitest';
import { type Memory, missingMemory, parseMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { isMemoryChanged, memoryAfterEvents, writeMemory } from '../../../lambda/flow/audit/remember.ts';
import { FakeMemory } from '../../fakes/ports.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
const key = 'kubelet-client-ca-file/node-group/managed/workers';
const memoryOf = (runId: string, announced?: 'opened'): Memory => ({
  ...missingMemory(new Date('2026-11-25T05:00:00Z')),
  runId,
  findings: { [key]: { status: 'fail', ...(announced && { announced }) } },
});
const value = memoryOf('run', 'opened');

class BrokenMemory extends FakeMemory {
  readonly #error: Error;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  override write = async (): Promise<boolean> => {
    throw this.#error;
  };
}
const denied = new BrokenMemory(new OperatorError('bucket-denied', 'no right to write'));
const problem = {
  code: 'bucket-denied',
  message: 'no right to write',
  remedy:
    'fix what the message names; until then the next run announces the same again, and a node that cannot be read keeps its last proven status longer',
};

describe('writeMemory', () => {
  it('writes where there is a memory', async () => {
    const memory = new FakeMemory();
    expect(await writeMemory(memory, { place, cluster: 'blue', value, read: {} })).toEqual([]);
    expect(parseMemory((await memory.read(place, 'blue')).value)).toEqual(value);
    expect(await writeMemory(undefined, { place, cluster: 'blue', value, read: {} })).toEqual([]);
  });

  it('makes a problem of what an operator can fix, and of nothing else', async () => {
    expect(await writeMemory(denied, { place, cluster: 'blue', value, read: {} })).toEqual([problem]);
    const defect = new BrokenMemory(new TypeError('no function'));
    await expect(writeMemory(defect, { place, cluster: 'blue', value, read: {} })).rejects.toThrow('no function');
  });
});

describe('memoryAfterEvents', () => {
  it('writes nothing before the events were sent, and all of it then', async () => {
    const memory = new FakeMemory();
    const late = memoryAfterEvents(memory);
    await late.memory.write(place, 'blue', value, {});
    expect((await memory.read(place, 'blue')).value).toBeUndefined();
    expect(await late.keep(true)).toEqual([]);
    expect(parseMemory((await memory.read(place, 'blue')).value)).toEqual(value);
  });

  it('keeps as announced what was before, where the events were not sent', async () => {
    const memory = new FakeMemory();
    await memory.write(place, 'blue', memoryOf('before', 'opened'));
    const late = memoryAfterEvents(memory);
    for (const cluster of ['blue', 'green']) {
      const read = await late.memory.read(place, cluster);
      await late.memory.write(place, cluster, value, read);
    }
    expect(await late.keep(false)).toEqual([]);
    const announced = async (cluster: string) =>
      parseMemory((await memory.read(place, cluster)).value)?.findings[key]?.announced;
    expect([await announced('blue'), await announced('green')]).toEqual(['opened', undefined]);
  });

  it('says that another writer was there after it read', async () => {
    const memory = new FakeMemory();
    const late = memoryAfterEvents(memory);
    const read = await late.memory.read(place, 'blue');
    await late.memory.write(place, 'blue', value, read);
    await memory.write(place, 'blue', memoryOf('another'));
    const problems = await late.keep(true);
    expect(problems.map(isMemoryChanged)).toEqual([true]);
    expect(parseMemory((await memory.read(place, 'blue')).value)?.runId).toBe('another');
  });

  it('tells a problem once, however many memories it keeps from being written', async () => {
    const late = memoryAfterEvents(denied);
    for (const cluster of ['blue', 'green']) await late.memory.write(place, cluster, value, {});
    expect(await late.keep(true)).toEqual([problem]);
  });
});
