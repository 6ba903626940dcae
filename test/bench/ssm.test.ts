import { describe, expect, it } from 'vitest';
import { ssmSource } from '../../lambda/adapters/ssm/ssm-source.ts';
import { signalUntil } from '../../lambda/flow/signal-until.ts';
import { readEach } from '../fakes/ask-ports.ts';
import { type SlowSsmOptions, slowCluster, slowSsm } from './slow-ssm.ts';

// SSM of the lab takes time, on a virtual clock (slow-ssm.ts). `npm run bench:ssm` prints the same for more nodes.

interface Read {
  readonly isRead: ReadonlyMap<string, boolean>;
  readonly kinds: ReadonlySet<string>;
  readonly silent: number;
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
}

/** So many functions at once, each with a share of the nodes and fourteen minutes. */
async function read(options: SlowSsmOptions, functions = 1, minutes = 14): Promise<Read> {
  const { clock, nodes, silent, client, calls, close } = slowSsm(options);
  const began = clock.now().getTime();
  const { signal, stop } = signalUntil(clock, new AbortController().signal, new Date(began + minutes * 60_000));
  const isRead = new Map<string, boolean>();
  const kinds = new Set<string>();
  const share = nodes.length / functions;

  const audit = async (_: unknown, index: number) => {
    const source = ssmSource({ client: client(), clock });
    const own = nodes.slice(index * share, (index + 1) * share);
    for await (const { node, result } of readEach(source, slowCluster, own, signal)) {
      isRead.set(node.key, result.ok);
      if (!result.ok) kinds.add(result.error.kind);
    }
  };
  const all = Promise.all(Array.from({ length: functions }, audit)).then(stop);
  await clock.run(all);
  await close();
  const taken = calls.filter(({ status }) => status === 200).map(({ operation }) => operation);
  return {
    isRead,
    kinds,
    silent,
    seconds: (clock.now().getTime() - began) / 1_000,
    calls: Object.fromEntries([...new Set(taken)].map((each) => [each, taken.filter((one) => one === each).length])),
  };
}

const readNodes = ({ isRead }: Read): number => [...isRead.values()].filter(Boolean).length;
const slow = { callMs: 60, commandMs: 3_000, silentShare: 0.02 };

describe('SSM that takes time', () => {
  it('is asked for the next nodes while silent ones are waited for, and about none twice', async () => {
    const run = await read({ nodes: 250, timing: { seed: 1, ...slow, silentShare: 0.1 } });

    expect(run.silent).toBeGreaterThan(10);
    expect(readNodes(run)).toBe(250 - run.silent);
    // Four batches that each wait for their slowest node take three times as long as one.
    expect(run.seconds).toBeLessThan(2 * 75);
    expect(run.calls).toMatchObject({ SendCommand: 5, GetCommandInvocation: 250 - run.silent });
  });

  it('is read by forty functions at once in one account, which come to its rates and lose no node', async () => {
    const rates = { sendCommand: { perSecond: 2, burst: 5 }, others: { perSecond: 10, burst: 20 } };
    const run = await read({ nodes: 400, timing: { seed: 2, ...slow }, rates }, 40);

    expect(readNodes(run)).toBe(400 - run.silent);
    expect(run.calls).toMatchObject({ SendCommand: 40, GetCommandInvocation: 400 - run.silent });
  });

  it('runs commands again that the account’s limit of pending ones refused', async () => {
    const run = await read({ nodes: 500, timing: { seed: 3, ...slow }, mostPending: 120 });

    expect(readNodes(run)).toBe(500 - run.silent);
    expect(run.kinds).toEqual(new Set(['unreadable']));
    expect(run.calls['SendCommand']).toBeGreaterThan(10);
    expect(run.calls['GetCommandInvocation']).toBe(500 - run.silent);
  });

  it('keeps what was read when time is over, and says so of the others', async () => {
    const run = await read({ nodes: 500, timing: { seed: 4, ...slow } }, 1, 0.25);

    expect(readNodes(run)).toBeGreaterThan(100);
    expect(readNodes(run)).toBeLessThan(500);
    expect(run.kinds).toEqual(new Set(['deadline']));
    expect(run.isRead.size).toBe(500);
  });
});
