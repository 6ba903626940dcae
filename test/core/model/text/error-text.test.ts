import { expect, it } from 'vitest';
import { errorLine } from '../../../../lambda/core/model/text/words.ts';

it('leaves whole what AWS says about a policy that denies, down to its name', () => {
  const said =
    'User: arn:aws:sts::111122223333:assumed-role/EksKubeletAuditMember/eks-kubelet-audit is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:ap-southeast-2:111122223333:cluster/* with an explicit deny in a service control policy: arn:aws:organizations::444455556666:policy/o-a1b2c3d4e5/service_control_policy/p-a1b2c3d4';
  expect(errorLine(new Error(said))).toBe(said);
});

it('bounds what another system says, on one line', () => {
  expect(errorLine(`one\ntwo ${'x'.repeat(1_000)}`)).toMatch(/^one two x{491}…$/);
});
