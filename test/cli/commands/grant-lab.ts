import { memberRoleName } from '../../../lambda/contract/names.ts';
import type { LabCredentials } from '../../lab/aws/identities.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { awsVariables, nodesOf, runCli } from '../run-cli.ts';

// What the tests of `grant` begin with: one account whose clusters do not know the role that audits, and an administrator who may let it in.

export const accountId = '111122223333';
export const region = 'eu-central-1';
export const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
export const admin = `arn:aws:iam::${accountId}:user/admin`;

/** A lab with that account and role. */
export async function startGrantLab(): Promise<Lab> {
  const lab = await startLab();
  lab.addAccount(accountId);
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  return lab;
}

/** `eks-kubelet-audit grant` by the administrator. */
export const grantIn = (lab: Lab, ...args: readonly string[]) =>
  runCli(['grant', ...args], { env: awsVariables(lab, lab.credentials(accountId), region) });

/** What an audit of a cluster finds: the codes of its problems, and the verdict of each node with its source. */
export async function audited(
  {
    lab,
    cluster,
    by = lab.sts.startSession(auditor, 'audit'),
  }: { lab: Lab; cluster: LabKubernetesCluster; by?: LabCredentials },
  ...[sources, ...more]: readonly string[]
) {
  const named = more.includes('--kubeconfig') ? cluster.arn : cluster.name;
  const asked = ['--sources', sources ?? 'configz', '--controls', '3.2.3', '--format', 'json', ...more];
  const { code, stdout } = await runCli(['audit', named, ...asked], {
    env: awsVariables(lab, by, region),
    routes: cluster.kubelets.routes,
  });
  const [found] = JSON.parse(stdout).clusters;
  return {
    code,
    notes: found.notes,
    problems: found.problems.map((each: { readonly code: string }) => each.code),
    verdicts: Object.fromEntries(
      nodesOf(stdout).map(({ node, verdicts }) => {
        const [verdict] = Object.values(verdicts);
        return [node.name, `${verdict?.status} by ${verdict?.evidence?.via}`];
      }),
    ),
  };
}
