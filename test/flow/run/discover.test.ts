import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../lambda/core/model/model.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { err } from '../../../lambda/core/model/result.ts';
import { itemName } from '../../../lambda/core/run/item.ts';
import type { Progress } from '../../../lambda/flow/ports.ts';
import { type DiscoverRequest, discover } from '../../../lambda/flow/run/discover.ts';
import { noProgress } from '../../../lambda/wiring/no-progress.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, silentLog } from '../../fakes/ports.ts';

const one = '111111111111';
const two = '222222222222';
const problem: Problem = { code: 'throttled', message: 'every call was throttled', remedy: 'run it again' };
const roleMissing: Problem = { ...problem, code: 'member-role-missing' };
const denied: Problem = { ...problem, code: 'region-denied-by-policy' };
const arnOf = (account: string, region: string, name: string) => `arn:aws:eks:${region}:${account}:cluster/${name}`;

/** Two accounts with two Regions each, and three clusters in all. */
const organization = () =>
  new FakeOrganization()
    .add(one, { 'eu-west-1': ['blue', 'green'], 'us-east-1': [] })
    .add(two, { 'eu-west-1': ['blue'], 'us-east-1': [] });

type Ports = Parameters<typeof discover>[0];
const look = (given: FakeOrganization, request: Partial<DiscoverRequest> = {}, others: Partial<Ports> = {}) => {
  const ports = { accounts: given, regions: given, regionalClusters: given, clock: new FakeClock(), log: silentLog };
  const { signal } = new AbortController();
  return discover(
    { ...ports, progress: noProgress, ...others },
    { runId: 'run', startedAt: '2026-11-25T05:00:00.000Z', regions: [], names: [], signal, ...request },
  );
};

const found = async (...asked: Parameters<typeof look>) => {
  const { items, ...rest } = await look(...asked);
  return { ...rest, items: items.map(itemName).toSorted() };
};

const everything = [
  `${one}/eu-west-1`,
  `${one}/eu-west-1/blue`,
  `${one}/eu-west-1/green`,
  `${one}/us-east-1`,
  `${two}/eu-west-1`,
  `${two}/eu-west-1/blue`,
  `${two}/us-east-1`,
];
const without = (part: string) => everything.filter((each) => !each.startsWith(part));

