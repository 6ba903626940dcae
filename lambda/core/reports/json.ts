import type { Audit, ClusterAudit, NodeAudit } from '../model.ts';
import { countVerdicts } from '../outcome.ts';
import { plainJson } from '../plain-json.ts';

/**
 * The whole audit as JSON for other programs, piece by piece and one node a line: every node with its verdicts, its evidence, and what could not be
 * read. `schemaVersion` grows when a field changes its meaning or goes; new fields may come at any time.
 */
export function* jsonReport({ clusters, ...audit }: Audit): Generator<string> {
  yield* withList(
    { schemaVersion: 1, counts: countVerdicts({ clusters }), ...audit },
    'clusters',
    clusters.map(clusterPieces),
  );
  yield '\n';
}

const clusterPieces = ({ nodes, ...cluster }: ClusterAudit): Iterable<string> =>
  withList(
    cluster,
    'nodes',
    nodes.map((node) => lineOf(node)),
  );

function* lineOf(node: NodeAudit): Generator<string> {
  yield plainJson(node);
}

/** An object as JSON with one more member, a list whose elements come in pieces. */
function* withList(object: object, name: string, elements: readonly Iterable<string>[]): Generator<string> {
  yield `${plainJson(object, withoutCertificates).slice(0, -1)},"${name}":[`;
  for (const [index, element] of elements.entries()) {
    yield index === 0 ? '\n' : ',\n';
    yield* element;
  }
  yield ']}';
}

/** The cluster's CA is long and no evidence here. */
const withoutCertificates = (key: string, value: unknown): unknown => (key === 'caPem' ? undefined : value);
