import { readFileSync } from 'node:fs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { RunAlerts } from '../../infra/constructs/alerts/run-alerts.ts';
import { clientCaFile } from '../../lambda/core/judge/controls/client-ca-file.ts';
import type { KubeletFacts } from '../../lambda/core/model/model.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { runItem } from '../../lambda/flow/run/run-item.ts';
import { fakeHub } from '../fakes/hub.ts';
import { FakeOrganization } from '../fakes/organization.ts';
import { FakeSource, factsOf, listed } from '../fakes/ports.ts';
import { typeFaults } from '../infra/resource-types.ts';
import { resourcesOf, templateOf } from '../infra/synthesise.ts';
import { matchesPattern } from '../lab/aws/events/event-pattern.ts';
import { type InputTransformer, transformed } from '../lab/aws/events/input-transformer.ts';
import { AuditedWorld } from '../model/audited-world.ts';
import { noFaults } from '../model/run-faults.ts';
import { slugs, TrueWorld } from '../model/true-world.ts';

const page = readFileSync('docs/alerts.md', 'utf8');
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map(([, block = '']) => block);

const hubAccount = '111122223333';
/** A pattern as it is deployed in the hub's account. */
const inHub = (pattern: object) =>
  JSON.parse(JSON.stringify(pattern).replaceAll('{"Ref":"AWS::AccountId"}', JSON.stringify(hubAccount)));

const rulesSchema = z.array(
  z.looseObject({
    EventPattern: z.record(z.string(), z.unknown()),
    Targets: z.tuple([z.looseObject({ InputTransformer: z.custom<InputTransformer>() })]),
  }),
);

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

describe('the alerts that docs/alerts.md shows', () => {
  const template = templateOf(
    (stack) =>
      new RunAlerts(stack, 'Events', {
        stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:EksKubeletAudit',
        topic: new Topic(stack, 'Topic'),
      }),
  );
  const rules = rulesSchema.parse(resourcesOf(template, 'AWS::Events::Rule').map((each) => each.Properties));

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

    return hub.events.events.map(({ type, detail }) => ({
      account: hubAccount,
      source: 'eks-kubelet-audit',
      'detail-type': type,
      detail,
    }));
  }

  const texts = (made: typeof rules, events: readonly object[]) =>
    events.flatMap((event) =>
      made
        .filter(({ EventPattern }) => matchesPattern(inHub(EventPattern), event))
        .map(({ Targets: [{ InputTransformer: transformer }] }) => transformed(transformer, event)),
    );

  it('are what the rules make of what a run announces', async () => {
    expect(blocksOf('text')).toEqual(texts(rules, await events()));
  });

  it('come to a chat by the recipe: in the schema that it takes, beginning and end in one thread', async () => {
    const recipe = parse(blocksOf('yaml')[0] ?? '');
    expect(typeFaults(recipe)).toEqual([]);

    const made = rulesSchema.parse(
      Object.values<{ Type: string; Properties: unknown }>(recipe.Resources)
        .filter(({ Type }) => Type === 'AWS::Events::Rule')
        .map(({ Properties }) => Properties),
    );
    const [begun, ended, ...more] = texts(made, await events()).map((text) =>
      customNotification.parse(JSON.parse(text)),
    );
    expect(more).toEqual([]);
    expect(begun?.content).toMatchObject({
      title: expect.stringMatching(/^Finding Opened, HIGH: payments in 444455556666, eu-west-1: node group workers/),
      description: expect.stringContaining('clientCAFile is (not set)'),
      nextSteps: [expect.stringContaining('NodeConfig')],
    });
    expect(ended?.content.title).toMatch(/^Finding Resolved: payments /);
    expect(ended?.metadata.threadId).toBe(begun?.metadata.threadId);
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

  it('are four', () => {
    expect(blocksOf('json')).toHaveLength(4);
  });

  it('catch a new failure of ours, of any control or of one, in one Region or another', () => {
    expect(begun).toHaveLength(1);
    const [event] = begun;
    expect(matchesPattern(ours, event)).toBe(true);
    expect(matchesPattern(oneControl, event)).toBe(true);
    // As it arrives in the aggregation Region: the event is of that Region, the finding of its own.
    expect(matchesPattern(aggregated, { ...event, region: 'eu-central-1' })).toBe(true);
    expect(matchesPattern(aggregated, event)).toBe(false);
  });

  it('catch nothing that passes, is archived, unread, waived, or failing in another control', async () => {
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

  it('catch nothing that an analyst has taken up', async () => {
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
    const event = { source: 'eks-kubelet-audit', 'detail-type': 'Finding Opened', detail: { severity: 'HIGH' } };
    expect(matchesPattern(ownEvents, event)).toBe(true);
    expect(matchesPattern(ownEvents, { ...event, 'detail-type': 'Audit Completed' })).toBe(false);
    expect(matchesPattern(ownEvents, { ...event, source: 'aws.securityhub' })).toBe(false);
    expect(matchesPattern(ownEvents, { ...event, detail: { severity: 'LOW' } })).toBe(false);
  });
});
