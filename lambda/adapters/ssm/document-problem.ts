import { probeDocumentName } from '../../contract/names.ts';
import type { Cluster, Place, Problem, ReadFailure } from '../../core/model/model.ts';
import { howMany } from '../../core/model/text/words.ts';
import { placeText } from '../aws-access.ts';
import type { NoDocument } from './pinned-document.ts';
import { type SsmFault, ssmProblem } from './ssm-call.ts';

export const notTried = (because: string): ReadFailure => ({ via: 'ssm', kind: 'not-tried', because });
export const unreadable = (because: string): ReadFailure => ({ via: 'ssm', kind: 'unreadable', because });
export const clusterFault = (problem: Problem): ReadFailure => ({
  via: 'ssm',
  kind: 'cluster',
  because: problem.message,
  problem,
});
export const deadline: ReadFailure = {
  via: 'ssm',
  kind: 'deadline',
  because: 'time ran out before SSM answered for this node',
};

const isProbe = (name: string): boolean => name === probeDocumentName;
/** What the absence of a document means until its stack is deployed. */
const meanwhile = (name: string): string =>
  isProbe(name) ? 'until then nodes that only SSM can read stay unknown' : 'nothing was changed';
const stackOf = (name: string): string => (isProbe(name) ? 'member stack' : 'remediation stack');
const named = (place: Place | undefined, name: string, is: string): string =>
  `the SSM document ${name} ${is} ${place ? placeText(place) : 'this account and Region'}`;

/** @param why in a few words, what was found instead */
export const changedDocument = (place: Place | undefined, name: string, why: string): Problem => ({
  code: 'document-changed',
  message: `${named(place, name, 'in')} is not the one that this program brings (${why}), so nothing was run on any node`,
  remedy: `deploy the ${stackOf(name)} of this version there; if it is deployed, see in CloudTrail who made or changed the document (CreateDocument, UpdateDocument), and delete it if it is not ours: a foreign document of this name keeps the StackSet from making its stack there; ${meanwhile(name)}`,
});

/** It is our document of another release. @param why how that shows */
export const outdatedDocument = (place: Place | undefined, name: string, why: string): Problem => ({
  code: 'document-outdated',
  message: `${named(place, name, 'in')} does not fit this program: ${why}`,
  remedy: `deploy the ${stackOf(name)} of this version there; ${meanwhile(name)}`,
});

/** Why nothing is run: no version of the document, or of the runbook, is one that this program brings. */
export function documentProblem(place: Place | undefined, name: string, found: NoDocument): Problem {
  switch (found.kind) {
    case 'missing':
      return {
        code: 'document-missing',
        message: named(place, name, 'is not there in'),
        remedy: `deploy the ${stackOf(name)} of this version there; ${meanwhile(name)}`,
      };
    case 'changed':
      return changedDocument(place, name, `none of the ${howMany(found.looked, 'version')} looked at is`);
    case 'fault':
      return (isProbe(name) ? ssmProblem : nothingChanged)(found.fault, documentArn(place, name));
  }
}

/** Why no probe can be sent, reported once for the cluster. */
export const noDocument = ({ arn }: Cluster, found: NoDocument): ReadFailure =>
  clusterFault(documentProblem(arn, probeDocumentName, found));

export const documentArn = (place: Place | undefined, name: string): string =>
  place ? `arn:${place.partition}:ssm:${place.region}:${place.accountId}:document/${name}` : `document/${name}`;

/** The problem behind a fault that every node would meet, in the words of who wanted to change something. */
export function nothingChanged(fault: SsmFault, resource: string): Problem {
  const problem = ssmProblem(fault, resource);
  return {
    ...problem,
    remedy: fault.accessDenied
      ? `allow ${fault.action} on ${resource} to this principal; nothing was changed`
      : 'fix that, and run the same command again; nothing was changed',
  };
}
