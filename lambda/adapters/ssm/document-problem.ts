import { probeAnswerMarker, probeDocumentName } from '../../contract/names.ts';
import type { Cluster, Problem } from '../../core/model.ts';

export const missingDocument = (cluster: Cluster, error: string): Problem => ({
  code: 'document-missing',
  message: `the SSM document ${probeDocumentName} is not usable in ${place(cluster)} (${error})`,
  remedy:
    'deploy the stack there (npx cdk deploy): it brings the document; until then nodes that only SSM can read stay unknown',
});

/** @param format first word of the answer that a node gave */
export const otherDocument = (cluster: Cluster, format: string): Problem => ({
  code: 'document-outdated',
  message: `the SSM document ${probeDocumentName} in ${place(cluster)} does not fit this program: it answers ${format}, and ${probeAnswerMarker} is read here`,
  remedy:
    'deploy the new document: the stack of the version that runs here (npx cdk deploy); until then nodes that only SSM can read stay unknown',
});

const place = ({ arn }: Cluster): string =>
  arn ? `account ${arn.accountId}, ${arn.region}` : 'this account and Region';
