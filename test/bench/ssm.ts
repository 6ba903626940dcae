import Table from 'cli-table3';
import { ssmSource } from '../../lambda/adapters/ssm/ssm-source.ts';
import { signalUntil } from '../../lambda/flow/signal-until.ts';
import { slowCluster, slowSsm } from './slow-ssm.ts';

// `npm run bench:ssm`: how many nodes one function reads by SSM in its 14 minutes, where SSM and the instances take time. The reader and the client are
// the program's own, and the clock is virtual. AWS publishes no rates and no durations: those of this page are assumed.

const functionMs = 14 * 60_000;
const callMs = 60;
/** What the calls of one account and Region are assumed to get before SSM throttles them. */
const rates = { sendCommand: { perSecond: 5, burst: 10 }, others: { perSecond: 25, burst: 50 } };
const [most = 10_000] = process.argv.slice(2).map(Number);

interface Case {
  readonly nodes: number;
  readonly probeSeconds: number;
  readonly silentShare: number;
  readonly seed: number;
}

const grid = [3, 10].flatMap((probeSeconds) => [
  { nodes: most / 10, probeSeconds, silentShare: 0.02, seed: 1 },
  ...[0, 0.02, 0.05].map((silentShare) => ({ nodes: most, probeSeconds, silentShare, seed: 1 })),
]);

const table = new Table({
  head: ['NODES', 'PROBE S', 'SILENT', 'READ', 'OF', 'SECONDS', 'SEND', 'LIST', 'GET', 'OTHER', 'THROTTLED'],
  style: { head: [], border: [], compact: true },
});
for (const each of grid) {
  const { read, readable, seconds, of, throttled } = await measured(each);
  const [send, list, get] = [of('SendCommand'), of('ListCommandInvocations'), of('GetCommandInvocation')];
  table.push(
    [each.nodes, each.probeSeconds, `${each.silentShare * 100} %`, read, readable, seconds.toFixed(0)]
      .concat([send, list, get, of() - send - list - get, throttled])
      .map(String),
  );
}
console.log(table.toString());
console.log(
  `A call takes ${callMs} ms, a silent instance ends after 75 s; SSM takes ${rates.sendCommand.perSecond} SendCommand and ${rates.others.perSecond} of each other call a second.`,
);

for (const seed of [1, 2, 3]) {
  const { read, readable, seconds } = await measured({ nodes: most, probeSeconds: 3, silentShare: 0.02, seed });
  console.log(
    `bench:ssm ${most} nodes, 3 s a probe, 2 % silent: ${read} of ${readable} readable nodes read in ${seconds.toFixed(0)} s`,
  );
  if (read < readable) process.exitCode = 1;
}

async function measured({ nodes: count, probeSeconds, silentShare, seed }: Case) {
  const timing = { seed, callMs, commandMs: probeSeconds * 1_000, silentShare };
  const { clock, calls, nodes, silent, client, close } = slowSsm({ nodes: count, timing, rates });
  const began = clock.now().getTime();
  const { signal, stop } = signalUntil(clock, new AbortController().signal, new Date(began + functionMs));
  let read = 0;

  const work = async () => {
    const source = ssmSource({ client: client(), clock });
    for await (const { result } of source.read(slowCluster, nodes, signal)) if (result.ok) read += 1;
    await stop();
  };
  await clock.run(work());
  const seconds = (clock.now().getTime() - began) / 1_000;
  await close();
  return {
    read,
    readable: count - silent,
    seconds,
    of: (operation?: string) => calls.filter((each) => operation === undefined || each.operation === operation).length,
    throttled: calls.filter(({ error }) => error === 'ThrottlingException').length,
  };
}
