import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { eventTypes } from '../../lambda/contract/events.ts';
import { clientCaFile } from '../../lambda/core/judge/controls/client-ca-file.ts';
import type { KubeletFacts } from '../../lambda/core/model/model.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { newGapsOf } from '../../lambda/core/run/new-gaps.ts';
import { runItem } from '../../lambda/flow/run/run-item.ts';
import { fakeHub } from '../fakes/hub.ts';
import { FakeOrganization } from '../fakes/organization.ts';
import { FakeSource, factsOf, listed } from '../fakes/ports.ts';
import { typeFaults } from '../infra/resource-types.ts';
import { stackOf } from '../infra/synthesise.ts';
import { resolvedStack } from '../lab/aws/cloud-formation/cloud-formation.ts';
import type { DeployedStack } from '../lab/aws/cloud-formation/deployed-stack.ts';
import { Deliveries, type LabTarget } from '../lab/aws/events/deliveries.ts';
import { matchesPattern } from '../lab/aws/events/event-pattern.ts';
import { admits, resourcePolicy } from '../lab/aws/resource-policy.ts';
import { AuditedWorld } from '../model/audited-world.ts';
import { noFaults } from '../model/run-faults.ts';
import { slugs, TrueWorld } from '../model/true-world.ts';

const page = readFileSync('docs/alerts.md', 'utf8');
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)\\n *\`\`\`$`, 'gm'))].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
/** The statements of a topic's policy and of its key's, then the recipes for a chat and for a queue. */
const [topicStatements, keyStatements, chat, queue] = blocksOf('yaml').map((block): unknown => parse(block));

const hubAccount = '111122223333';
/** What Amazon Q Developer in chat applications takes, by its administrator guide (Custom notifications). */
const customNotification = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  content: z.strictObject({
    textType: z.literal('client-markdown'),
    title: z.string(),
    description: z.string().min(1),
    nextSteps: z.array(z.string()).optional(),
  }),
  metadata: z.strictObject({ threadId: z.string(), summary: z.string() }),
});

const withCa = (value: string): KubeletFacts =>
  factsOf('ssm', {
    'authentication.x509.clientCAFile': {
      state: 'known',
      value,
      origin: { from: 'file', file: '/etc/kubernetes/kubelet/config.json' },
    },
  });
const good = withCa('/etc/kubernetes/pki/ca.crt');

/** The events of two runs: three nodes begin to fail, and are fixed. */
async function events(): Promise<readonly object[]> {
  const account = '444455556666';
  const place = { partition: 'aws', accountId: account, region: 'eu-west-1' };
  const names = [11, 12, 13].map((number) => `ip-10-0-1-${number}.eu-west-1.compute.internal`);
  const hub = fakeHub(new FakeOrganization().add(account, { 'eu-west-1': ['payments'] }), {
    nodes: ok(names.map((name) => listed(name))),
  });
  const run = async (day: number, facts: KubeletFacts) => {
    const source = new FakeSource('ssm', Object.fromEntries(names.map((name) => [name, ok(facts)])));
    const startedAt = new Date(`2026-11-${day}T05:00:00Z`);
    await runItem(
      { ...hub, kubeletSources: [source] },
      { runId: `202611${day}T050000Z`, item: { kind: 'cluster', ...place, cluster: 'payments' } },
      {
        controls: [clientCaFile],
        benchmark: 'cis-eks-1.8.0',
        scope: 'node-group',
        publish: true,
        signal: new AbortController().signal,
        runStartedAt: startedAt,
      },
    );
  };
  await run(24, good);
  await run(25, withCa(''));
  await run(26, good);

  const runId = '20261126T050000Z';
  const gap = { kind: 'opened', accountId: account, region: 'eu-west-1', since: '', because: '', remedy: '' } as const;
  const gaps = newGapsOf(
    [
      { ...gap, cluster: 'payments', nodeGroup: '', code: 'nodes-list-forbidden' },
      { ...gap, cluster: 'shop', nodeGroup: 'managed web', code: 'nodes-unread' },
    ],
    {
      runId,
      failedItems: 1,
      summary: `s3://bucket/runs/${runId}/summary.json`,
      report: `s3://bucket/runs/${runId}/report.html`,
    },
  );

  return [...hub.events.events, ...hub.events.changes, { type: eventTypes.gapsOpened, detail: gaps }].map(
    ({ type, detail }) => ({
      account: hubAccount,
      source: 'eks-kubelet-audit',
      'detail-type': type,
      detail,
    }),
  );
}

