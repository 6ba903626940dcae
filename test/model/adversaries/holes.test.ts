import { expect, it } from 'vitest';
import { changing } from '../broken-ports.ts';
import { slugs } from '../true-world.ts';
import { AuditedEstate, type Variant } from './audited-estate.ts';
import { accountId, Estate, type Machine, type Site, siteOf } from './estate.ts';
import { Law } from './law.ts';
import { begin, changesNode, type Deed, nodeDeeds, tagDeeds } from './moves.ts';
import { prefixWrites } from './prefix-writes.ts';

/** Ways by which a failure was once hidden, each in its shortest form. The law is held after each run. */
interface History {
  readonly estate: Estate;
  readonly real: AuditedEstate;
  /** So many runs, one a day. */
  readonly nights: (count: number) => Promise<void>;
}

const machineOf = (estate: Estate, at: Site, group: string): Machine => {
  const found = estate.clusters[at].machines.find((each) => each.group === group);
  if (!found) throw new Error(`no machine of ${group}`);
  return found;
};
const does = (estate: Estate, deed: Deed, group: string, at: Site = 'blue') =>
  deed(estate, at, machineOf(estate, at, group));
/** Done after the next run's lists, and undone at its end. */
const meanwhile = (estate: Estate, deed: Deed): void => {
  const during = { site: 'blue', from: 'listed', until: 'end', deed: () => does(estate, deed, 'workers') } as const;
  estate.interferences = [...estate.interferences, during];
};

const losesTags = tagDeeds['loses the cluster’s tags'];
const suppressed =
  (isEc2Denied: boolean) =>
  async ({ estate, real, nights }: History) => {
    await nights(1);
    estate.regions['eu-west-1'].isEc2Denied = isEc2Denied;
    for (const finding of real.findings('eu-west-1').filter(({ Compliance }) => Object(Compliance).Status === 'FAILED'))
      await real.suppress('eu-west-1', finding);
    await nights(2);
    expect(real.summary).toMatchObject({ suppressed: expect.toSatisfy((many: number) => many > 0) });
  };

async function onlyTheFirstTryListed({ estate, nights }: History): Promise<void> {
  estate.changeMachine('twin', 0, () => ({ onDisk: 'good' }));
  estate.dying.set('twin', { at: 'runs.putResult', runs: 1, isForGood: false });
  const deed = () => {
    const undo = [losesTags, nodeDeeds['is deleted']].map((each) => does(estate, each, 'workers', 'twin'));
    return () => {
      for (const each of undo) each();
    };
  };
  estate.interferences = [{ site: 'twin', from: 'listed', deed }];
  await nights(2);
}

