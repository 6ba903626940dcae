import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { hashOf } from '../../../lambda/core/run/signed/run-statement.ts';
import type { ItemOptions } from '../../../lambda/flow/run/audit-item.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { blue, problem, region } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, listed } from '../../fakes/ports.ts';
import { noCa, itemOptions as options } from './item-options.ts';

const account = '111122223333';
/** One cluster with one node, which fails. */
function hub() {
  const answers = { a: ok(factsOf('configz', noCa)) };
  const source = new FakeSource('configz', answers);
  const clock = new FakeClock();
  const organization = new FakeOrganization().add(account, { 'eu-west-1': ['blue'] });
  return { ...fakeHub(organization, { nodes: ok([listed('a')]), sources: [source], clock }), answers, source, clock };
}
type Hub = ReturnType<typeof hub>;
const run = async (ports: FakeHub, item: RunItem = blue) =>
  (await runItem(ports, { runId: 'run', item }, options)).answer;
/** The run of the next day. */
async function nextRun(ports: Hub, [runId, item]: readonly [string, RunItem], change: Partial<ItemOptions> = {}) {
  ports.clock.pass(86_400_000);
  return (await runItem(ports, { runId, item }, { ...options, runStartedAt: ports.clock.now(), ...change })).answer;
}
/** The same while no event can be sent. */
async function unheardRun(ports: Hub, ...of: [readonly [string, RunItem], Partial<ItemOptions>?]) {
  ports.events.broken = true;
  await nextRun(ports, ...of);
  ports.events.broken = false;
}

const key = (what: string) => `run/${what}/${account}/eu-west-1/blue`;
const [answerKey, resultKey, pageKey, ocsfKey] = [key('answers'), key('results'), key('pages'), key('ocsf')];
const listKey = 'run/parts/111122223333/eu-west-1/blue/listed';
const inOrder = [listKey, resultKey, pageKey, ocsfKey, answerKey];

