import { expect, it } from 'vitest';
import { type GrantPlan, grantTarget } from '../../../../lambda/core/fix/grant/grant-plan.ts';
import { rbacManifest } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { grantPlanReport } from '../../../../lambda/core/report/terminal/grant.ts';
import { cluster } from '../../../fakes/ports.ts';
import { runInShell } from '../../../fakes/run-in-shell.ts';

const missing = { status: 'missing' } as const;
const asked = { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'api-server', proxyHolders: false } as const;
const target = grantTarget({ ...cluster, authenticationMode: 'API' }, asked);
const objects = { clusterRole: missing, clusterRoleBinding: missing, otherBinding: 'missing' } as const;
const plan: GrantPlan = { target, entry: missing, ...objects };

it.each([
  ['in a file', undefined],
  ['on a screen', 40],
])('prints a script that calls only what it shows, whatever AWS and the cluster answered: %s', (_where, width) => {
  const hostile = "x'\n$(echo pwned >&2)`echo pwned >&2`\necho pwned >&2";
  const problem = { code: 'eks-forbidden', message: hostile, remedy: hostile };
  const hostilePlan: GrantPlan = {
    ...plan,
    entry: { status: 'differs', found: [hostile] },
    clusterRole: { status: 'blocked', problem },
    clusterRoleBinding: { status: 'differs', found: { subjects: [hostile], rules: `\n${hostile}` } },
  };
  const script = grantPlanReport(hostilePlan, { profile: "it's $HOME", width });

  const lines = [
    `aws eks update-access-entry --cluster-name prod --region eu-west-1 --profile it's $HOME --principal-arn arn:aws:iam::111122223333:role/EksKubeletAudit --kubernetes-groups ${hostile} eks-kubelet-audit`,
    "aws eks update-kubeconfig --name prod --region eu-west-1 --profile it's $HOME",
    'kubectl --context arn:aws:eks:eu-west-1:111122223333:cluster/prod apply -f -',
    rbacManifest({ way: 'api-server', proxyHolders: false }).trimEnd(),
  ];
  expect(runInShell(script).join('\n')).toBe(lines.join('\n'));
});

it('wraps comments for a screen, and leaves each command on its line', () => {
  const [narrow, wide] = [grantPlanReport(plan, { width: 80 }), grantPlanReport(plan)];

  const before = narrow.slice(0, narrow.indexOf('\n# 2. '));
  expect(before.split('\n').filter((line) => line.startsWith('#') && line.length > 80)).toEqual([]);
  expect(runInShell(narrow)).toEqual(runInShell(wide));
});