const holes: Readonly<Record<string, (history: History) => Promise<void>>> = {
  'a Node object that is deleted while the audit asks its kubelet, night after night': async ({ estate, nights }) => {
    await nights(1);
    for (let count = 0; count < 5; count += 1) {
      meanwhile(estate, nodeDeeds['is deleted']);
      await nights(1);
    }
  },
  'a Node object that has another address while its kubelet is asked through it': async ({ estate, nights }) => {
    await nights(1);
    const { address } = machineOf(estate, 'twin', 'spot');
    meanwhile(
      estate,
      changesNode((node) => ({ ...node, address })),
    );
    await nights(1);
  },
  'a self-managed machine without tags, whose Node object names it': async ({ estate, nights }) => {
    await nights(1);
    does(estate, losesTags, 'fleet');
    await nights(5);
  },
  'a self-managed machine without tags and Node object': async ({ estate, nights }) => {
    await nights(1);
    for (const deed of [losesTags, nodeDeeds['is deleted']]) does(estate, deed, 'fleet');
    await nights(5);
  },
  'a machine without tags whose Node object says that it is of Fargate, elsewhere': async ({ estate, nights }) => {
    await nights(1);
    for (const deed of [losesTags, nodeDeeds['becomes one of Fargate']]) does(estate, deed, 'fleet');
    await nights(5);
  },
  'a machine that no run has seen yet, whose Node object says that it is of Fargate at its own address': async ({
    estate,
    nights,
  }) => {
    for (const deed of [losesTags, nodeDeeds['becomes one of Fargate at its old address']]) does(estate, deed, 'fleet');
    await nights(1);
  },
  'the failure of all nodes, where the one that fails becomes one of Fargate by words': async ({ estate, nights }) => {
    estate.scope = 'cluster';
    await nights(1);
    for (const deed of [losesTags, nodeDeeds['becomes one of Fargate']]) does(estate, deed, 'workers', 'twin');
    await nights(5);
  },
  'a group by label that a waiver names': async ({ estate, nights }) => {
    estate.waived = { control: slugs.ca, group: 'workers' };
    does(estate, losesTags, 'fleet');
    const labels = { 'eks.amazonaws.com/nodegroup': 'workers' };
    const claimsNothing = changesNode(({ address }) => ({ name: 'bare', providerId: undefined, address, labels }));
    does(estate, claimsNothing, 'fleet');
    await nights(1);
  },
  'a machine that is tagged for a second cluster': async ({ estate, nights }) => {
    does(estate, tagDeeds['is tagged as of red too'], 'workers');
    await nights(1);
  },
  'a machine that is tagged for a second cluster, without its Node object': async ({ estate, nights }) => {
    await nights(1);
    for (const deed of [tagDeeds['is tagged as of red too'], nodeDeeds['is deleted']]) does(estate, deed, 'workers');
    await nights(5);
  },
  'a machine whose tags are those of another cluster now': async ({ estate, nights }) => {
    await nights(1);
    for (const deed of [tagDeeds['is tagged as of red too'], losesTags]) does(estate, deed, 'fleet');
    await nights(2);
    does(estate, nodeDeeds['is deleted'], 'fleet');
    await nights(5);
  },
  'a node whose address another Node object claims': async ({ estate, nights }) => {
    const { address } = machineOf(estate, 'blue', 'workers');
    does(
      estate,
      changesNode((node) => ({ ...node, address })),
      'spot',
    );
    await nights(1);
  },
  'the second gap, while each run has some new one': async ({ estate, nights }) => {
    for (const group of ['first', 'second', 'third']) {
      estate.launch('blue', { group, running: 'no-ca', isBlocked: true, hasAgent: false });
      await nights(1);
    }
  },
  'a cluster that settings leave out, while somebody overwrites what runs remember of it': async (history) => {
    const { estate, real, nights } = history;
    await nights(1);
    await prefixWrites['what runs remember']?.({ estate, real, at: 'twin', about: 'red' });
    estate.excluded = 'eu-central-1';
    await nights(1);
    const problem = expect.objectContaining({ code: 'object-refused' });
    expect(real.summary?.gaps).toContainEqual({ accountId, ...siteOf.twin, problem });
  },
  'a hidden kubelet whose Node object is deleted while the audit asks it': async ({ estate, nights }) => {
    estate.changeMachine('blue', 0, () => ({ isHidden: true }));
    meanwhile(estate, nodeDeeds['is deleted']);
    await nights(1);
  },
  'a machine that fails and is blocked, beside another group’s failure that is waived': async ({ estate, nights }) => {
    estate.scope = 'cluster';
    estate.waived = { control: slugs.ca, group: 'workers' };
    estate.launch('red', { group: 'spot', running: 'no-ca' });
    await nights(1);
    estate.changeMachine('red', 2, () => ({ isBlocked: true, hasAgent: false }));
    await nights(5);
  },
  'a machine that another cluster’s tags hide when the run that saw it fail has died': async ({ estate, nights }) => {
    await nights(1);
    estate.changeMachine('twin', 1, () => ({ running: 'no-ca', onDisk: 'no-ca' }));
    estate.dying.set('twin', { at: 'events.put', runs: 1, isForGood: true });
    await nights(1);
    for (const deed of [tagDeeds['is tagged as of red too'], nodeDeeds['is deleted']])
      does(estate, deed, 'spot', 'twin');
    await nights(5);
  },
  'a machine without tags and Node object, while what runs remember is overwritten and a run dies at its answer':
    async ({ estate, real, nights }) => {
      await nights(1);
      for (const deed of [losesTags, nodeDeeds['is deleted']]) does(estate, deed, 'workers');
      await prefixWrites['what runs remember']?.({ estate, real, at: 'blue', about: 'red' });
      estate.writtenInto.add('blue');
      estate.dying.set('blue', { at: 'runs.putAnswer', runs: 1, isForGood: true });
      await nights(5);
    },
  'a machine without tags and Node object that only a try that died had listed': onlyTheFirstTryListed,
  'a failure that is suppressed in the account': suppressed(false),
  'a failure that is suppressed in the account while EC2 is denied': suppressed(true),
};

async function holds(history: (of: History) => Promise<void>, variant?: Variant): Promise<void> {
  const estate = new Estate();
  begin(estate);
  const real = new AuditedEstate(estate, variant);
  const law = new Law(estate, real);
  const nights = async (count: number) => {
    for (let passed = 0; passed < count; passed += 1) {
      estate.pass(1_440);
      await law.run();
    }
  };
  await history({ estate, real, nights });
}

it.each(Object.entries(holes))('hides nothing: %s', async (_, history) => {
  await holds(history);
});

it('notices a program that forgets the first try’s list', async () => {
  const ports = changing('runs', 'parts', (parts) => (...item) => ({
    ...parts(...item),
    listed: async () => undefined,
  }));
  await expect(holds(onlyTheFirstTryListed, { ports })).rejects.toThrow(/^hidden: /);
});