describe('runItem', () => {
  it('leaves the full result and, last, the answer, and announces what began to fail', async () => {
    const ports = hub();
    const answer = await run(ports);

    expect(ports.runs.written).toEqual(inOrder);
    expect(await ports.runs.answer('run', blue)).toEqual(answer);
    const sha256 = hashOf(ports.runs.objects.get(resultKey) ?? '');
    expect(answer.resultSha256).toBe(sha256);
    expect(ports.runs.objects.get(pageKey)).toContain(sha256);
    expect(JSON.parse(ports.runs.objects.get(ocsfKey) ?? '')).toMatchObject({ class_uid: 2003, status: 'New' });
    expect(JSON.parse(ports.runs.objects.get(resultKey) ?? '')).toMatchObject({
      cluster: { name: 'blue' },
      nodes: [{ node: { key: 'a' }, verdicts: { 'kubelet-client-ca-file': { status: 'fail' } } }],
    });
    const [findingId] = ports.findings.findings.keys();
    const detail = { version: 1, runId: 'run', findingId, cluster: 'blue', accountId: account, status: 'FAILED' };
    expect(ports.events.events).toMatchObject([{ type: 'Finding Opened', time: ports.clock.now(), detail }]);
  });

  it('changes nothing and reads no node when it is done again', async () => {
    const ports = hub();
    const first = await run(ports);
    const findings = JSON.stringify([...ports.findings.findings]);
    ports.clock.pass(3_600_000);

    expect(await run(ports)).toEqual(first);
    expect(ports.source.asked).toEqual(['a']);
    expect(ports.runs.written).toEqual(inOrder);
    expect(ports.events.events).toHaveLength(1);
    expect(JSON.stringify([...ports.findings.findings])).toBe(findings);
  });

  it('uses the result that is there when it is done again: answer, findings and events are about what was read then', async () => {
    const ports = hub();
    ports.events.broken = true;
    await run(ports);
    const kept = ports.runs.objects.get(resultKey);
    ports.events.broken = false;
    ports.answers.a = ok(factsOf('configz'));

    expect(await run(ports)).toMatchObject({ status: 'done', nodes: 1, verdicts: { fail: 1, pass: 0 } });
    expect(ports.source.asked).toEqual(['a']);
    expect(ports.runs.objects.get(resultKey)).toBe(kept);
    expect([...ports.findings.findings.values()]).toMatchObject([{ Compliance: { Status: 'FAILED' } }]);
    expect(ports.events.events).toMatchObject([{ type: 'Finding Opened' }]);
  });

  it('leaves the page and the findings that a broken-off try did not come to, of its result', async () => {
    const ports = hub();
    ports.runs.broken.add(pageKey);
    await expect(run(ports)).rejects.toThrow('cannot be written');
    ports.runs.broken.clear();

    await run(ports);
    expect(ports.runs.written).toEqual(inOrder);
    expect(ports.source.asked).toEqual(['a']);
  });

  it('uses the result of another invocation that did the same item and was faster', async () => {
    const ports = hub();
    const other = hub();
    other.answers.a = ok(factsOf('configz'));
    await run(other);
    ports.runs.putResult = async () => {
      ports.runs.objects.set(resultKey, other.runs.objects.get(resultKey) ?? '');
      return false;
    };

    expect(await run(ports)).toMatchObject({ status: 'done', verdicts: { pass: 1, fail: 0 } });
    expect([...ports.findings.findings.values()]).toMatchObject([{ Compliance: { Status: 'PASSED' } }]);
    expect(ports.events.events).toEqual([]);
  });

  it('leaves no result of a cluster that could not be looked at, and looks at it when it is done again', async () => {
    const organization = new FakeOrganization().add(account, { 'eu-west-1': ['blue'] });
    const away = fakeHub(organization, { nodes: err(problem) });
    expect(await run(away)).toMatchObject({ status: 'failed' });
    expect(away.runs.written).toEqual([listKey, answerKey]);

    const back = { ...hub(), runs: away.runs };
    expect(await run(back)).toMatchObject({ status: 'done', verdicts: { fail: 1 } });
    expect(away.runs.written).toEqual([listKey, answerKey, ...inOrder.slice(1)]);
  });

  it('promises no answer when the result could not be kept', async () => {
    const ports = hub();
    ports.runs.broken.add(resultKey);
    await expect(run(ports)).rejects.toThrow('cannot be written');
    expect(await ports.runs.answer('run', blue)).toBeUndefined();
  });

  it('keeps the result when events were not sent, and announces them when it is done again', async () => {
    const ports = hub();
    ports.events.broken = true;
    expect(await run(ports)).toMatchObject({
      status: 'failed',
      verdicts: { fail: 1 },
      problems: [{ code: 'events-not-sent', message: expect.stringContaining('took none of the events') }],
    });
    expect(ports.runs.written).toEqual(inOrder);

    ports.events.broken = false;
    expect(await run(ports)).toMatchObject({ status: 'done', problems: [] });
    expect(ports.events.events).toMatchObject([{ type: 'Finding Opened' }]);
  });

  it('leaves to the next run what it could never announce, also of the first run and at the end of a cluster', async () => {
    const ports = hub();
    await unheardRun(ports, ['first', blue]);
    await nextRun(ports, ['second', blue]);
    await nextRun(ports, ['third', blue]);
    expect(ports.events.events).toMatchObject([{ type: 'Finding Opened', detail: { runId: 'second' } }]);

    ports.organization.remove(region, 'blue');
    await unheardRun(ports, ['fourth', region]);
    await nextRun(ports, ['fifth', region]);
    await nextRun(ports, ['sixth', region]);
    expect(ports.events.events.slice(1)).toMatchObject([{ type: 'Finding Resolved', detail: { runId: 'fifth' } }]);
  });

  describe('what could not be announced when it was written', () => {
    const waiver = { control: clientCaFile.slug, cluster: '*', nodeGroup: '*', owner: 'x', reason: 'y' };
    // An expired waiver is one more reason: the finding is to be updated, and is not.
    const expired = { waivers: [{ ...waiver, expires: '2025-12-31' }] };
    const refusals: Readonly<Record<string, (ports: Hub) => void>> = {
      'no write': (ports) => {
        ports.findings.writeProblem = problem;
      },
      'not this finding': (ports) => {
        ports.findings.refuses = () => true;
      },
    };

    it.each(Object.entries(refusals))(
      'is announced once by the next run, also when Security Hub takes %s of that one',
      async (_, refuse) => {
        const ports = hub();
        await unheardRun(ports, ['first', blue]);
        refuse(ports);
        await nextRun(ports, ['second', blue], expired);
        ports.findings.writeProblem = undefined;
        ports.findings.refuses = () => false;
        await nextRun(ports, ['third', blue], expired);

        expect(ports.events.events).toMatchObject([{ type: 'Finding Opened', detail: { runId: 'second' } }]);
      },
    );

    it('is announced beside a change of another finding that Security Hub does not take', async () => {
      const ports = hub();
      await nextRun(ports, ['zeroth', blue]);
      await unheardRun(ports, ['first', blue], { scope: 'node' });
      ports.findings.writeProblem = problem;
      await nextRun(ports, ['second', blue], { scope: 'cluster' });

      expect(ports.events.events.filter(({ detail }) => Object(detail).runId === 'second')).toMatchObject([
        { type: 'Finding Opened', detail: { findingId: expect.stringMatching(/cluster$/), securityHub: 'not-taken' } },
        { type: 'Finding Withdrawn', detail: { findingId: expect.stringContaining('node-group') } },
      ]);
    });

    it('is announced by the next Region item when that one can archive nothing, which is done again', async () => {
      const ports = hub();
      await nextRun(ports, ['zeroth', blue]);
      ports.organization.remove(region, 'blue');
      await unheardRun(ports, ['first', region]);

      const [gone] = ports.findings.findings.values();
      const Id = gone?.Id.replace('cluster/blue', 'cluster/green') ?? '';
      if (gone) ports.findings.findings.set(Id, { ...gone, Id, RecordState: 'ACTIVE' });
      ports.findings.writeProblem = problem;
      expect(await nextRun(ports, ['second', region])).toMatchObject({ status: 'failed', problems: [problem] });
      expect(ports.events.events.slice(1)).toMatchObject([{ type: 'Finding Resolved', detail: { runId: 'second' } }]);
    });
  });

  it('is done, and says so, when what it remembers could not be kept', async () => {
    const ports = hub();
    ports.memory.write = async () => {
      throw new OperatorError('bucket-forbidden', 'memory cannot be written');
    };
    expect(await run(ports)).toMatchObject({ status: 'done', problems: [{ code: 'bucket-forbidden' }] });
    expect(ports.events.events).toHaveLength(1);
  });

  it('remembers a new failure before it is published, so that a run that dies there leaves it to the next one', async () => {
    const ports = hub();
    const { write } = ports.findings;
    ports.findings.write = async () => {
      throw new Error('killed');
    };
    await run(ports);
    expect(ports.events.events).toEqual([]);

    ports.findings.write = write;
    Reflect.deleteProperty(ports.answers, 'a');
    await nextRun(ports, ['next', blue]);
    expect(ports.events.events).toMatchObject([{ type: 'Finding Opened', detail: { status: 'FAILED' } }]);
  });

  it('names a memory that was overwritten in its answer before it writes another one', async () => {
    const ports = hub();
    const refused = { ...problem, code: 'object-refused' };
    ports.memory.read = async () => ({ tag: 'theirs', refused });
    const answered: unknown[] = [];
    ports.memory.write = async () => {
      answered.push(...((await ports.runs.answer('run', blue))?.problems ?? []));
      return true;
    };
    await run(ports);
    expect(answered).toEqual([refused]);
  });

  it.each([
    // The first two are of the new failure alone, before it is published.
    ['once', 1, 4, []],
    ['three times', 3, 4, []],
    ['each time', 9, 6, ['memory-changed']],
  ])(
    'compares again, and neither reads nor announces again, when another writer changes what is remembered %s',
    async (_, changes, written, problems) => {
      const ports = hub();
      const { memory, source } = ports;
      const write = memory.write.bind(memory);
      let writes = 0;
      memory.write = async (place, cluster, value, read) => {
        writes += 1;
        if (writes <= changes) await write(place, cluster, { ...value, runId: `other-${writes}` });
        return await write(place, cluster, value, read);
      };
      const answer = await run(ports);

      expect(answer).toMatchObject({ status: 'done', verdicts: { fail: 1 } });
      expect(answer.problems.map(({ code }) => code)).toEqual(problems);
      expect(writes).toBe(written);
      expect(source.asked).toEqual(['a']);
      expect(ports.events.events).toMatchObject([{ type: 'Finding Opened' }]);
      expect(ports.runs.written.filter((key) => key === answerKey)).toHaveLength(1);
    },
  );

  it('judges by the time of its run whether a waiver holds, also when it is done again after midnight', async () => {
    const ports = hub();
    const by = { cluster: '*', nodeGroup: '*', owner: 'x', reason: 'y' };
    const waiver = { ...by, control: clientCaFile.slug, expires: '2026-01-01' };
    ports.clock.pass(86_400_000);
    await runItem(ports, { runId: 'run', item: blue }, { ...options, waivers: [waiver] });
    expect([...ports.findings.findings.values()]).toMatchObject([{ Compliance: { Status: 'WARNING' } }]);
  });
});
