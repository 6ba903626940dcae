import fc from 'fast-check';
import { expect, it } from 'vitest';
import { howMany } from '../histories.ts';
import { AuditedEstate } from './audited-estate.ts';
import { Estate, type Machine, regions, type Site, siteOf, sites } from './estate.ts';

/** What happens between two runs of a day on which nothing is wrong. */
const day = fc.record({
  hours: fc.integer({ min: 1, max: 72 }),
  comes: fc.array(fc.record({ at: fc.constantFrom(...sites), group: fc.constantFrom('workers', 'spot') }), {
    maxLength: 3,
  }),
  leaves: fc.array(fc.record({ at: fc.constantFrom(...sites), which: fc.integer({ min: 2, max: 5 }) }), {
    maxLength: 3,
  }),
  /** Launched some minutes before the run: nobody can read it yet, and some have no Node object. */
  boots: fc.array(
    fc.record({ at: fc.constantFrom(...sites), group: fc.constantFrom('workers', 'spot'), isListed: fc.boolean() }),
    { maxLength: 3 },
  ),
  minutes: fc.integer({ min: 0, max: 14 }),
});

const ready = ({ dnsName, id, address, group }: Machine, at: Site) => ({
  name: dnsName,
  providerId: `aws:///${siteOf[at].region}a/${id}`,
  address,
  labels: { 'eks.amazonaws.com/nodegroup': group },
});

it('quiet days stay quiet where nodes come and go: nothing is imported, announced or mailed, and booting nodes raise nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(day, { minLength: 1, maxLength: 8 }), async (days) => {
      const estate = new Estate();
      for (const at of sites) for (const group of ['workers', 'spot']) estate.launch(at, { group, running: 'good' });
      const real = new AuditedEstate(estate);
      estate.pass(16);
      await real.run();
      const first = JSON.stringify(regions.map((at) => real.findings(at)));

      for (const { hours, comes, leaves, boots, minutes } of days) {
        for (const { at, which } of leaves) estate.terminate(at, (_, index) => index === which);
        for (const { at, group } of comes) estate.launch(at, { group, running: 'good' });
        estate.pass(hours * 60);
        for (const { at, group, isListed } of boots)
          estate.launch(at, { group, running: 'good', isBlocked: true, hasAgent: false }, isListed ? {} : 'none');
        estate.pass(minutes);
        const before = real.events.length;
        await real.run();

        expect(JSON.stringify(regions.map((at) => real.findings(at)))).toBe(first);
        expect(real.events.slice(before).map(({ type }) => type)).toEqual(['Audit Completed']);
        expect(real.mails).toEqual([]);
        for (const at of sites) {
          const { machines, nodes } = estate.clusters[at];
          for (const index of machines.keys())
            estate.changeMachine(at, index, () => ({ isBlocked: false, hasAgent: true }));
          for (const each of machines)
            if (!nodes.some(({ name }) => name === each.dnsName)) nodes.push(ready(each, at));
        }
      }
    }),
    { numRuns: howMany(25) },
  );
});
