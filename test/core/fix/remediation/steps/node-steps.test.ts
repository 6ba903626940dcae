import { describe, expect, it } from 'vitest';
import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, KubeletFacts, NodeKind, Verdict } from '../../../../../lambda/core/model/model.ts';
import { bundle, judgedNode, nodeOfKind, running, seen } from '../failing-audit.ts';
import { cluster, named, port, stepsOf, wrong } from './steps-of.ts';

const slug = 'kubelet-hostname-override';
const gives = '--hostname-override gives the node its name in the cluster, so it is never taken from a node that runs';
const ofBottlerocket =
  'settings.kubernetes.hostname-override, or the default that Bottlerocket has for its variant, gives --hostname-override, and with it the node its name: take the setting out of the user data (TOML), and replace the node';
it.each<[NodeKind, string, string]>([
  ['al2', gives, 'images of EKS'],
  ['bottlerocket', ofBottlerocket, 'EC2 variants'],
])('the step of a name is to make nodes of %s anew', (kind, because, images) => {
  const [step] = stepsOf(kind, slug, seen(kind, { hostnameOverride: 'ip-10-0-0-1.ec2.internal' }));
  expect(step).toEqual([
    `${slug}, image by person: ${because}`,
    'always',
    `mind: ${images} set it themselves, to the name under which EC2 knows the instance: then it is to be accepted, since IAM lets the kubelet in under that name only`,
  ]);
});

describe('the step on a node that nobody edits', () => {
  it('of Bottlerocket is a setting of its API', () => {
    const origin = { from: 'file', file: '/x' } as const;
    const step = (slug: string, what: string, option: string, [after, given]: readonly [string, string]) => [
      `${slug}, settings-api by person: Bottlerocket makes the kubelet's files from its settings, and ${what} follows from settings.${option}`,
      '@ settings',
      `+ ${option} = ${after}`,
      `$ apiclient set ${option}=${given}`,
      'stays',
      'mind: apiclient restarts the kubelet',
    ];

    const events = wrong('bottlerocket', { eventRecordQPS: { value: -1, origin } });
    const ofEvents = ['eventRecordQPS (--event-qps)', 'kubernetes.event-qps'] as const;
    const [first] = stepsOf('bottlerocket', 'kubelet-event-qps', events);
    expect(first).toEqual(step('kubelet-event-qps', ...ofEvents, ['50', '50']));
    const ofCa = seen('bottlerocket', { clientCa: bundle('cd'.repeat(32), '2036-01-01T00:00:00.000Z') });
    const certificate = btoa(cluster.endpoint.caPem);
    const content = 'content of the file that authentication.x509.clientCAFile names (--client-ca-file)';
    const given = ['kubernetes.cluster-certificate', [`"${certificate}"`, certificate]] as const;
    const [second] = stepsOf('bottlerocket', 'client-ca-is-cluster-ca', ofCa);
    expect(second).toEqual(step('client-ca-is-cluster-ca', content, ...given));
  });

  const noSetting =
    'Bottlerocket has no setting that gives readOnlyPort (--read-only-port) this value: its own template never does, so replace the node by one of an unchanged image';
  const ofAws = 'replace the node, and open a case with AWS Support if new ones show the same';
  it.each<[NodeKind, string]>([
    ['bottlerocket', `image by person: ${noSetting}`],
    ['fargate', `not-ours by aws: AWS runs this kubelet (Fargate): ${ofAws}`],
  ])('of %s is another node where no setting gives the value', (kind, what) => {
    const slug = 'kubelet-read-only-port';
    expect(stepsOf(kind, slug, port(kind))).toEqual([[`${slug}, ${what}`, 'always']]);
  });

  it('of Windows has no argument for a name', () => {
    const [step] = stepsOf('windows', 'kubelet-hostname-override', seen('windows', { hostnameOverride: 'x' }));
    expect(step).toEqual([expect.stringContaining('image by person'), 'always']);
  });
});

describe('what has no step', () => {
  const slug = 'kubelet-read-only-port';
  const left = (verdict?: Verdict, kind: NodeKind = 'al2', facts?: KubeletFacts, change: Partial<ClusterNode> = {}) => {
    const node = nodeOfKind(kind, 1, change);
    const verdicts = { ...(verdict && { [slug]: verdict }) };
    const options = { cluster, trust: [], controls: [named(slug)] };
    return nodeSteps({ node, ...(facts && { facts }), failures: [], verdicts }, options);
  };
  const unknown: Verdict = { status: 'unknown', because: 'why' };
  const unconfirmed: Partial<ClusterNode> = { machine: { status: 'unconfirmed', because: 'x' } };

  const ssm = 'why; let SSM read the node, then plan again';
  const aws = 'why; AWS runs this kubelet, and there is nothing to plan';
  const more = 'why; SSM could not tell more: fix that first, then plan again';
  const windows =
    'why; SSM’s document reads Linux only: let the API server reach its kubelet, or look at its bootstrap, then plan again';
  const hybrid =
    'why; SSM knows no machine of this hybrid node: look at its files there (evaluate node), or register it with SSM, then plan again';
  it.each<[string, ReturnType<typeof left>, string]>([
    ['was not judged', left(undefined), 'the control was not evaluated for this node'],
    ['is unknown', left(unknown), ssm],
    ['is a warning', left({ status: 'warn', because: 'odd' }), 'odd; let SSM read the node, then plan again'],
    ['is unknown to SSM too', left(unknown, 'al2', seen('al2')), more],
    ['is unknown to another source', left(unknown, 'al2', running(seen('al2'))), ssm],
    ['is unknown of AWS’s own node', left(unknown, 'fargate', seen('fargate')), aws],
    ['is unknown of Auto Mode', left(unknown, 'auto-mode'), aws],
    ['is unknown of Windows', left(unknown, 'windows'), windows],
    ['is unknown of a hybrid node without a machine', left(unknown, 'hybrid', undefined, unconfirmed), hybrid],
    ['is unknown of a hybrid node', left(unknown, 'hybrid'), ssm],
    ['is unknown of a machine', left(unknown, 'al2', undefined, unconfirmed), ssm],
  ])('%s', (_, steps, notPlanned) => {
    expect(steps).toEqual([{ control: slug, notPlanned }]);
  });

  it('is nothing where nothing fails, and nothing of the cluster itself', () => {
    expect(left({ status: 'not-applicable', because: 'x' })).toEqual([]);
    const audit = judgedNode({ facts: seen('al2') }, nodeOfKind('al2'));
    expect(nodeSteps(audit, { cluster, trust: [], controls })).toEqual([]);
  });
});
