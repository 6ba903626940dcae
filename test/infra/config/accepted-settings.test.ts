import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ofRemediation, programEnvironment } from '../../../infra/config/program-environment.ts';
import { parseSettings, SettingsError } from '../../../infra/config/settings.ts';
import { scopes, sourceNames } from '../../../lambda/contract/settings.ts';
import { benchmarks } from '../../../lambda/core/judge/control.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { approversFrom } from '../../../lambda/wiring/open/remediation.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { deployedSizes } from '../deployed-sizes.ts';
import { everySetting, everythingOwned, ownRemediation, resourcesOf, templatesOf, textOf } from '../synthesise.ts';

// Whatever the deployment's settings accept, every function of every stack accepts, and AWS has room for.

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
/** Mostly without repetition, which is refused. */
const some = <Item>(item: fc.Arbitrary<Item>, maxLength: number) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.uniqueArray(item, { minLength: 1, maxLength }) },
    { weight: 1, arbitrary: fc.array(item, { maxLength }) },
  );
const regionName = fc.oneof(
  fc.constantFrom('eu-west-1', 'us-gov-west-1', 'eusc-de-east-1', 'cn-north-1', 'us-isob-east-1'),
  fc.stringMatching(/^[a-z]{2,9}-[a-z]{4,9}-[0-9]{1,2}$/),
);
const approver = fc
  .stringMatching(/^[A-Za-z0-9+=,.@/*?-]{1,90}$/)
  .map((name) => `arn:aws:iam::111122223333:role/${name}`);
const words = controls.flatMap(({ slug, numbers }) => [slug, ...Object.values(numbers).map(({ number }) => number)]);

const whole = fc.record(
  {
    organization: fc.record(
      {
        id: fc.constant('o-ab12cd34ef'),
        units: some(fc.stringMatching(/^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/), 60),
        exclude: some(digits(12), 260),
      },
      { requiredKeys: ['id', 'units'] },
    ),
    accounts: some(digits(12), 150),
    regions: some(regionName, 30),
    sources: some(fc.constantFrom(...sourceNames), 4),
    complete: fc.boolean(),
    everySource: fc.boolean(),
    controls: some(fc.constantFrom(...words), 20),
    benchmark: fc.constantFrom(...benchmarks),
    scope: fc.constantFrom(...scopes),
    vpc: fc.constant(everySetting.vpc),
    maxConcurrentNodes: fc.integer({ min: 0, max: 102 }),
    nodeTimeout: fc.stringMatching(/^[1-9][0-9]{0,6}(ms|s|m)$/),
    publish: fc.boolean(),
    waivers: fc.constant('waivers.yaml'),
    tags: fc.dictionary(
      fc.stringMatching(/^[A-Za-z0-9 _.:/=+-]{1,60}$/),
      fc.stringMatching(/^[A-Za-z0-9 _.:/=+@-]{1,99}$/),
      {
        maxKeys: 45,
      },
    ),
    kmsKey: fc.constant(everythingOwned.kmsKey),
    objectLock: fc.record({ days: fc.integer({ min: 1, max: 7 }), mode: fc.constantFrom('GOVERNANCE', 'COMPLIANCE') }),
    alertBus: fc.constant(everythingOwned.alertBus),
    sign: fc.boolean(),
    remediation: fc.record({ approvers: some(approver, 40) }),
  },
  { requiredKeys: [] },
);

/** What of the settings can be refused is mostly left alone, so that most of what is made is accepted. */
const written = fc
  .tuple(whole, fc.subarray(['organization', 'accounts', 'regions', 'controls', 'remediation', 'nodeTimeout']))
  .map(([settings, kept]) => {
    const { organization, accounts, regions, controls: named, remediation, nodeTimeout, complete, ...rest } = settings;
    const sees = !rest.sources || rest.sources.includes('ssm');
    const may = { organization, accounts, regions, controls: named, remediation, nodeTimeout };
    const some = Object.fromEntries(Object.entries(may).filter(([name, value]) => value && kept.includes(name)));
    const also = { ...rest, ...some, ...(complete && sees && { complete }) };
    return some['organization'] && regions?.[0] ? { ...also, regions, homeRegion: regions[0] } : also;
  });

const accepts = (settings: object): boolean => {
  try {
    parseSettings(settings);
    return true;
  } catch (error) {
    if (error instanceof SettingsError) return false;
    throw error;
  }
};

/** What each kind of function reads of its environment when it is invoked, by the entry of its handler. */
const readers: Readonly<Record<string, (env: Readonly<Record<string, string>>) => unknown>> = {
  start: () => undefined,
  discover: settingsFromEnvironment,
  item: settingsFromEnvironment,
  summarise: settingsFromEnvironment,
  remediate: (env) => [
    settingsFromEnvironment(env),
    approversFrom(env)({ partition: 'aws', accountId: '111122223333' }),
  ],
};

function everyFunctionAccepts(settings: object): void {
  for (const template of Object.values(templatesOf(settings))) {
    for (const { Properties: properties } of resourcesOf(template, 'AWS::Lambda::Function')) {
      const variables = Object.entries(Object(properties['Environment']).Variables);
      const env = Object.fromEntries(variables.map(([name, value]) => [name, textOf(value)]));
      const reader = readers[String(properties['Handler']).replace('.handler', '')];
      expect(() => reader?.({ AWS_REGION: 'eu-west-1', ...env })).not.toThrow();
      expect(reader).toBeDefined();
    }
    for (const { what, size, limit } of deployedSizes(template))
      expect(size, `${what} within ${limit}`).toBeLessThanOrEqual(limit);
  }
}

describe('settings that the deployment accepts', () => {
  it.each([
    // Each of these was deployed once and refused by the functions.
    {
      sources: ['ssm', 'tls'],
      everySource: true,
      vpc: everySetting.vpc,
      remediation: { approvers: ['arn:aws:iam::111122223333:role/Oncall'] },
    },
    { ...everySetting, controls: words.filter((word) => word.startsWith('kubelet')) },
    {
      sources: ['direct', 'ssm'],
      controls: ['4.1.10', 'kubelet-kubeconfig-mode'],
      vpc: everySetting.vpc,
      remediation: { approvers: ['arn:aws:iam::111122223333:role/Oncall'] },
    },
    { nodeTimeout: '5m', regions: ['abcdefgh-west-1'], sources: ['tls', 'ssm'], vpc: everySetting.vpc },
  ])('are accepted by every function of every stack: %j', (settings) => {
    expect(accepts(settings)).toBe(true);
    everyFunctionAccepts(settings);
  });

  it('are accepted by every function of every stack, whatever they are', () => {
    fc.assert(
      fc.property(written.filter(accepts), (settings) => everyFunctionAccepts(settings)),
      { numRuns: 4 },
    );
  });

  it('are read as they were written, whatever they are', () => {
    fc.assert(
      fc.property(written.filter(accepts), (settings) => {
        const deployed = parseSettings(settings);
        const read = settingsFromEnvironment({ AWS_REGION: 'eu-west-1', ...programEnvironment(deployed) });
        expect(read.sources.toSorted()).toEqual(deployed.sources.toSorted());
        expect(read.accessPath.regions).toEqual(deployed.regions);
        expect(read).toMatchObject({
          scope: deployed.scope,
          benchmark: deployed.benchmark,
          everySource: deployed.everySource,
          publish: deployed.publish,
          maxConcurrentNodes: deployed.maxConcurrentNodes,
        });
        if (deployed.complete && deployed.controls.length === 0)
          expect(read.leftOut.filter(({ about }) => about.kind !== 'connection')).toEqual([]);
        if (deployed.controls.length > 0) expect(read.controls.map(({ slug }) => slug)).toEqual(deployed.controls);
      }),
      { numRuns: 100 },
    );
  });

  it('are read by the function of remediation without what it can’t see, and without anything new', () => {
    const remedied = written
      .map((settings) => ({ vpc: everySetting.vpc, ...settings, ...ownRemediation }))
      .filter(accepts);
    fc.assert(
      fc.property(remedied, (settings) => {
        const deployed = parseSettings(settings);
        const read = settingsFromEnvironment({
          AWS_REGION: 'eu-west-1',
          ...programEnvironment(ofRemediation(deployed)),
        });
        expect(deployed.sources).toEqual(expect.arrayContaining([...read.sources]));
        if (deployed.controls.length > 0)
          expect(deployed.controls).toEqual(expect.arrayContaining(read.controls.map(({ slug }) => slug)));
      }),
      { numRuns: 200 },
    );
  });

  it('come from what the property makes often enough for it to mean something', () => {
    const made = fc.sample(written, 200).filter(accepts);
    expect(made.length).toBeGreaterThan(20);
    expect(made.filter((each) => 'organization' in each).length).toBeGreaterThan(0);
    expect(made.filter((each) => 'remediation' in each).length).toBeGreaterThan(0);
  });
});