const home = { accountId: hubAccount, region: 'eu-west-1' };
const recipe = (template: unknown) => resolvedStack({ template, ...home, parameters: parametersOf(template) });
const parametersOf = (template: unknown) =>
  Object.fromEntries(Object.keys(Object(template).Parameters ?? {}).map((name) => [name, `given-${name}`]));

/** What EventBridge delivers of these events, once the stacks are deployed. */
function delivering(
  stacks: readonly DeployedStack[],
  events: readonly object[],
  targets: readonly LabTarget[] = [],
): Deliveries {
  const deliveries = new Deliveries();
  for (const target of targets) deliveries.addTarget(target);
  for (const stack of stacks) deliveries.deploy(stack);
  for (const event of events) deliveries.deliver(event);
  return deliveries;
}

describe('the alerts that docs/alerts.md shows', () => {
  it('come to a chat by the recipe: in the schema that it takes, beginning and end in one thread', async () => {
    expect(typeFaults(chat)).toEqual([]);

    const stack = recipe(chat);
    const [topic = expect.fail('the recipe has no topic')] = stack.resources('AWS::SNS::Topic');
    const delivered = delivering([stack], await events());
    expect(delivered.made).toHaveLength(2);
    const [begun, ended, ...more] = delivered
      .messages(stack.arnOf(topic))
      .map((text) => customNotification.parse(JSON.parse(text)));
    expect(more).toEqual([]);
    expect(begun?.content).toMatchObject({
      title: expect.stringMatching(/^Finding Opened, HIGH: payments in 444455556666, eu-west-1: node group 'workers'/),
      description: expect.stringContaining('clientCAFile is (not set)'),
      nextSteps: [expect.stringContaining('NodeConfig')],
    });
    expect(ended?.content.title).toMatch(/^Finding Resolved: payments /);
    expect(ended?.metadata.threadId).toBe(begun?.metadata.threadId);
  });
});

const opened = {
  account: hubAccount,
  source: 'eks-kubelet-audit',
  'detail-type': 'Finding Opened',
  detail: { severity: 'HIGH' },
};

/** The hub's own stack, whose alerts go to its topic or to that of the settings. */
const hubStack = (settings: object = {}) =>
  resolvedStack({ template: stackOf('EksKubeletAudit', settings).toJSON(), ...home });

describe('deliveries', () => {
  const foreign = 'arn:aws:sns:eu-west-1:111122223333:platform-alerts';
  const policy = (statements: unknown) => resourcePolicy.parse({ Statement: statements });

  it('of the hub reach its own topic, through its key', async () => {
    const stack = hubStack();
    const [topic = expect.fail('no topic')] = stack.resources('AWS::SNS::Topic');
    expect(delivering([stack], await events()).messages(stack.arnOf(topic))).toEqual(blocksOf('text'));
  });

  it('reach a topic of the settings with the statements of the page, for it and for its key', async () => {
    const stack = hubStack({ alertTopic: foreign });
    const target = { arn: foreign, policy: policy(topicStatements), keyPolicy: policy(keyStatements) };
    expect(delivering([stack], await events(), [target]).messages(foreign)).toEqual(blocksOf('text'));
    // Alarms are not deliveries of EventBridge: their statement may have its condition.
    const alarm = { caller: { service: 'cloudwatch.amazonaws.com' }, action: 'sns:Publish', resource: foreign };
    expect(admits(target.policy, { ...alarm, context: { 'aws:SourceAccount': '111122223333' } })).toBe(true);
    expect(admits(target.policy, { ...alarm, context: { 'aws:SourceAccount': '999988887777' } })).toBe(false);
  });

  it('to a bus of the settings are the events as they are, where its policy admits the account of the hub', () => {
    const alertBus = 'arn:aws:events:eu-west-1:444455556666:event-bus/platform';
    const to = (account: string) => {
      const root = `arn:aws:iam::${account}:root`;
      const admitting = policy([{ Effect: 'Allow', Principal: { AWS: root }, Action: 'events:PutEvents' }]);
      const target = { arn: alertBus, policy: admitting };
      return delivering([hubStack({ alertBus })], [opened], [target]).messages(alertBus);
    };
    expect(to(home.accountId).map((text) => JSON.parse(text))).toEqual([opened]);
    expect(to('999988887777')).toEqual([]);
  });

  it('go to a queue in order by the recipe, which names the rule in its condition', async () => {
    expect(typeFaults(queue)).toEqual([]);
    const stack = recipe(queue);
    const [target = expect.fail('no queue')] = stack.resources('AWS::SQS::Queue');
    // The recipe takes what is announced of findings.
    const all = (await events()).filter(
      (event) => !matchesPattern({ 'detail-type': [eventTypes.gapsOpened, eventTypes.changed] }, event),
    );
    expect(
      delivering([stack], all)
        .messages(stack.arnOf(target))
        .map((text) => JSON.parse(text)),
    ).toEqual(all);
  });
});

