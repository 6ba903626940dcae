import { ssmSource } from '../../lambda/adapters/ssm/ssm-source.ts';
import type { ClusterNode } from '../../lambda/core/model/model.ts';
import { signalUntil } from '../../lambda/flow/signal-until.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { readEach } from '../fakes/ask-ports.ts';
import { benchTable } from './processes.ts';
import { slowCluster, slowSsm } from './slow-ssm.ts';

// `npm run bench:ssm`: how many nodes one function reads by SSM in its 14 minutes, and in how many steps all are read, where SSM and the instances take
// time. The reader and the client are the program's own, and the clock is virtual. AWS publishes no rates and no durations: those here are assumed.
// `npm run bench:ssm -- 10000 10` takes only the probes of 10 seconds.

const functionMs = 14 * 60_000;
const callMs = 60;
/** What the calls of one account and Region are assumed to get before SSM throttles them. */
const rates = { sendCommand: { perSecond: 5, burst: 10 }, others: { perSecond: 25, burst: 50 } };
const [most = 10_000, onlySeconds] = scriptArguments('npm run bench:ssm -- [NODES [SECONDS]]', {
  words: 'numbers',
}).positionals.map(Number);
/** Of slow probes, with the usual share of silent instances. */
const mostSteps = 3;

interface Case {
  readonly nodes: number;
  readonly probeSeconds: number;
  readonly silentShare: number;
  readonly seed: number;
}

const usual = { nodes: most, probeSeconds: 3, silentShare: 0.02 };
const cases: readonly Case[] = [
  ...[1, 2, 3].map((seed) => ({ ...usual, seed })),
  { ...usual, probeSeconds: 10, seed: 1 },
  ...[0, 0.05].flatMap((silentShare) =>
    [3, 10].map((probeSeconds) => ({ ...usual, probeSeconds, silentShare, seed: 1 })),
  ),
  { ...usual, nodes: most / 10, seed: 1 },
];

const operations = ['SEND', 'LIST', 'GET', 'OTHER', 'THROTTLED'];
const table = benchTable('NODES', 'PROBE S', 'SILENT', 'SEED', 'READ', 'OF', 'SECONDS', 'STEPS', ...operations);
const lines: string[] = [];
for (const each of cases.filter(({ probeSeconds }) => probeSeconds === (onlySeconds ?? probeSeconds))) {
  const { nodes, probeSeconds, silentShare, seed } = each;
  const { read, readable, seconds, steps, of, throttled } = await measured(each);
  const line = `bench:ssm ${nodes} nodes, ${probeSeconds} s a probe, ${silentShare * 100} % silent: ${read} of ${readable} readable nodes read in ${seconds.toFixed(0)} s${steps === 1 ? '' : ` in ${steps} steps`}`;
  // Printed at once, so that an interrupted bench leaves its results.
  console.error(line);
  if (nodes === most && silentShare === 0.02) {
    if (probeSeconds === 3) lines.push(line);
    if (read < readable || steps > (probeSeconds === 3 ? 1 : mostSteps)) process.exitCode = 1;
  }

  const [send, list, get] = [of('SendCommand'), of('ListCommandInvocations'), of('GetCommandInvocation')];
  table.push(
    [nodes, probeSeconds, `${silentShare * 100} %`, seed, read, readable, seconds.toFixed(0), steps]
      .concat([send, list, get, of() - send - list - get, throttled])
      .map(String),
  );
}
console.log(table.toString());
console.log(
  `A call takes ${callMs} ms, a silent instance ends after 75 s; SSM takes ${rates.sendCommand.perSecond} SendCommand and ${rates.others.perSecond} of each other call a second.`,
);
for (const line of lines) console.log(line);

async function measured({ nodes: count, probeSeconds, silentShare, seed }: Case) {
  const timing = { seed, callMs, commandMs: probeSeconds * 1_000, silentShare };
  const { clock, calls, nodes, silent, client, close } = slowSsm({ nodes: count, timing, rates });
  const began = clock.now().getTime();
  let read = 0;
  let steps = 0;
  let rest: readonly ClusterNode[] = nodes;

  const work = async () => {
    while (rest.length > 0 && steps < 12) {
      steps += 1;
      const end = new Date(clock.now().getTime() + functionMs);
      const { signal, stop } = signalUntil(clock, new AbortController().signal, end);
      const source = ssmSource({ client: client(), clock });
      const left: ClusterNode[] = [];
      for await (const { node, result } of readEach(source, slowCluster, rest, signal)) {
        if (result.ok) read += 1;
        else if (result.error.kind === 'deadline') left.push(node);
      }
      await stop();
      rest = left;
    }
  };
  await clock.run(work());
  const seconds = (clock.now().getTime() - began) / 1_000;
  await close();
  return {
    read,
    readable: count - silent,
    seconds,
    steps,
    of: (operation?: string) => calls.filter((each) => operation === undefined || each.operation === operation).length,
    throttled: calls.filter(({ error }) => error === 'ThrottlingException').length,
  };
}
