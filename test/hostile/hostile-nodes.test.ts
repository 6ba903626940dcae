import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../lambda/adapters/ssm/command-answers.ts';
import { kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import type { ClusterAudit, NodeAudit } from '../../lambda/core/model/model.ts';
import { noProgress } from '../../lambda/wiring/no-progress.ts';
import { openPorts } from '../../lambda/wiring/open/terminal.ts';
import { settingsFrom } from '../../lambda/wiring/settings.ts';
import { silentLog } from '../fakes/ports.ts';
import { sessionEnvironment } from '../fakes/session-environment.ts';
import { auditAll } from '../flow/audit/audit-all.ts';
import { machineTags } from '../lab/aws/ec2/machine-tags.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { NodeRoot } from '../lab/node/node-root.ts';
import { patience } from '../patience.ts';
import {
  type HostileNode,
  hostileAgents,
  hostileBundles,
  hostileKubeconfigs,
  hostileKubelets,
  hostileMachines,
  liars,
  secret,
} from './hostile-nodes.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const name = 'hostile';
const instanceId = (index: number) => `i-${index.toString(16).padStart(17, '0')}`;

const kubelets = hostileKubelets.map((node) => ({ machine: { processes: [] }, ...node }));
const all = [...kubelets, ...hostileMachines, ...hostileAgents, ...liars(instanceId(900))];
const nodes = [...all, ...[...hostileBundles, ...hostileKubeconfigs].map(({ node }) => node)];
const nodeName = ({ does }: HostileNode) => does.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

let lab: Lab;
let audited: ClusterAudit;
let megabytes: number;
const roots: NodeRoot[] = [];

beforeAll(async () => {
  lab = await startLab({ ssm: { millisecondsPerSecond: 100 } });
  for (const [variable, value] of Object.entries(sessionEnvironment(lab, region, lab.addAccount(accountId))))
    vi.stubEnv(variable, value);
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  await lab.addKubernetesCluster({
    accountId,
    region,
    name,
    accessEntries: [{ principalArn: `arn:aws:iam::${accountId}:user/admin`, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
    nodes: nodes.map((node, index) => ({
      name: nodeName(node),
      instanceId: instanceId(index),
      kubelet: node.configz ?? { kind: 'handlers-off' },
      ...node.object,
    })),
  });
  for (const [index, node] of [...nodes.entries(), [900, { does: '', verdict: 'unknown', because: /./ }] as const]) {
    const tags = machineTags({ cluster: name, group: { kind: 'managed', name: 'workers' } });
    const root = new NodeRoot(node.machine ?? {});
    roots.push(root);
    lab.ec2.putInstance(accountId, region, { id: instanceId(index), tags });
    lab.ssm.registerInstance(accountId, region, {
      id: instanceId(index),
      node: root,
      tags,
      ...(node.agent && { behaviour: node.agent }),
    });
  }

  const memory = process.memoryUsage().rss;
  audited = await audit();
  megabytes = (process.memoryUsage().rss - memory) / 2 ** 20;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await lab.close();
  for (const root of roots) root[Symbol.dispose]();
});

async function audit(): Promise<ClusterAudit> {
  const settings = settingsFrom({ region: [region], nodeTimeout: `${patience}s` });
  const ports = await openPorts(settings, { log: silentLog, progress: noProgress });
  try {
    const { signal } = new AbortController();
    const { clusters } = await auditAll(ports, { ...settings, names: [name], signal });
    return clusters[0] ?? expect.unreachable('the cluster was not audited');
  } finally {
    ports.close();
  }
}

function auditOf(node: HostileNode): NodeAudit {
  const found = audited.nodes.find((each) => each.node.name === nodeName(node));
  return found ?? expect.unreachable(`${node.does} is not in the audit`);
}

/** What SSM kept of everything that nodes sent. */
async function sentToSsm(): Promise<readonly string[]> {
  const lists = lab.calls.filter(({ operation }) => operation === 'ListCommandInvocations');
  const ids = new Set(lists.map(({ input }) => String(input['CommandId'])));
  const outputs = [...ids].flatMap((CommandId) =>
    [...nodes.keys()].map(async (index) => {
      const call = { service: 'ssm', operation: 'GetCommandInvocation', accountId, region, principalArn: '' } as const;
      const input = { CommandId, InstanceId: instanceId(index) };
      const got = await lab.ssm.handle({ ...call, input }).catch(() => undefined);
      return String(Object(got).StandardOutputContent ?? '');
    }),
  );
  return await Promise.all(outputs);
}

describe('a node that', () => {
  it.each(all.map((node) => [node.does, node.verdict, node] as const))(
    '%s is %s, with the reason',
    (_, status, node) => {
      const verdict = auditOf(node).verdicts['kubelet-client-ca-file'];

      expect(verdict?.status).toBe(status);
      expect(JSON.stringify(verdict)).toMatch(node.because);
    },
  );

  it('claims a machine of another cluster has no command sent there', () => {
    const commands = lab.calls.filter(({ operation }) => operation === 'SendCommand');
    const asked = commands.flatMap(({ input }) => input['InstanceIds']);

    expect(asked).not.toContain('i-0fedcba9876543210');
  });

  it('claims a machine that another claims too has no answer of it: the machine answers for itself', () => {
    const claimants = audited.nodes.filter(({ node: { distrust } }) => distrust?.includes(instanceId(900)));

    expect(claimants).toHaveLength(2);
    for (const { node, verdicts } of claimants)
      expect(verdicts['kubelet-client-ca-file']?.status, node.name).toBe('unknown');
  });

  it('shows nothing to be believed passes no control about a setting', () => {
    const settings = controls.filter(({ about }) => about.kind === 'setting').map(({ slug }) => slug);
    const passes = all
      .filter(({ partlyKnown }) => !partlyKnown)
      .flatMap((node) => settings.map((slug) => `${node.does}: ${slug} ${auditOf(node).verdicts[slug]?.status}`))
      .filter((line) => line.endsWith(' pass'));

    expect(settings.length).toBeGreaterThan(5);
    expect(passes).toEqual([]);
  });
});

const byTitle = (each: (typeof hostileBundles | typeof hostileKubeconfigs)[number]) => [each.node.does, each] as const;

it.each(hostileBundles.map(byTitle))('shows of a client CA just what it is: %s', (_, { node, facts }) => {
  expect(auditOf(node).facts?.clientCa).toEqual(facts);
});

it.each(hostileKubeconfigs.map(byTitle))('shows mode and owner of a file, or nothing: %s', (_, { node, facts }) => {
  expect(auditOf(node).facts?.files?.kubeconfig).toMatchObject(facts);
});

describe('the audit of all of them', () => {
  it('has every node, and bounded memory', () => {
    expect(audited.nodes).toHaveLength(nodes.length);
    expect(megabytes).toBeLessThan(400);
  });

  it('blames no node on the cluster', () => {
    expect(audited.problems).toEqual([]);
  });

  it('shows nothing that a node should keep, and nothing that moves a terminal', () => {
    const shown = JSON.stringify(audited);

    expect(shown).not.toContain(secret);
    // JSON escapes what is below a blank.
    expect(shown).not.toMatch(/\\u00[01]|[\u007f-\u009f]/);
  });

  it('had our shell send nothing that a node should keep', async () => {
    const bodies = (await sentToSsm()).map((output) => decodeAnswer(output));
    const texts = bodies.map((each) => (each.ok ? new TextDecoder().decode(each.value) : ''));
    const sent = texts.filter((text) => /^(ignored|kubelet|none)/.test(text));

    expect(sent.length).toBeGreaterThan(15);
    expect(sent.filter((text) => text.includes(secret))).toEqual([]);
  });
});
