import { readFileSync } from 'node:fs';
import { parse } from '@cdktf/hcl2json';
import { App, BootstraplessSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addReleasedStacks, ReleasedCode } from '../../../infra/release/released-stacks.ts';
import { resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import { LabStackSet } from '../../lab/aws/cloud-formation/stack-set.ts';

// Which member roles an edit of a deployed release deletes. A plan of Terraform concerns whole stacks, CloudFormation updates the hub's stack, and the
// StackSet's handler does the rest. docs/upgrade.md has the edits as a table.

const hubAccount = '111122223333';
const [root, unit, other] = ['r-ab12', 'ou-ab12-11111111', 'ou-ab12-22222222'] as const;
const inUnit = '222222222222';
const [region, elsewhere] = ['eu-west-1', 'us-east-1'];

interface Variables {
  readonly scope: 'own' | 'organization';
  readonly member_stack: boolean;
  readonly units: readonly string[];
  readonly regions: readonly string[];
  readonly home_region: string;
}
const own: Variables = { scope: 'own', member_stack: true, units: [], regions: [], home_region: '' };
const organization: Variables = {
  ...own,
  scope: 'organization',
  units: [unit, other],
  regions: [region, elsewhere],
  home_region: region,
};

const app = new App({ analyticsReporting: false });
const hub = Template.fromStack(
  addReleasedStacks(app, {
    code: new ReleasedCode('audit.zip'),
    synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
  }),
).toJSON();
const stackSetPolicy: unknown = Object.values<{ Type: string; DeletionPolicy?: unknown }>(hub['Resources']).find(
  ({ Type }) => Type === 'AWS::CloudFormation::StackSet',
)?.DeletionPolicy;

const block = <T extends z.ZodType>(of: T) => z.tuple([of]).transform(([only]) => only);
const stackSchema = z.looseObject({
  count: z.string().optional(),
  for_each: z.string().optional(),
  timeouts: block(z.record(z.string(), z.string())).optional(),
  lifecycle: block(z.looseObject({ prevent_destroy: z.boolean().default(false) })).optional(),
});
const moduleText = readFileSync('infra/release/main.tf', 'utf8');
const { resource } = z
  .object({ resource: z.object({ aws_cloudformation_stack: z.record(z.string(), block(stackSchema)) }) })
  .parse(await parse('main.tf', moduleText));
const stacks = resource.aws_cloudformation_stack;

/** Whether the module has the hub account's member stack with these variables. */
function hasMember(variables: Variables): boolean {
  const count = stacks['member']?.count;
  if (count === undefined) return true;
  const [, name = '', value] =
    /^\$\{var\.(\w+)(?: == "(\w+)")? \? 1 : 0\}$/.exec(count) ?? expect.fail(`unknown: ${count}`);
  const given: unknown = Object.entries(variables).find(([each]) => each === name)?.[1];
  return value === undefined ? given === true : given === value;
}

/** The estate of one hub: what Terraform and CloudFormation made so far. */
class Estate {
  readonly #stackSet: LabStackSet;
  #variables: Variables | undefined;
  #hasStackSet = false;
  #homeless = false;

  constructor(hubIn: string) {
    const unitOf = new Map([
      [hubAccount, hubIn],
      [inUnit, unit],
    ]);
    this.#stackSet = new LabStackSet({ parents: { [unit]: root, [other]: root }, unitOf });
  }

  /** @throws Error where the plan is refused */
  apply(variables: Variables, { tainted = false } = {}): void {
    const before = this.#variables;
    const leaves = before !== undefined && hasMember(before) && !hasMember(variables);
    for (const [name, goes] of [
      ['member', leaves],
      ['hub', tainted],
    ] as const)
      if (goes && stacks[name]?.lifecycle?.prevent_destroy) throw new Error(`${name} has prevent_destroy set`);

    // A removed dependency goes before what depends on it is updated.
    if (leaves) this.#homeless = true;
    if (hasMember(variables) && this.roleOf(hubAccount) === undefined) {
      this.#stackSet.deployAlone(hubAccount, region);
      this.#homeless = false;
    }
    this.#variables = variables;
    this.update(variables);
  }

  /** The update of the hub's stack: all that happens without Terraform. */
  update({ scope, units, regions, home_region }: Variables): void {
    const deployed = resolvedStack({
      template: hub,
      accountId: hubAccount,
      region,
      parameters: {
        CodeBucket: 'code',
        Scope: scope,
        ...(scope === 'organization' && { OrganizationId: 'o-ab12cd34ef', HomeRegion: home_region }),
        Units: units.join(),
        Regions: regions.join(),
      },
    });
    const [stackSet] = deployed.resources('AWS::CloudFormation::StackSet');
    if (stackSet) this.#stackSet.deploy(deployed.resolve(stackSet.properties));
    else if (this.#hasStackSet && !String(stackSetPolicy).startsWith('Retain')) this.#stackSet.remove();
    this.#hasStackSet = stackSet !== undefined;
  }

  roleOf(account: string): number | undefined {
    return this.#homeless && account === hubAccount ? undefined : this.#stackSet.roleOf(account);
  }
}

const nothing: readonly string[] = [];
const all = [hubAccount, inUnit];

/** Each row of docs/upgrade.md: the edit, from, to, the unit of the hub's account, and the accounts that lose their role, or why the plan is refused. */
const edits: readonly (readonly [
  edit: string,
  from: Variables,
  to: Variables,
  hubIn: string,
  lost: readonly string[] | RegExp,
])[] = [
  ['`Scope` becomes `organization`, hub account inside the units', own, organization, unit, nothing],
  ['`Scope` becomes `organization`, hub account outside of them', own, organization, root, nothing],
  ['`Scope` becomes `own`', organization, own, unit, nothing],
  ['a unit leaves `Units`', organization, { ...organization, units: [other] }, root, [inUnit]],
  ['a Region leaves `Regions`', organization, { ...organization, regions: [region] }, root, nothing],
  ['`HomeRegion` changes', organization, { ...organization, home_region: elsewhere }, root, [inUnit]],
  ['`member_stack` becomes `false`', own, { ...own, member_stack: false }, root, /member has prevent_destroy/],
];

describe('an edit of a deployed release', () => {
  it.each(edits)('deletes only the roles that the page names: %s', (_, from, to, hubIn, lost) => {
    const estate = new Estate(hubIn);
    estate.apply(from);
    const before = all.map((account) => estate.roleOf(account));
    if (lost instanceof RegExp) expect(() => estate.apply(to)).toThrow(lost);
    else estate.apply(to);
    const changed = all.filter((account, at) => before[at] !== undefined && estate.roleOf(account) !== before[at]);
    expect(changed).toEqual(lost instanceof RegExp ? nothing : lost);
  });

  it('is a row of the page, and every row of the page is tried', () => {
    const [, table = ''] = readFileSync('docs/upgrade.md', 'utf8').split('## Parameters that delete roles');
    const rows = [...table.matchAll(/^\| (?!edit |-)(.+?) +\| (.+?) *\|/gm)];
    const lost = new Map(
      edits.map(([edit, , , , roles]) => [edit.split(',')[0], Array.isArray(roles) && roles.length > 0]),
    );
    expect(rows.map(([, edit]) => edit).toSorted()).toEqual([...lost.keys(), 'Terraform gave up waiting'].toSorted());
    for (const [, edit, deleted = ''] of rows)
      expect(/^the member role/.test(deleted), edit).toBe(lost.get(edit) ?? false);
  });

  it('never takes a role of the hub account, whatever the variables were and become, in any order', () => {
    const states = [own, organization].flatMap((each) => [each, { ...each, member_stack: false }]);
    for (const hubIn of [unit, root])
      for (const first of states)
        for (const second of states)
          for (const third of states) {
            const estate = new Estate(hubIn);
            estate.apply(first);
            for (const next of [second, third]) {
              const before = estate.roleOf(hubAccount);
              try {
                estate.apply(next);
              } catch (error) {
                expect(String(error)).toContain('prevent_destroy');
              }
              if (before !== undefined) expect(estate.roleOf(hubAccount)).toBe(before);
            }
          }
  });

  it('replaces no stack whose creation Terraform gave up waiting for', () => {
    const estate = new Estate(unit);
    estate.apply(organization);
    expect(() => estate.apply(organization, { tainted: true })).toThrow('hub has prevent_destroy');
  });
});

describe('the Terraform module', () => {
  it.each(Object.entries(stacks))(
    'waits for hours, and never destroys a stack: %s',
    (_, { timeouts = {}, lifecycle }) => {
      expect(Object.keys(timeouts).toSorted()).toEqual(['create', 'update']);
      for (const time of Object.values(timeouts)) expect(Number(/^(\d+)h$/.exec(time)?.[1])).toBeGreaterThan(1);
      expect(lifecycle?.prevent_destroy).toBe(true);
    },
  );

  it('makes no stack dependent on the scope', () => {
    for (const { count = '', for_each: each = '' } of Object.values(stacks))
      expect(count + each).not.toContain('var.scope');
  });
});
