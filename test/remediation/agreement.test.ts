import { describe, expect, it } from 'vitest';
import { fixableSlugs } from '../../infra/documents/remediation/remediate-parameters.ts';
import * as names from '../../lambda/contract/remediation-names.ts';
import { planRemediation } from '../../lambda/core/fix/remediation/plan-remediation.ts';
import { runbookNodes } from '../../lambda/core/fix/remediation/run/progress.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { nodeKinds } from '../../lambda/core/model/model.ts';
import { audited, failuresOf, judgedNode, nodeOfKind } from '../core/fix/remediation/failing-audit.ts';

describe('the program and the documents', () => {
  it.each(controls)('fix the same controls: $slug is given to the runbook only if the document knows it', (control) => {
    const planned = nodeKinds.flatMap((kind) =>
      failuresOf(control, kind).flatMap(({ facts }) => {
        const plan = planRemediation(audited([judgedNode({ ...(facts && { facts }) }, nodeOfKind(kind))]), {
          controls,
        });
        return plan.groups.flatMap((group) => runbookNodes(group, plan.trust).flatMap((node) => node.controls));
      }),
    );
    const known: readonly string[] = fixableSlugs;
    expect(planned.filter((slug) => !known.includes(slug))).toEqual([]);
  });

  it('agree that Automation may publish to the topic', () => {
    expect(names.approvalTopicName).toMatch(/^Automation/);
    expect(names.customActionId).toMatch(/^[A-Za-z0-9]{1,20}$/);
  });
});
