import { describe, expect, it } from 'vitest';
import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, KubeletFacts, NodeKind, Verdict } from '../../../../../lambda/core/model/model.ts';
import { bundle, judgedNode, nodeOfKind, running, seen } from '../failing-audit.ts';
import { always, cluster, named, port, stays, stepsOf, wrong } from './steps-of.ts';

describe('the step of a name', () => {
  const facts = (kind: NodeKind) => seen(kind, { hostnameOverride: 'ip-10-0-0-1.ec2.internal' });
  const accepted = 'then it is to be accepted, since IAM lets the kubelet in under that name only';

  it('is to make nodes anew', () => {
    expect(stepsOf('al2', 'kubelet-hostname-override', facts('al2'))).toEqual([
      {
        control: 'kubelet-hostname-override',
        method: 'image',
        by: 'person',
        because:
          '--hostname-override gives the node its name in the cluster, so it is never taken from a node that runs',
        changes: [],
        commands: [],
        survives: always,
        cautions: [`images of EKS set it themselves, to the name under which EC2 knows the instance: ${accepted}`],
      },
    ]);
  });

  it('is a setting of Bottlerocket’s user data', () => {
    expect(stepsOf('bottlerocket', 'kubelet-hostname-override', facts('bottlerocket'))).toEqual([
      {
        control: 'kubelet-hostname-override',
        method: 'image',
        by: 'person',
        because:
          'settings.kubernetes.hostname-override, or the default that Bottlerocket has for its variant, gives --hostname-override, and with it the node its name: take the setting out of the user data (TOML), and replace the node',
        changes: [],
        commands: [],
        survives: always,
        cautions: [`EC2 variants set it themselves, to the name under which EC2 knows the instance: ${accepted}`],
      },
    ]);
  });
});

describe('the step on a node that nobody edits', () => {
  it('of Bottlerocket is a setting of its API', () => {
    const step = {
      method: 'settings-api',
      by: 'person',
      survives: stays,
    };

    expect(
      stepsOf(
        'bottlerocket',
        'kubelet-event-qps',
        wrong('bottlerocket', { eventRecordQPS: { value: -1, origin: { from: 'file', file: '/x' } } }),
      ),
    ).toEqual([
      {
        ...step,
        control: 'kubelet-event-qps',
        because:
          "Bottlerocket makes the kubelet's files from its settings, and eventRecordQPS (--event-qps) follows from settings.kubernetes.event-qps",
        changes: [{ kind: 'option', option: 'kubernetes.event-qps', after: '50' }],
        commands: ['apiclient set kubernetes.event-qps=50'],
        cautions: ['apiclient restarts the kubelet'],
      },
    ]);
    const ofCa = seen('bottlerocket', { clientCa: bundle('cd'.repeat(32), '2036-01-01T00:00:00.000Z') });
    const certificate = btoa(cluster.endpoint!.caPem);
    expect(stepsOf('bottlerocket', 'client-ca-is-cluster-ca', ofCa)).toEqual([
      {
        ...step,
        control: 'client-ca-is-cluster-ca',
        because:
          "Bottlerocket makes the kubelet's files from its settings, and content of the file that authentication.x509.clientCAFile names (--client-ca-file) follows from settings.kubernetes.cluster-certificate",
        changes: [{ kind: 'option', option: 'kubernetes.cluster-certificate', after: `"${certificate}"` }],
        commands: [`apiclient set kubernetes.cluster-certificate=${certificate}`],
        cautions: ['apiclient restarts the kubelet'],
      },
    ]);
  });

  it('of Bottlerocket is an unchanged image where no setting gives the value', () => {
    expect(stepsOf('bottlerocket', 'kubelet-read-only-port', port('bottlerocket'))).toEqual([
      {
        control: 'kubelet-read-only-port',
        method: 'image',
        by: 'person',
        because:
          'Bottlerocket has no setting that gives readOnlyPort (--read-only-port) this value: its own template never does, so replace the node by one of an unchanged image',
        changes: [],
        commands: [],
        survives: always,
        cautions: [],
      },
    ]);
  });

  it('of Windows is its bootstrap, with the argument where there is one', () => {
    const step = {
      method: 'image',
      by: 'person',
      commands: [],
      survives: always,
      cautions: [],
    };

    expect(stepsOf('windows', 'kubelet-read-only-port', port('windows'))).toEqual([
      {
        ...step,
        control: 'kubelet-read-only-port',
        because:
          'a Windows node takes readOnlyPort (--read-only-port) from its bootstrap, so change the user data and replace the node',
        changes: [
          { kind: 'argument', places: ['-KubeletExtraArgs of Start-EKSBootstrap.ps1'], after: '--read-only-port=0' },
        ],
      },
    ]);
    expect(stepsOf('windows', 'kubelet-hostname-override', seen('windows', { hostnameOverride: 'x' }))).toMatchObject([
      { ...step, changes: [] },
    ]);
  });

  it.each([
    ['auto-mode', 'EKS Auto Mode'],
    ['fargate', 'Fargate'],
  ] as const)('of %s is AWS’s', (kind, name) => {
    expect(stepsOf(kind, 'kubelet-read-only-port', port(kind))).toEqual([
      {
        control: 'kubelet-read-only-port',
        method: 'not-ours',
        by: 'aws',
        because: `AWS runs this kubelet (${name}): replace the node, and open a case with AWS Support if new ones show the same`,
        changes: [],
        commands: [],
        survives: always,
        cautions: [],
      },
    ]);
  });
});

