import { expect, it } from 'vitest';
import { slugs } from '../true-world.ts';
import { AuditedEstate } from './audited-estate.ts';
import { Estate, type Machine, type Moment, type Site } from './estate.ts';
import { Law } from './law.ts';
import { begin } from './moves.ts';

/** Ways by which a failure was once hidden, each in its shortest form. The law is held after each run. */
interface History {
  readonly estate: Estate;
  readonly real: AuditedEstate;
  readonly night: () => Promise<void>;
}

const machineOf = (estate: Estate, at: Site, group: string): Machine => {
  const found = estate.clusters[at].machines.find((each) => each.group === group);
  if (!found) throw new Error(`no machine of ${group}`);
  return found;
};
const change = (estate: Estate, at: Site, group: string, to: Partial<Machine>): void => {
  const index = estate.clusters[at].machines.findIndex((each) => each.group === group);
  estate.changeMachine(at, index, () => to);
};
const nodeIndex = (estate: Estate, at: Site, group: string): number => {
  const { id } = machineOf(estate, at, group);
  return estate.clusters[at].nodes.findIndex(({ providerId }) => providerId?.endsWith(id));
};
const deleteNode = (estate: Estate, at: Site, group: string): void => {
  estate.clusters[at].nodes.splice(nodeIndex(estate, at, group), 1);
};
const during = (estate: Estate, site: Site, from: Moment, deed: () => void, until: Moment, undo: () => void): void => {
  estate.interferences = [
    ...estate.interferences,
    {
      site,
      from,
      until,
      deed: () => {
        deed();
        return undo;
      },
    },
  ];
};

const suppressed =
  (isEc2Denied: boolean) =>
  async ({ estate, real, night }: History) => {
    await night();
    estate.regions['eu-west-1'].isEc2Denied = isEc2Denied;
    for (const finding of real.findings('eu-west-1').filter(({ Compliance }) => Object(Compliance).Status === 'FAILED'))
      await real.suppress('eu-west-1', finding);
    for (let count = 0; count < 2; count += 1) await night();
    expect(real.summary).toMatchObject({ suppressed: expect.toSatisfy((many: number) => many > 0) });
  };

const holes: Readonly<Record<string, (history: History) => Promise<void>>> = {
  'a Node object that is deleted while the audit asks its kubelet, night after night': async ({ estate, night }) => {
    await night();
    for (let count = 0; count < 5; count += 1) {
      const { nodes } = estate.clusters.blue;
      const at = nodeIndex(estate, 'blue', 'workers');
      const [node] = nodes.slice(at, at + 1);
      during(
        estate,
        'blue',
        'listed',
        () => void nodes.splice(at, 1),
        'end',
        () => void (node && nodes.push(node)),
      );
      await night();
    }
  },
  'a Node object that has another address while its kubelet is asked through it': async ({ estate, night }) => {
    await night();
    const at = nodeIndex(estate, 'blue', 'workers');
    const { address } = machineOf(estate, 'blue', 'workers');
    const good = machineOf(estate, 'twin', 'spot').address;
    const readdress = (to: string) => () => estate.changeNode('blue', at, () => ({ address: to }));
    during(estate, 'blue', 'listed', readdress(good), 'end', readdress(address));
    await night();
  },
  'a self-managed machine without tags, whose Node object names it': async ({ estate, night }) => {
    await night();
    change(estate, 'blue', 'fleet', { isTagged: false });
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a self-managed machine without tags and Node object': async ({ estate, night }) => {
    await night();
    change(estate, 'blue', 'fleet', { isTagged: false });
    deleteNode(estate, 'blue', 'fleet');
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a machine without tags whose Node object says that it is of Fargate, elsewhere': async ({ estate, night }) => {
    await night();
    change(estate, 'blue', 'fleet', { isTagged: false });
    estate.changeNode('blue', nodeIndex(estate, 'blue', 'fleet'), ({ name }) => ({
      name: `fargate-${name}`,
      providerId: undefined,
      address: '10.9.9.9',
      labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
    }));
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a machine that no run has seen yet, whose Node object says that it is of Fargate at its own address': async ({
    estate,
    night,
  }) => {
    const { dnsName } = machineOf(estate, 'blue', 'fleet');
    change(estate, 'blue', 'fleet', { isTagged: false });
    estate.changeNode('blue', nodeIndex(estate, 'blue', 'fleet'), () => ({
      name: `fargate-${dnsName}`,
      providerId: undefined,
      labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
    }));
    await night();
  },
  'the failure of all nodes, where the one that fails becomes one of Fargate by words': async ({ estate, night }) => {
    estate.scope = 'cluster';
    await night();
    change(estate, 'twin', 'workers', { isTagged: false });
    estate.changeNode('twin', nodeIndex(estate, 'twin', 'workers'), ({ name }) => ({
      name: `fargate-${name}`,
      providerId: undefined,
      address: '10.9.9.9',
      labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
    }));
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a group by label that a waiver names': async ({ estate, night }) => {
    estate.waived = { control: slugs.ca, group: 'workers' };
    const { address } = machineOf(estate, 'blue', 'fleet');
    change(estate, 'blue', 'fleet', { isTagged: false });
    estate.changeNode('blue', nodeIndex(estate, 'blue', 'fleet'), () => ({
      name: 'bare',
      providerId: undefined,
      address,
      labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
    }));
    await night();
  },
  'a machine that is tagged for a second cluster': async ({ estate, night }) => {
    change(estate, 'blue', 'workers', { alsoOf: 'red' });
    await night();
  },
  'a machine that is tagged for a second cluster, without its Node object': async ({ estate, night }) => {
    await night();
    change(estate, 'blue', 'workers', { alsoOf: 'red' });
    deleteNode(estate, 'blue', 'workers');
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a machine whose tags are those of another cluster now': async ({ estate, night }) => {
    await night();
    change(estate, 'blue', 'fleet', { alsoOf: 'red', isTagged: false });
    for (let count = 0; count < 2; count += 1) await night();
    deleteNode(estate, 'blue', 'fleet');
    for (let count = 0; count < 5; count += 1) await night();
  },
  'a node whose address another Node object claims': async ({ estate, night }) => {
    estate.changeNode('blue', nodeIndex(estate, 'blue', 'spot'), () => ({
      address: machineOf(estate, 'blue', 'workers').address,
    }));
    await night();
  },
  'the second gap, while each run has some new one': async ({ estate, night }) => {
    for (const group of ['first', 'second', 'third']) {
      estate.launch('blue', { group, running: 'no-ca', isBlocked: true, hasAgent: false });
      await night();
    }
  },
  'a failure that is suppressed in the account': suppressed(false),
  'a failure that is suppressed in the account while EC2 is denied': suppressed(true),
};

it.each(Object.entries(holes))('hides nothing: %s', async (_, history) => {
  const estate = new Estate();
  begin(estate);
  const real = new AuditedEstate(estate);
  const law = new Law(estate, real);
  const night = () => {
    estate.pass(1_440);
    return law.run();
  };
  await history({ estate, real, night });
});
