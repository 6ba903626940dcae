import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { findingTitle } from '../../../lambda/core/controls/finding-title.ts';
import { fixableControls } from '../../documents/remediation/remediate-names.ts';
import { findingRunbookName } from './response-runbook.ts';

/**
 * Tells Automated Security Response, in the account and Region where it runs, which runbook a finding of ours has: it looks that up by the finding's title.
 * Without a role in the answer it starts the runbook as its own role of the finding's account.
 */
export class ResponseParameters extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    for (const control of fixableControls)
      new StringParameter(this, control.slug, {
        parameterName: responseParameterName(findingTitle(control)),
        description: `Runbook for findings of ${control.slug}`,
        stringValue: JSON.stringify({ RunbookName: findingRunbookName, RunbookRole: '' }),
      });
  }
}

/** As Automated Security Response makes it of a title (`clean_ssm` in its `simple_validation.py`). */
export const responseParameterName = (title: string): string =>
  `/Solutions/SO0111/${title
    .trim()
    .replaceAll('..', '')
    .replaceAll(/[^a-zA-Z0-9._-]/g, '-')
    .replaceAll(/^[.\-_]+|[.\-_]+$/g, '')}`;