describe('discover', () => {
  it('finds an item for every cluster and one for every account and Region, also where no cluster is', async () => {
    expect(await found(organization())).toEqual({
      runId: 'run',
      startedAt: '2026-11-25T05:00:00.000Z',
      accounts: 2,
      regions: 4,
      items: everything,
      gaps: [],
      skipped: [],
    });
  });

  it('names the other Regions of an account in which a cluster has the same name, in scope or not', async () => {
    const given = new FakeOrganization()
      .add(one, { 'eu-west-1': ['blue', 'green'], 'us-east-1': ['blue'], 'ap-south-1': ['blue'] })
      .add(two, { 'eu-west-1': ['blue'] });
    const namesakes = (await look(given)).items.flatMap((item) =>
      item.kind === 'cluster' && item.namesakes ? [[itemName(item), item.namesakes]] : [],
    );
    expect(Object.fromEntries(namesakes)).toEqual({
      [`${one}/eu-west-1/blue`]: ['ap-south-1', 'us-east-1'],
      [`${one}/us-east-1/blue`]: ['ap-south-1', 'eu-west-1'],
      [`${one}/ap-south-1/blue`]: ['eu-west-1', 'us-east-1'],
    });
  });

  it('leaves out a cluster whose ARN the settings exclude, by name, knows it as a namesake, and names an ARN that matches nothing', async () => {
    const given = new FakeOrganization().add(one, { 'eu-west-1': ['blue', 'green'], 'us-east-1': ['blue'] });
    const arn = `arn:aws:eks:eu-west-1:${one}:cluster/blue`;
    const misspelled = arn.replace('blue', 'bleu');
    const { items, skipped } = await look(given, { excludeClusters: [arn, misspelled] });

    const clusters = items.filter(({ kind }) => kind === 'cluster').map(itemName);
    expect(clusters.toSorted()).toEqual([`${one}/eu-west-1/green`, `${one}/us-east-1/blue`]);
    expect(items).toContainEqual(expect.objectContaining({ cluster: 'blue', namesakes: ['eu-west-1'] }));
    const message = expect.stringContaining(misspelled);
    expect(skipped).toMatchObject([
      { accountId: one, region: 'eu-west-1', cluster: 'blue', problem: { code: 'cluster-excluded' } },
      { accountId: one, cluster: 'bleu', problem: { code: 'excluded-cluster-not-found', message } },
    ]);
  });

  it.each<[string, string, Problem]>([
    ['account without the role', two, roleMissing],
    ['account whose Regions are not known', two, problem],
    ['Region that is throttled', `${two}/eu-west-1`, problem],
  ])('names an %s as a gap, and goes on', async (_, where, because) => {
    const given = organization();
    given.problems.set(where, because);
    const [accountId, region] = where.split('/');
    const gap = { accountId, ...(region && { region }), problem: because };
    expect(await found(given)).toMatchObject({ items: without(where), gaps: [gap], skipped: [] });
  });

  it.each([
    ['credentials-expired', new OperatorError('credentials-expired', 'the token is too old')],
    ['unexpected-error', new TypeError('boom')],
  ])('goes on when a port throws, and names it as %s', async (code, error) => {
    const given = organization();
    given.problems.set(one, error).set(`${two}/eu-west-1`, error);
    expect(await found(given)).toMatchObject({
      accounts: 2,
      items: [`${two}/us-east-1`],
      gaps: [
        { accountId: one, problem: { code } },
        { accountId: two, region: 'eu-west-1', problem: { code } },
      ],
    });
  });

  it('skips a Region that a policy denies, without a gap', async () => {
    const given = organization();
    given.problems.set(`${one}/us-east-1`, denied);
    expect(await found(given)).toMatchObject({
      regions: 3,
      items: without(`${one}/us-east-1`),
      gaps: [],
      skipped: [{ accountId: one, region: 'us-east-1', problem: denied }],
    });
  });

  it('passes on which accounts were skipped and which could not be listed', async () => {
    const given = organization();
    given.listed.push(
      { status: 'skipped', gap: { accountId: '3', problem: { ...problem, code: 'account-suspended' } } },
      { status: 'gap', gap: { problem } },
    );
    expect(await found(given)).toMatchObject({
      accounts: 2,
      items: everything,
      gaps: [{ problem }],
      skipped: [{ accountId: '3', problem: { code: 'account-suspended' } }],
    });
  });

  it('looks into an account once that is listed twice', async () => {
    const given = organization();
    given.listed.push(...given.listed);
    expect(await found(given)).toMatchObject({ accounts: 2, items: everything });
  });

  it('throws when no account can be listed', async () => {
    const given = organization();
    given.accounts = () => {
      throw new OperatorError('organization-forbidden', 'may not list accounts');
    };
    await expect(found(given)).rejects.toThrow('may not list accounts');
  });

  it('lists a Region that accounts have switched off once, with the number of them', async () => {
    const given = organization();
    given.off.set(one, ['me-south-1', 'af-south-1']).set(two, ['me-south-1']);
    expect(await found(given)).toMatchObject({
      items: everything,
      gaps: [],
      skipped: [
        { region: 'me-south-1', problem: { code: 'region-not-enabled', message: 'not enabled: 2 accounts' } },
        { accountId: one, region: 'af-south-1', problem: { code: 'region-not-enabled' } },
      ],
    });
  });

  describe('with configured Regions', () => {
    it('looks into these only, and says where one is not enabled', async () => {
      const given = organization().add('333333333333', { 'us-east-1': ['red'] });
      expect(await found(given, { regions: ['us-east-1', 'us-east-1'] })).toMatchObject({
        items: [`${one}/us-east-1`, `${two}/us-east-1`, '333333333333/us-east-1', '333333333333/us-east-1/red'],
        skipped: [],
      });
      expect(await found(given, { regions: ['eu-west-1'] })).toMatchObject({
        items: everything.filter((each) => each.includes('eu-west-1')),
        gaps: [],
        skipped: [{ accountId: '333333333333', region: 'eu-west-1', problem: { code: 'region-not-enabled' } }],
      });
    });

    it('goes on with them when the enabled ones are not known', async () => {
      const given = organization();
      given.problems.set(two, problem);
      const items = everything.filter((each) => each.includes('eu-west-1'));
      expect(await found(given, { regions: ['eu-west-1'] })).toMatchObject({ items, gaps: [] });
    });

    it('does not try them one by one in an account without the role', async () => {
      const given = organization();
      given.problems.set(two, roleMissing);
      const { gaps } = await found(given, { regions: ['eu-west-1', 'us-east-1'] });
      expect(gaps).toEqual([{ accountId: two, problem: roleMissing }]);
      expect(given.asked.filter((each) => each.startsWith(`${two}/`))).toEqual([]);
    });
  });

  describe('with named clusters', () => {
    it('looks for an ARN only in its own account and Region', async () => {
      const given = organization();
      const names = [arnOf(two, 'eu-west-1', 'blue')];
      expect(await found(given, { names })).toMatchObject({ accounts: 1, items: [`${two}/eu-west-1/blue`], gaps: [] });
      expect(given.asked).toEqual([two, `${two}/eu-west-1`]);
    });

    it('says which are found nowhere', async () => {
      const names = ['blue', 'purple', arnOf(two, 'eu-west-1', 'green'), arnOf('444444444444', 'eu-west-1', 'x')];
      const missing = { region: 'eu-west-1', problem: { code: 'cluster-not-found' } };
      expect((await found(organization(), { names })).gaps).toMatchObject([
        { cluster: 'purple', problem: missing.problem },
        { accountId: two, cluster: 'green', ...missing },
        { accountId: '444444444444', cluster: 'x', ...missing },
      ]);
    });
  });

  it('asks for no more than 8 accounts at once, with 4 Regions each', async () => {
    const regions = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`eu-west-${index}`, []]));
    const given = new FakeOrganization();
    for (let account = 0; account < 20; account += 1) given.add(`${100_000_000_000 + account}`, regions);

    expect((await found(given)).regions).toBe(200);
    expect(given.mostAtOnce).toBeGreaterThan(8);
    expect(given.mostAtOnce).toBeLessThanOrEqual(32);
  });

  it('is never half of itself: who aborts it gets an error', async () => {
    const given = organization();
    const abort = new AbortController();
    const names = given.names.bind(given);
    given.names = async (place) => {
      abort.abort(new Error('time is up'));
      return await names(place);
    };
    await expect(found(given, { signal: abort.signal })).rejects.toThrow('time is up');
  });

  describe('with a deadline', () => {
    const never = () => new Promise<never>(() => undefined);

    /** What is found when time runs out with questions unanswered. */
    const foundLate = async (given: FakeOrganization, request: Partial<DiscoverRequest> = {}) => {
      const clock = new FakeClock();
      const deadline = new Date(clock.now().getTime() + 5_000);
      const looking = found(given, { deadline, ...request }, { clock });
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      clock.pass(5_000);
      return await looking;
    };

    it('keeps what was found by then, and names each account and Region without an answer as a gap', async () => {
      const given = organization().add('333333333333', { 'eu-west-1': [], 'us-east-1': ['red'] });
      const { regionsOf, names } = given;
      given.regionsOf = async (account) => (account.id === one ? await never() : await regionsOf.call(given, account));
      given.names = async (place) =>
        place.accountId === two && place.region === 'us-east-1' ? await never() : await names.call(given, place);

      const late = { code: 'discovery-out-of-time' };
      const items = [`${two}/eu-west-1`, `${two}/eu-west-1/blue`];
      items.push(...['eu-west-1', 'us-east-1', 'us-east-1/red'].map((each) => `333333333333/${each}`));
      expect(await foundLate(given)).toMatchObject({
        accounts: 3,
        regions: 3,
        items,
        gaps: [
          { accountId: one, problem: late },
          { accountId: two, region: 'us-east-1', problem: late },
        ],
      });
    });

    it('names the accounts that were not begun, once each, and asks no more about them', async () => {
      const given = new FakeOrganization();
      const ids = Array.from({ length: 20 }, (_, index) => `${100_000_000_000 + index}`);
      for (const id of ids) given.add(id, { 'eu-west-1': ['blue'] });
      let asked = 0;
      given.regionsOf = async () => {
        asked += 1;
        return await never();
      };

      const { items, gaps } = await foundLate(given, { regions: ['eu-west-1', 'us-east-1'] });
      expect(items).toEqual([]);
      expect(gaps).toEqual(ids.map((accountId) => ({ accountId, problem: expect.anything() })));
      expect(asked).toBe(8);
    });

    it.each(['says', 'throws'])('does not take what an adapter %s of being stopped for the reason', async (how) => {
      const given = organization();
      given.names = (_, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => (how === 'says' ? resolve(err(problem)) : reject(signal.reason)));
        });

      const { gaps } = await foundLate(given);
      expect(gaps.map((each) => each.problem.code)).toEqual(Array.from({ length: 4 }, () => 'discovery-out-of-time'));
    });
  });

  it('announces each account once when it begins and once when it is done, and at last how many clusters there are', async () => {
    const announced: string[] = [];
    const progress: Progress = {
      ...noProgress,
      accountListed: ({ id }) => void announced.push(`listed ${id}`),
      accountFinished: ({ id }) => void announced.push(`finished ${id}`),
      clustersFound: (count) => void announced.push(`${count} clusters`),
    };
    const given = organization();
    given.problems.set(two, roleMissing);
    await look(given, {}, { progress });

    expect(announced.pop()).toBe('2 clusters');
    expect(announced.toSorted()).toEqual(
      ['finished', 'listed'].flatMap((what) => [`${what} ${one}`, `${what} ${two}`]),
    );
  });
});
