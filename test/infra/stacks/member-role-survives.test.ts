import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeploymentLock, leaving, lockOf } from '../../../infra/config/deployment-lock.ts';
import { parseSettings } from '../../../infra/config/settings.ts';
import { organizationStackSet } from '../../../infra/stacks/stack-sets.ts';
import { LabStackSet } from '../../lab/aws/cloud-formation/stack-set.ts';
import { everySetting, resourcesOf, templateOf, templatesOf } from '../synthesise.ts';

const root = 'r-ab12';
const pilot = 'ou-ab12-pilot0000';
const team = 'ou-ab12-team00000';
const production = 'ou-ab12-production';
const units = [root, pilot, team, production];
const accounts = ['111111111111', '222222222222', '333333333333', '444444444444'];
const regions = ['eu-west-1', 'us-east-1', 'eu-central-1'];

const tree = () => ({
  parents: { [pilot]: root, [team]: pilot, [production]: root },
  unitOf: new Map(accounts.map((account, index) => [account, [pilot, team, production, root][index] ?? root])),
});

/** The two things that the walk takes from the template as it is deployed. */
const [deployed] = resourcesOf(
  templatesOf(everySetting)['EksKubeletAuditStackSet'] ?? expect.fail('no StackSet'),
  'AWS::CloudFormation::StackSet',
);

/** The StackSet of these settings as it is deployed, but for its template, which takes seconds to make. */
function stackSetOf(settings: ReturnType<typeof parseSettings>): object {
  const { organization = expect.fail('no organization'), homeRegion = '' } = settings;
  const template = templateOf((stack) =>
    organizationStackSet(stack, 'StackSet', {
      stackSetName: 'Any',
      description: 'Any',
      template: { templateBody: '{}' },
      kept: true,
      settings,
      organization,
      homeRegion,
    }),
  );
  const [stackSet] = resourcesOf(template, 'AWS::CloudFormation::StackSet');
  return { ...stackSet?.Properties, AutoDeployment: deployed?.Properties['AutoDeployment'] };
}

interface Written {
  readonly units: readonly string[];
  readonly exclude?: readonly string[];
  readonly regions?: readonly string[];
  readonly homeRegion?: string;
}

class Deployment {
  readonly #stackSet = new LabStackSet(tree());
  #lock: DeploymentLock | undefined;

  /** What `cdk deploy` does with these settings, or why their synthesis stops. */
  deploy({ exclude = [], ...written }: Written): readonly string[] {
    const settings = parseSettings({
      organization: { id: 'o-ab12cd34ef', units: written.units, exclude },
      regions: written.regions ?? regions.slice(0, 2),
      homeRegion: written.homeRegion ?? 'eu-west-1',
    });
    const lock = lockOf(settings) ?? expect.fail('no lock');
    const refused = leaving(this.#lock ?? lock, lock).map(({ word }) => word);
    if (refused.length > 0) return refused;

    this.#lock = lock;
    this.#stackSet.deploy(stackSetOf(settings));
    return [];
  }

  move(account: string, unit: string): void {
    this.#stackSet.move(account, unit);
  }

  roles(): readonly (number | undefined)[] {
    return accounts.map((account) => this.#stackSet.roleOf(account));
  }
}

describe('the member role', () => {
  it('is deleted by no edit of units, exclusions, Regions and homeRegion that synthesis lets through, in any order', () => {
    const some = (from: readonly string[], least = 0) => fc.subarray([...from], { minLength: least });
    const edit = fc
      .record({ units: some(units, 1), exclude: some(accounts), regions: some(regions, 1), home: fc.nat() })
      .map(({ home, ...written }) => ({
        ...written,
        homeRegion: written.regions[home % written.regions.length] ?? '',
      }));
    const move = fc.record({ account: fc.constantFrom(...accounts), unit: fc.constantFrom(...units) });

    fc.assert(
      fc.property(edit, fc.array(fc.oneof(edit, move), { maxLength: 6 }), (first, steps) => {
        const deployment = new Deployment();
        deployment.deploy(first);
        for (const step of steps) {
          const before = deployment.roles();
          if ('account' in step) deployment.move(step.account, step.unit);
          else deployment.deploy(step);
          const after = deployment.roles();
          for (const [index, role] of before.entries()) if (role !== undefined) expect(after[index]).toBe(role);
        }
      }),
      { numRuns: 60 },
    );
  });
});
