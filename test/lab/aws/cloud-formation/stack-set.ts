import { z } from 'zod';

const propertiesSchema = z.object({
  AutoDeployment: z.object({ Enabled: z.literal(true), RetainStacksOnAccountRemoval: z.boolean() }),
  Parameters: z.array(z.object({ ParameterKey: z.string(), ParameterValue: z.unknown() })),
  StackInstancesGroup: z.array(
    z.object({
      DeploymentTargets: z.object({
        OrganizationalUnitIds: z.array(z.string()),
        Accounts: z.array(z.string()).default([]),
        AccountFilterType: z.enum(['DIFFERENCE', 'INTERSECTION', 'NONE']).default('NONE'),
      }),
      Regions: z.array(z.string()),
    }),
  ),
});
type Properties = z.infer<typeof propertiesSchema>;
type Targets = Properties['StackInstancesGroup'][number];

/** The unit of each account, and the parent of each unit: who is below a unit. */
export interface OrganizationTree {
  readonly parents: Readonly<Record<string, string>>;
  readonly unitOf: Map<string, string>;
}

/** Member roles by the ids that IAM gives. Source: UpdateHandler of aws-cloudformation-resource-providers-cloudformation. */
export class LabStackSet {
  readonly #tree: OrganizationTree;
  readonly #instances = new Set<string>();
  readonly #roles = new Map<string, { readonly id: number; readonly region: string }>();
  #deployed: Properties | undefined;
  #ids = 0;

  constructor(tree: OrganizationTree) {
    this.#tree = tree;
  }

  roleOf(account: string): number | undefined {
    return this.#roles.get(account)?.id;
  }

  /** A member stack that was deployed to the account without the StackSet. */
  deployAlone(account: string, region: string): void {
    this.#ids += 1;
    this.#roles.set(account, { id: this.#ids, region });
  }

  deploy(properties: unknown): void {
    const now = propertiesSchema.parse(properties);
    const before = this.#deployed;
    this.#deployed = now;

    // A changed parameter reaches every instance: the condition on the Region deletes the role there, and makes it here.
    for (const [account, { region }] of this.#roles)
      if (region !== homeOf(now) && this.#instances.has(key(account, region))) this.#roles.delete(account);
    for (const each of this.#instances) this.#makeRole(...parts(each));

    const regions = new Set([...regionsOf(before), ...regionsOf(now)]);
    for (const region of regions) for (const account of this.#left(region, before, now)) this.#delete(account, region);
    for (const region of regions) for (const account of this.#left(region, now, before)) this.#create(account, region);
  }

  /** Automatic deployment sees an account leave its unit and join another: it looks at units only, not at filters of accounts. */
  move(account: string, unit: string): void {
    const deployed = this.#deployed;
    if (!deployed) throw new Error('nothing is deployed yet');
    for (const region of regionsOf(deployed)) {
      if (!this.#instances.has(key(account, region))) continue;
      // A retained stack leaves the StackSet with everything it made.
      if (deployed.AutoDeployment.RetainStacksOnAccountRemoval) this.#instances.delete(key(account, region));
      else this.#delete(account, region);
    }
    this.#tree.unitOf.set(account, unit);
    for (const { DeploymentTargets, Regions } of deployed.StackInstancesGroup)
      if (DeploymentTargets.OrganizationalUnitIds.some((each) => this.#isBelow(account, each)))
        for (const region of Regions) this.#create(account, region);
  }

  /** What one side has in a unit and the other hasn't; a unit that left is compared with nothing, also where another one covers its accounts. */
  #left(region: string, one: Properties | undefined, other: Properties | undefined): readonly string[] {
    return [...unitsOf(one)].flatMap((unit) => {
      const rest = new Set(this.#selected(unit, region, other));
      return this.#selected(unit, region, one).filter((account) => !rest.has(account));
    });
  }

  #selected(unit: string, region: string, properties: Properties | undefined): readonly string[] {
    const groups = properties?.StackInstancesGroup.filter(
      ({ DeploymentTargets, Regions }) =>
        Regions.includes(region) && DeploymentTargets.OrganizationalUnitIds.includes(unit),
    );
    const below = [...this.#tree.unitOf.keys()].filter((account) => this.#isBelow(account, unit));
    return below.filter((account) => groups?.some((group) => admits(group, account)));
  }

  #isBelow(account: string, unit: string): boolean {
    for (let at = this.#tree.unitOf.get(account); at !== undefined; at = this.#tree.parents[at])
      if (at === unit) return true;
    return false;
  }

  #create(account: string, region: string): void {
    // The role's name is taken: the new stack fails, and what is there stays.
    if (region === homeOf(this.#deployed) && this.#roles.has(account)) return;
    this.#instances.add(key(account, region));
    this.#makeRole(account, region);
  }

  #makeRole(account: string, region: string): void {
    if (region === homeOf(this.#deployed) && !this.#roles.has(account)) this.deployAlone(account, region);
  }

  /** CloudFormation deletes the StackSet's stacks with it, unless the resource is retained. */
  remove(): void {
    for (const each of this.#instances) this.#delete(...parts(each));
  }

  #delete(account: string, region: string): void {
    if (this.#instances.delete(key(account, region)) && this.#roles.get(account)?.region === region)
      this.#roles.delete(account);
  }
}

const admits = ({ DeploymentTargets: { Accounts, AccountFilterType } }: Targets, account: string): boolean =>
  AccountFilterType === 'NONE' || (AccountFilterType === 'INTERSECTION') === Accounts.includes(account);

const homeOf = (properties: Properties | undefined): unknown =>
  properties?.Parameters.find((each) => each.ParameterKey === 'RoleRegion')?.ParameterValue;

const regionsOf = (properties: Properties | undefined): ReadonlySet<string> =>
  new Set(properties?.StackInstancesGroup.flatMap((each) => each.Regions));

const unitsOf = (properties: Properties | undefined): ReadonlySet<string> =>
  new Set(properties?.StackInstancesGroup.flatMap((each) => each.DeploymentTargets.OrganizationalUnitIds));

const key = (account: string, region: string): string => `${account} ${region}`;

const parts = (instance: string): [string, string] => {
  const [account = '', region = ''] = instance.split(' ');
  return [account, region];
};
