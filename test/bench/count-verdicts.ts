import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { BenchCluster } from './estate-shape.ts';

const cluster = z.object({ cluster: z.object({ arn: z.object({ arn: z.string() }) }) });
const node = z.object({
  node: z.object({ key: z.string() }),
  verdicts: z.record(z.string(), z.object({ status: z.string() })),
});

export interface Count {
  readonly clusters: number;
  readonly nodes: number;
  readonly verdicts: number;
  /** Whatever is not as the lab knows it: a node that is missing, twice there, or without a verdict of some control. */
  readonly wrong: readonly string[];
}

/** Compares the JSON report with the lab's estate, without the program's own code: every node once, with one verdict of every control. */
export async function countVerdicts(
  file: string,
  { expected, controls }: { readonly expected: readonly BenchCluster[]; readonly controls: readonly string[] },
): Promise<Count> {
  const left = new Map(expected.map(({ arn, instanceIds }) => [arn, new Set(instanceIds)]));
  const wrong: string[] = [];
  let current: { readonly arn: string; readonly nodes: Set<string> } | undefined;
  let [clusters, nodes, verdicts] = [0, 0, 0];

  for await (const line of createInterface({ input: createReadStream(file) })) {
    const opening = /^,?(\{"cluster":.*),"nodes":\[$/.exec(line)?.[1];
    if (opening !== undefined) {
      const { arn } = cluster.parse(JSON.parse(`${opening}}`)).cluster.arn;
      clusters += 1;
      current = { arn, nodes: left.get(arn) ?? new Set() };
      if (!left.delete(arn)) wrong.push(`cluster ${arn} is twice there, or none of the lab's`);
      continue;
    }
    if (!line.startsWith('{"node":') || !current) continue;

    const read = node.parse(JSON.parse(line.replace(/(,|\]\})$/, '')));
    nodes += 1;
    verdicts += Object.keys(read.verdicts).length;
    if (!current.nodes.delete(read.node.key))
      wrong.push(`node ${read.node.key} of ${current.arn} is twice there, or none of the lab's`);
    if (Object.keys(read.verdicts).toSorted().join() !== controls.toSorted().join())
      wrong.push(`node ${read.node.key} of ${current.arn} has other verdicts than one a control`);
    if (line.endsWith(']}') && current.nodes.size > 0)
      wrong.push(`${current.nodes.size} nodes of ${current.arn} are missing`);
  }

  wrong.push(...[...left.keys()].map((arn) => `cluster ${arn} is missing`));
  return { clusters, nodes, verdicts, wrong };
}
