import { probeAnswerMarker, probeDocumentName } from '../../contract/names.ts';
import type { Cluster, Problem, ReadFailure } from '../../core/model/model.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { clusterFault } from './failures.ts';
import type { NoDocument } from './pinned-document.ts';
import { ssmProblem } from './ssm-call.ts';

const missingDocument = (cluster: Cluster, error: string): Problem => ({
  code: 'document-missing',
  message: `the SSM document ${probeDocumentName} is not usable in ${place(cluster)} (${error})`,
  remedy:
    'deploy the stack there (npx cdk deploy): it brings the document; until then nodes that only SSM can read stay unknown',
});

/** @param why in a few words, what was found instead */
export const changedDocument = (cluster: Cluster, why: string): Problem => ({
  code: 'document-changed',
  message: `the SSM document ${probeDocumentName} in ${place(cluster)} is not the one that this program brings (${why}), so nothing was run on any node`,
  remedy:
    'deploy the stack of the version that runs here there; if it is deployed, see in CloudTrail who made or changed the document (CreateDocument, UpdateDocument), and delete it if it is not ours: a foreign document of this name keeps the StackSet from making its stack there; until then nodes that only SSM can read stay unknown',
});

/** @param format first word of the answer that a node gave */
export const otherDocument = (cluster: Cluster, format: string): Problem => ({
  code: 'document-outdated',
  message: `the SSM document ${probeDocumentName} in ${place(cluster)} does not fit this program: it answers ${format}, and ${probeAnswerMarker} is read here`,
  remedy:
    'deploy the new document: the stack of the version that runs here (npx cdk deploy); until then nodes that only SSM can read stay unknown',
});

/** Why no command can be sent, reported once for the cluster. */
export function noDocument(cluster: Cluster, found: NoDocument): ReadFailure {
  switch (found.kind) {
    case 'missing':
      return clusterFault(missingDocument(cluster, 'InvalidDocument'));
    case 'changed':
      return clusterFault(changedDocument(cluster, `none of the ${howMany(found.looked, 'version')} looked at is`));
    case 'fault':
      return clusterFault(ssmProblem(found.fault, documentArn(cluster)));
  }
}

export const documentArn = ({ arn }: Cluster): string =>
  arn
    ? `arn:${arn.partition}:ssm:${arn.region}:${arn.accountId}:document/${probeDocumentName}`
    : `document/${probeDocumentName}`;

const place = ({ arn }: Cluster): string =>
  arn ? `account ${arn.accountId}, ${arn.region}` : 'this account and Region';
