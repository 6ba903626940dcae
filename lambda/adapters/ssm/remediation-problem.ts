import type { Place, Problem } from '../../core/model/model.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { placeText } from '../aws-access.ts';
import type { NoDocument } from './pinned-document.ts';
import { type SsmFault, ssmProblem } from './ssm-call.ts';

/** The problem behind a fault that every node would meet, in the words of who wanted to change something. */
export function nothingChanged(fault: SsmFault, resource: string): Problem {
  const problem = ssmProblem(fault, resource);
  return {
    ...problem,
    remedy: fault.accessDenied
      ? `allow ${fault.action} on ${resource} to this principal; nothing was changed`
      : 'fix that, and give the same command again; nothing was changed',
  };
}

/** Why nothing is run: no version of the document, or of the runbook, is one that this program brings. */
export function noRemedy(place: Place, name: string, found: NoDocument): Problem {
  switch (found.kind) {
    case 'missing':
      return {
        code: 'document-missing',
        message: `the SSM document ${name} is not there in ${placeText(place)}`,
        remedy: 'deploy the remediation stack of this version there; nothing was changed',
      };
    case 'changed':
      return changedRemedy(place, name, `none of the ${howMany(found.looked, 'version')} looked at is`);
    case 'fault':
      return nothingChanged(found.fault, `document/${name}`);
  }
}

/** @param why in a few words, what was found instead */
export const changedRemedy = (place: Place, name: string, why: string): Problem => ({
  code: 'document-changed',
  message: `the SSM document ${name} in ${placeText(place)} is not the one that this program brings (${why}), so nothing was run on any node`,
  remedy:
    'deploy the remediation stack of this version there; if it is deployed, see in CloudTrail who made or changed the document (CreateDocument, UpdateDocument), and delete it if it is not ours: a foreign document of this name keeps the StackSet from making its stack there',
});

/** It is our document, but SSM rejects these parameters for it: the release before knows fewer. */
export const outdatedRemedy = (place: Place, name: string, fault: SsmFault): Problem => ({
  code: 'document-outdated',
  message: `the SSM document ${name} in ${placeText(place)} does not take what is asked of it (${fault.name})`,
  remedy: 'deploy the remediation stack of this version there; nothing was changed',
});
