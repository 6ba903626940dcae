import { hubFunctions, kubernetesGroup, memberRoleName } from '../../lambda/contract/names.ts';
import { deployMember, grantedIn, hub, memberStackTemplate } from '../lab/estate/organization.ts';
import type { KubeletBehaviour } from '../lab/kubernetes/kubelet-behaviour.ts';
import { internalIpOf } from '../lab/kubernetes/node-object.ts';
import { directRules } from '../lab/kubernetes/rbac.ts';
import { startLab } from '../lab/lab.ts';
import { recordedAnswer } from '../lab/wire/http-answer.ts';
import { addBenchCluster, benchAddress, benchInstanceId } from './bench-lab.ts';
import { probeOutput } from './probe-output.ts';

// The bench's AWS with one cluster, in a process of its own: says how to reach it in one line and ends with its standard input.
const count = Number(process.argv[2]);
// So many of them have a port of their own.
const ports = Number(process.argv[3]);
// How long a kubelet's answer is; a real one has 3 KB.
const answerBytes = Number(process.argv[4] ?? 0);
const { accountId, region } = hub;
const bucket = 'bench-runs';
const answers = configzAnswers();

const lab = await startLab();
lab.addAccount(accountId);
lab.s3.createBucket(accountId, region, bucket);
deployMember(lab, memberStackTemplate(), accountId);
let stdout: string | undefined;
const cluster = await addBenchCluster(lab, {
  accountId,
  region,
  name: 'bench',
  nodes: Array.from({ length: count }, (_, index) => ({
    id: benchInstanceId(index),
    name: `node-${index}`,
    kubelet: { kind: 'live', now: () => answers(index) },
    bulk: true,
  })),
  rbac: { ...grantedIn(accountId).rbac, users: { 'bench-direct': directRules } },
  staticTokens: {
    'bench-token': { name: 'bench', groups: [kubernetesGroup] },
    'direct-token': { name: 'bench-direct', groups: [] },
  },
  printed: (_, { caPem }) => {
    stdout ??= probeOutput('al2023-shape', caPem);
    return stdout;
  },
});
for (const node of cluster.api.nodes.slice(0, ports)) await cluster.kubelets.add(node);
const kubelets = cluster.api.nodes.slice(0, ports).map((node) => ({
  name: node.name,
  address: internalIpOf(node),
  port: cluster.kubelets.of(node.name).port,
}));
// Who audits by the command line has the access entry; the function assumes the role that has it.
const auditor = lab.sts.startSession(`arn:aws:iam::${accountId}:role/${memberRoleName}`, 'bench');
const role = `arn:aws:iam::${accountId}:role/${hubFunctions.audit.roleName}`;
const credentials = lab.sts.startSession(role, hubFunctions.audit.functionName);
process.stdout.write(
  `${JSON.stringify({ kubeconfig: cluster.kubeconfig('bench-token'), direct: { kubeconfig: cluster.kubeconfig('direct-token'), kubelets }, endpoint: lab.endpoint, bucket, auditor, credentials })}\n`,
);
process.stdin.resume().once('end', () => void lab.close());

/** The recorded answer of a good node, with each node's own address and id, and a list that no control looks at. */
function configzAnswers(): (index: number) => KubeletBehaviour {
  const { kubeletconfig } = JSON.parse(recordedAnswer('kubelets/al2023-shape/configz-through-api-server.http').body);
  const sysctl = (index: number) => `net.ipv4.conf.eni${index}.rp_filter`;
  const allowedUnsafeSysctls = Array.from({ length: Math.max(0, answerBytes - 3_400) / 34 }, (_, index) =>
    sysctl(index),
  );
  const config = { ...kubeletconfig, ...(answerBytes > 0 && { allowedUnsafeSysctls }) };
  const [before = '', between = '', after = ''] = JSON.stringify({
    kubeletconfig: { ...config, address: '|', providerID: 'aws:///eu-central-1a/|' },
  }).split('|');
  return (index) => ({
    kind: 'serves',
    body: `${before}${benchAddress(index)}${between}${benchInstanceId(index)}${after}`,
  });
}