describe('the patterns that docs/alerts.md shows', () => {
  const [ownEvents = {}, ours = {}, oneControl = {}, aggregated = {}] = blocksOf('json').map((block) =>
    z.record(z.string(), z.unknown()).parse(JSON.parse(block)),
  );
  const world = new TrueWorld();
  const real = new AuditedWorld(world);
  let runs = 0;
  /** Security Hub's own events of one more night. */
  const night = async () => {
    const before = real.imported.length;
    runs += 1;
    world.passDays(1);
    await real.run(
      { id: `run-${runs}`, startedAt: new Date(world.now), clusters: [...world.clusters.keys()] },
      noFaults,
    );
    return real.imported.slice(before);
  };
  const failing = (events: readonly object[]) => events.filter((event) => matchesPattern(ours, event));

  let begun: Awaited<ReturnType<typeof night>> = [];
  beforeAll(async () => {
    world.addNode('blue', { group: 'workers', kubelet: 'good' });
    await night();
    world.setKubelet('blue', 0, 'no-ca');
    begun = await night();
  });

  it('catch a new failure of ours, of any control or of one, in one Region or another', () => {
    expect(blocksOf('json')).toHaveLength(4);
    expect(begun).toHaveLength(1);
    const [event] = begun;
    expect(matchesPattern(ours, event)).toBe(true);
    expect(matchesPattern(oneControl, event)).toBe(true);
    // As it arrives in the aggregation Region: the event is of that Region, the finding of its own.
    expect(matchesPattern(aggregated, { ...event, region: 'eu-central-1' })).toBe(true);
    expect(matchesPattern(aggregated, event)).toBe(false);
  });

  it('do not catch findings that pass, are archived, unread, waived, or fail in another control', async () => {
    const quiet = new TrueWorld();
    const other = new AuditedWorld(quiet);
    quiet.addNode('blue', { group: 'workers', kubelet: 'good' });
    quiet.addNode('blue', { group: 'dark', kubelet: 'silent' });
    quiet.addNode('blue', { group: 'waived', kubelet: 'no-ca' });
    quiet.waivers.set(slugs.ca, { group: 'waived', expires: '2027-01-01' });
    const run = (id: string) => other.run({ id, startedAt: new Date(quiet.now), clusters: ['blue'] }, noFaults);
    await run('first');
    quiet.removeNodes('blue', () => true);
    quiet.passDays(1);
    await run('second');

    expect(other.imported).toHaveLength(12);
    expect(failing(other.imported)).toEqual([]);
  });

  it('catch no failure of another control where one is named', async () => {
    world.setKubelet('blue', 0, 'open-port');
    const events = await night();
    expect(failing(events)).toHaveLength(1);
    expect(events.filter((event) => matchesPattern(oneControl, event))).toEqual([]);
  });

  it('do not catch findings that an analyst has taken up', async () => {
    const before = real.imported.length;
    const failed = real.findings.filter(({ Compliance }) => Object(Compliance).Status === 'FAILED');
    for (const { Id } of failed) await real.analyse(String(Id), { Workflow: { Status: 'SUPPRESSED' } });
    expect(real.imported.length).toBe(before + 1);
    expect(failing(real.imported.slice(before))).toEqual([]);
  });

  it.each([
    ['another tool of the same product ARN', { GeneratorId: 'prowler-eks_cluster_kubelet' }],
    ['a tool whose name begins like ours', { GeneratorId: 'eks-kubelet-auditor/kubelet-client-ca-file' }],
  ])('catch nothing of %s', (_, change) => {
    const [event] = begun;
    const [finding] = z.array(z.looseObject({})).parse(event?.detail['findings']);
    const foreign = { ...event, detail: { findings: [{ ...finding, ...change }] } };
    for (const pattern of [ours, oneControl, aggregated]) expect(matchesPattern(pattern, foreign)).toBe(false);
  });

  it('catch our own events on the bus of the hub, and not those of others', () => {
    expect(matchesPattern(ownEvents, opened)).toBe(true);
    for (const change of [
      { 'detail-type': 'Audit Completed' },
      { source: 'aws.securityhub' },
      { account: '999988887777' },
      { detail: { severity: 'LOW' } },
    ])
      expect(matchesPattern(ownEvents, { ...opened, ...change })).toBe(false);
  });
});