describe('what has no step', () => {
  const slug = 'kubelet-read-only-port';
  const left = (
    verdict: Verdict | undefined,
    kind: NodeKind = 'al2',
    facts?: KubeletFacts,
    node: Partial<ClusterNode> = {},
  ) =>
    nodeSteps(
      {
        node: nodeOfKind(kind, 1, node),
        ...(facts && { facts }),
        failures: [],
        verdicts: { ...(verdict && { [slug]: verdict }) },
      },
      { cluster, trust: [], controls: [named(slug)] },
    );
  const unknown: Verdict = { status: 'unknown', because: 'why' };
  const unconfirmed: Partial<ClusterNode> = { machine: { status: 'unconfirmed', because: 'x' } };

  it.each<[string, ReturnType<typeof left>, string]>([
    ['was not judged', left(undefined), 'the control was not evaluated for this node'],
    ['is unknown', left(unknown), 'why; let SSM read the node, then plan again'],
    ['is a warning', left({ status: 'warn', because: 'odd' }), 'odd; let SSM read the node, then plan again'],
    [
      'is unknown to SSM too',
      left(unknown, 'al2', seen('al2')),
      'why; SSM could not tell more: fix that first, then plan again',
    ],
    [
      'is unknown to another source',
      left(unknown, 'al2', running(seen('al2'))),
      'why; let SSM read the node, then plan again',
    ],
    [
      'is unknown of AWS’s own node',
      left(unknown, 'fargate', seen('fargate')),
      'why; AWS runs this kubelet, and there is nothing to plan',
    ],
    ['is unknown of Auto Mode', left(unknown, 'auto-mode'), 'why; AWS runs this kubelet, and there is nothing to plan'],
    [
      'is unknown of Windows',
      left(unknown, 'windows'),
      'why; SSM’s document reads Linux only: let the API server reach its kubelet, or look at its bootstrap, then plan again',
    ],
    [
      'is unknown of a hybrid node without a machine',
      left(unknown, 'hybrid', undefined, unconfirmed),
      'why; SSM knows no machine of this hybrid node: look at its files there (evaluate node), or register it with SSM, then plan again',
    ],
    ['is unknown of a hybrid node', left(unknown, 'hybrid'), 'why; let SSM read the node, then plan again'],
    [
      'is unknown of a machine',
      left(unknown, 'al2', undefined, unconfirmed),
      'why; let SSM read the node, then plan again',
    ],
  ])('%s', (_, steps, notPlanned) => {
    expect(steps).toEqual([{ control: slug, notPlanned }]);
  });

  it('is nothing where nothing fails, and nothing of the cluster itself', () => {
    expect(left({ status: 'not-applicable', because: 'x' })).toEqual([]);
    expect(nodeSteps(judgedNode({ facts: seen('al2') }, nodeOfKind('al2')), { cluster, trust: [], controls })).toEqual(
      [],
    );
  });
});
