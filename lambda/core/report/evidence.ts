import { benchmarkFor } from '../judge/benchmark-for.ts';
import type { Cluster, ClusterAudit, KubeletFacts, NodeAudit } from '../model/model.ts';
import { keptOf } from '../model/proven.ts';
import { plainJson, shortHash } from '../model/text/words.ts';
import { withProofs } from '../model/verdict-parts.ts';

/** One file of the evidence folder: a path of plain names, and what an auditor is given. */
export interface EvidenceFile {
  readonly path: readonly [cluster: string, file: string];
  readonly text: string;
}

/**
 * One file for each node: what every source answered, reduced to the allow-listed settings, and when. It has the SHA-256 of the answer as it came and
 * of what is kept of it, and the verdicts. Nothing else of a node is ever kept.
 */
export function* evidenceFiles({ cluster, nodes, auditedAt }: ClusterAudit, choice: string): Generator<EvidenceFile> {
  const benchmark = benchmarkFor(choice, cluster);
  for (const node of nodes) {
    yield {
      path: [folderName(cluster), `${plainName(node.node.key)}.json`],
      text: `${plainJson(evidenceOf({ cluster, auditedAt, benchmark }, node), undefined, 2)}\n`,
    };
  }
}

function evidenceOf(
  { cluster, auditedAt, benchmark }: Pick<ClusterAudit, 'cluster' | 'auditedAt'> & { readonly benchmark: string },
  { node, facts, otherFacts = [], failures, drift = [], verdicts }: NodeAudit,
) {
  return {
    cluster: cluster.arn?.arn ?? cluster.name,
    node,
    auditedAt,
    benchmark,
    answers: [...(facts ? [facts] : []), ...otherFacts].map(answerOf),
    notRead: failures.map(({ via, kind, because }) => ({ via, kind, because })),
    drift,
    verdicts: withProofs(verdicts, { ...(facts && { facts }), otherFacts }),
  };
}

const answerOf = (facts: KubeletFacts) => ({ ...facts.proof, ...keptOf(facts) });

const folderName = ({ arn, name }: Cluster): string =>
  plainName(arn ? `${arn.accountId}-${arn.region}-${arn.name}` : name);

/** A node names itself: no name may lead out of its folder, nor to the file of another node. */
const plainName = (name: string): string =>
  /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(name)
    ? name
    : `${name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 160)}~${shortHash(name)}`;
