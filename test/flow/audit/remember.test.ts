import { describe, expect, it } from 'vitest';
import { type Memory, missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { memoryAfterEvents, writeMemory } from '../../../lambda/flow/audit/remember.ts';
import { FakeMemory } from '../../fakes/ports.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
const key = 'kubelet-client-ca-file/node-group/managed/workers';
const value: Memory = {
  ...missingMemory(new Date('2026-11-25T05:00:00Z')),
  runId: 'run',
  findings: { [key]: { status: 'fail', announced: 'opened' } },
};

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
    'fix the problem in the message; until then the next run announces the same again, and a node that cannot be read keeps its last proven status longer',
};

describe('writeMemory', () => {
  it('writes where there is a memory', async () => {
    const memory = new FakeMemory();
    expect(await writeMemory(memory, { place, cluster: 'blue', value, read: {} })).toEqual([]);
    expect((await memory.read(place, 'blue')).value).toEqual(value);
    expect(await writeMemory(undefined, { place, cluster: 'blue', value, read: {} })).toEqual([]);
  });

  it('makes a problem of what an operator can fix, and of nothing else', async () => {
    expect(await writeMemory(denied, { place, cluster: 'blue', value, read: {} })).toEqual([problem]);
    const defect = new BrokenMemory(new TypeError('no function'));
    await expect(writeMemory(defect, { place, cluster: 'blue', value, read: {} })).rejects.toThrow('no function');
  });
});

describe('memoryAfterEvents', () => {
  it('reports a problem once, however many memories it keeps from being written', async () => {
    const late = memoryAfterEvents(denied);
    for (const cluster of ['blue', 'green']) await late.memory.write(place, cluster, value, {});
    expect(await late.keep(true)).toEqual([problem]);
  });
});
