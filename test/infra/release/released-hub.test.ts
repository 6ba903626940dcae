import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { parse } from '@cdktf/hcl2json';
import { Template } from 'aws-cdk-lib/assertions';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeRelease } from '../../../infra/release/release.ts';
import { memberRoleName, waiversKey } from '../../../lambda/contract/names.ts';
import { deployStack, resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import type { DeployedStack } from '../../lab/aws/cloud-formation/deployed-stack.ts';
import { labRootId } from '../../lab/aws/organizations/organizations.ts';
import { type DeployedHub, deployHub } from '../../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub, organizationId, startOrganization } from '../../lab/estate/organization.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import type { NodeRoot } from '../../lab/node/node-root.ts';
import { deployedSizes } from '../deployed-sizes.ts';
import { parameterFaults, typeFaults } from '../resource-types.ts';
import { everyRemediation, templatesOf } from '../synthesise.ts';

const { accountId, region } = hub;
const scheduledTime = '2026-11-25T05:00:00Z';
const runId = '20261125T050000Z';
const required = { CodeBucket: 'released-code', CodePrefix: 'audit/0.1.0/' };

let release: string;
const text = (file: string) => readFile(join(release, file), 'utf8');
const template = async (stack: string): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await text(`${stack}.template.json`));

beforeAll(async () => {
  release = await mkdtemp(join(tmpdir(), 'released-'));
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile('cdk.json', 'utf8')));
  await makeRelease({ directory: release, context });
});
afterAll(async () => await rm(release, { recursive: true, force: true }));

/** The functions' bundles as the archive of the release has them, in a folder of its own. */
async function unpacked(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'from-release-'));
  const [sums] = (await text('SHA256SUMS')).split('\n').filter((line) => line.endsWith('.zip'));
  const archive = await readFile(join(release, sums?.split('  ')[1] ?? ''));
  for (const [name, bytes] of Object.entries(unzipSync(archive))) await writeFile(join(folder, name), bytes);
  return folder;
}

async function deployed(lab: Lab, parameters: Readonly<Record<string, string>>): Promise<DeployedHub> {
  const released = { template: await template('EksKubeletAudit'), parameters: { ...required, ...parameters } };
  return deployHub(lab, { accountId, region, settings: {}, released, bundles: await unpacked(), processes: 2 });
}

async function finished(deployedHub: DeployedHub, name = runId): Promise<unknown> {
  return await deployedHub.executions.get(name)?.finished;
}

describe('the released hub', () => {
  it('audits its own account from parameters alone, with waivers of an object of its bucket once they ask for them', async () => {
    const lab = await startLab();
    const roots: NodeRoot[] = [];
    lab.addAccount(accountId);
    lab.securityHub.enable(accountId, region);
    deployMember(lab, await template('EksKubeletAuditMember'), accountId);
    const nodes = [{ name: 'a.internal', recording: 'no-ca-anonymous-off', group: 'workers' }];
    await addEstateCluster(lab, { name: 'prod', ...grantedIn(accountId), nodes }, { accountId, region, roots });

    const first = await deployed(lab, {});
    await first.invoke('start', { scheduledTime });
    expect(await finished(first)).toMatchObject({ status: 'SUCCEEDED', output: { nodes: 1, failedItems: 0 } });
    await first.close();

    const second = await deployed(lab, { Waivers: 'bucket' });
    await second.invoke('start', { scheduledTime: '2026-11-26T05:00:00Z' });
    const { output } = Object(await finished(second, '20261126T050000Z'));
    expect(output.failedItems).toBeGreaterThan(0);
    expect(JSON.stringify(second.invocations)).toContain('settings/waivers.yaml is not there');

    const waiver = `{ control: 3.2.3, cluster: prod, reason: replaced, owner: team-a, expires: ${new Date(Date.now() + 864e5).toISOString().slice(0, 10)} }`;
    lab.s3.putObject(second.bucket, waiversKey, Buffer.from(`waivers:\n  - ${waiver}\n`));
    await second.invoke('start', { scheduledTime: '2026-11-27T05:00:00Z' });
    expect(await finished(second, '20261127T050000Z')).toMatchObject({ output: { nodes: 1, failedItems: 0 } });
    const summary = second.object('runs/20261127T050000Z/report.md') ?? '';
    expect(summary).toMatch(/waived/i);

    await second.close();
    await lab.close();
    for (const each of roots) each[Symbol.dispose]();
  });

  it('audits an organization with the values of the Terraform example, through the member stacks of its StackSet', async () => {
    const values = await parametersOfExample();
    const resolved = resolvedStack({ template: await template('EksKubeletAudit'), ...hub, parameters: values });
    const [stackSet, ...others] = resolved.resources('AWS::CloudFormation::StackSet');
    expect(others).toEqual([]);
    const properties = stackSetSchema.parse(resolved.resolve(stackSet?.properties));
    expect(properties.StackInstancesGroup).toEqual([
      {
        DeploymentTargets: { OrganizationalUnitIds: values['Units']?.split(',') },
        Regions: values['Regions']?.split(','),
      },
    ]);

    const organization = await startOrganization({ memberTemplate: JSON.parse(properties.TemplateBody) });
    const deployedHub = await deployed(organization.lab, values);
    try {
      await deployedHub.invoke('start', { scheduledTime });
      const { stderr, ...ended } = Object(await finished(deployedHub));
      expect(ended, stderr).toMatchObject({
        status: 'SUCCEEDED',
        output: { accounts: 13, clusters: { audited: 15, failed: 0 }, failedItems: 0 },
      });
    } finally {
      await deployedHub.close();
      await organization.close();
    }
  });

  it('has resources that CloudFormation knows, and leaves room in each of its limits', async () => {
    for (const stack of ['EksKubeletAudit', 'EksKubeletAuditMember']) {
      const released = await template(stack);
      expect(typeFaults(released)).toEqual([]);
      expect(parameterFaults(released)).toEqual([]);
      for (const { what, size, limit } of deployedSizes(Template.fromJSON(released)))
        expect(size, what).toBeLessThanOrEqual(limit * 0.85);
    }
  });

  it('has the rights of the synthesised hub, in either scope, and to waivers and sweeps where they are asked for', async () => {
    const released = await template('EksKubeletAudit');
    const resolved = (template: unknown, parameters: Readonly<Record<string, string>> = {}) =>
      resolvedStack({ template, accountId, region, parameters });
    const rightsOf = (...given: Parameters<typeof resolved>) => rights(resolved(...given));
    const hubOf = (settings: object) => templatesOf(settings)['EksKubeletAudit']?.toJSON();
    const synthesised = (settings: object) => rightsOf(hubOf(settings));
    const organization = { id: 'o-ab12cd34ef', units: ['r-ab12'] };

    expect(rightsOf(released, required)).toEqual(synthesised({}));
    // Whatever its parameters are, it may use the member role of its own account.
    const members = synthesised({}).filter((each) => each.includes('sts:AssumeRole'));
    expect(rightsOf(released, { ...required, ...whole({}) })).toEqual(
      [...synthesised({ organization, regions: ['eu-west-1'], homeRegion: 'eu-west-1' }), ...members].toSorted(),
    );
    const swept = { ...required, Sweeps: 'on', SweepMinutes: '20' };
    expect(rightsOf(released, swept)).toEqual(synthesised({ sweep: '20m' }));
    expect(sweptBy(resolved(released, swept))).toEqual(sweptBy(resolved(hubOf({ sweep: '20m' }))));
    expect(sweptBy(resolved(released, required))).toEqual([]);
    const added = rightsOf(released, { ...required, Waivers: 'bucket' }).filter(
      (each) => !rightsOf(released, required).includes(each),
    );
    expect(added).toEqual(
      ['Item', 'Summarise'].map((name) =>
        expect.stringMatching(`^EksKubeletAudit${name} Allow s3:GetObject .*/settings/waivers\\.yaml `),
      ),
    );
  });

  it.each([
    ['EksKubeletAudit', 'released'],
    ['EksKubeletAudit', 'synthesised'],
    ['EksKubeletAuditRemediation', 'synthesised'],
  ] as const)(
    '%s, %s, assumes no role of another organization, even if its trust admits the hub',
    async (name, from) => {
      const lab = await startLab();
      const settings = { ...everyRemediation, organization: { id: organizationId, units: ['r-ab12'] } };
      const parameters = { ...required, ...whole({ OrganizationId: organizationId }) };
      const deployed =
        from === 'released'
          ? { template: await template(name), parameters }
          : { template: templatesOf(settings)[name]?.toJSON() };
      const stack = deployStack(lab, { ...deployed, accountId, region });
      const [inside, outside, nowhere] = ['222200000001', '333300000001', '333300000002'];
      lab.organizations.create({ id: organizationId, managementAccountId: inside });
      lab.sts.addAccount(outside, { organizationId: 'o-another000' });
      lab.sts.setMembership(nowhere, { active: true });
      const memberRole = (account: string) => `arn:aws:iam::${account}:role/${memberRoleName}`;
      const trusted = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' } as const;
      for (const each of [inside, outside, nowhere])
        lab.sts.putRole(memberRole(each), { trustPolicy: { Statement: [trusted] } });

      const assuming = stack.resources('AWS::IAM::Role').filter((each) => /Audit|Discover|Remediate/.test(each.id));
      const answers = assuming.map(async (role) => {
        const credentials = lab.sts.startSession(stack.arnOf(role));
        const sts = new STSClient({ endpoint: lab.endpoint, region, credentials });
        const assume = (account: string) =>
          sts.send(new AssumeRoleCommand({ RoleArn: memberRole(account), RoleSessionName: 'audit' })).then(
            () => 'assumed',
            ({ name }) => name,
          );
        return await Promise.all([inside, outside, nowhere].map(assume));
      });
      expect(new Set((await Promise.all(answers)).map(String))).toEqual(new Set(['assumed,AccessDenied,AccessDenied']));
      await lab.close();
    },
  );

  it.each([
    ['an organization without its id', { Scope: 'organization' }, /OrganizationId must name it/],
    ['a home Region that is none of the Regions', whole({ HomeRegion: 'us-east-1' }), /HomeRegion must be one of/],
    ['an organization without Regions', whole({ Regions: '' }), /Regions must name where/],
    ['units, and the scope own', { Units: 'r-ab12' }, /Units is for the scope organization/],
    ['a source that needs a VPC', { Sources: 'direct,ssm' }, /Parameter 'Sources'/],
    ['more hours than CloudWatch looks back', { MaxHoursBetweenRuns: '169' }, /Parameter 'MaxHoursBetweenRuns'/],
    ['sweeps closer than five minutes', { SweepMinutes: '4' }, /Parameter 'SweepMinutes'/],
    ['a pattern of clusters to leave out', { ExcludeClusters: 'arn:aws:eks:*' }, /Parameter 'ExcludeClusters'/],
    ['something that is no schedule', { Schedule: 'daily' }, /Parameter 'Schedule'/],
  ])('refuses %s before anything is made', async (_, parameters, message) => {
    const released = await template('EksKubeletAudit');
    const deploy = (more: object) =>
      resolvedStack({ template: released, accountId, region, parameters: { ...required, ...more } });
    expect(() => deploy(parameters)).toThrow(message);
    expect(() => deploy(whole({}))).not.toThrow();
  });
});

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((each) => [each].flat());
const policiesSchema = z.array(
  z.object({
    PolicyDocument: z.object({
      Statement: z.array(
        z.object({ Effect: z.string(), Action: oneOrMore, Resource: oneOrMore, Condition: z.unknown().optional() }),
      ),
    }),
  }),
);

/** What each role may do, one action on one resource a line, in whichever policy. */
function rights(stack: DeployedStack): readonly string[] {
  const lines = stack
    .resources('AWS::IAM::Role')
    .flatMap((role) =>
      policiesSchema
        .parse(stack.resolve(role.properties['Policies']))
        .flatMap(({ PolicyDocument: { Statement } }) =>
          Statement.flatMap(({ Effect, Action, Resource, Condition }) =>
            Action.flatMap((action) =>
              Resource.map((resource) =>
                [stack.refOf(role), Effect, action, resource, JSON.stringify(Condition ?? {})].join(' '),
              ),
            ),
          ),
        ),
    );
  return [...new Set(lines)].toSorted();
}

/** Schedules, state machines and alarms of sweeps, as CloudFormation would make them; numbers of parameters are texts. */
const sweptBy = (stack: DeployedStack): readonly string[] =>
  ['AWS::Scheduler::Schedule', 'AWS::StepFunctions::StateMachine', 'AWS::CloudWatch::Alarm']
    .flatMap((type) => stack.resources(type))
    .map(({ properties }) => JSON.stringify(stack.resolve(properties)).replaceAll(/:(\d+)\b/g, ':"$1"'))
    .filter((each) => /sweep/i.test(each));

function whole(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const organization = { Scope: 'organization', OrganizationId: 'o-ab12cd34ef', Units: 'r-ab12' };
  return { ...organization, Regions: 'eu-west-1', HomeRegion: 'eu-west-1', ...more };
}

const stackSetSchema = z.looseObject({
  TemplateBody: z.string(),
  StackInstancesGroup: z.array(z.unknown()),
});

const variablesSchema = z.object({
  variable: z.record(z.string(), z.tuple([z.looseObject({ type: z.string(), default: z.unknown().optional() })])),
  resource: z.object({
    aws_cloudformation_stack: z.record(
      z.string(),
      z.tuple([z.looseObject({ parameters: z.record(z.string(), z.string()).optional() })]),
    ),
  }),
});

/** The module with those of its variables that are parameters of the hub's template. */
async function moduleOfRelease() {
  const { variable, resource } = variablesSchema.parse(await parse('main.tf', await text('main.tf')));
  const { member_stack: _, document_regions: __, ...parameters } = variable;
  return { variable: parameters, resource };
}

/** `code_bucket` → `CodeBucket` */
const parameterOf = (variable: string): string =>
  variable.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('the Terraform module', () => {
  it('has the parameters of the template as its variables, each with the default of the template', async () => {
    const { variable, resource } = await moduleOfRelease();
    const { Parameters } = z
      .object({ Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() })) })
      .parse(await template('EksKubeletAudit'));

    const [hubStack] = resource.aws_cloudformation_stack['hub'] ?? [];
    const passed = Object.keys(variable).map((name) => {
      const list = variable[name]?.[0].type.includes('list');
      return [parameterOf(name), list ? `\${join(",", var.${name})}` : `\${var.${name}}`];
    });
    expect(hubStack?.parameters).toEqual(Object.fromEntries(passed));

    const defaults = Object.entries(variable).map(([name, [{ default: usual }]]) => [
      parameterOf(name),
      Array.isArray(usual) ? usual.join() : usual === undefined ? undefined : String(usual),
    ]);
    expect(Object.fromEntries(defaults)).toEqual(
      Object.fromEntries(
        Object.entries(Parameters).map(([name, { Default }]) => [
          name,
          Default === undefined ? undefined : String(Default),
        ]),
      ),
    );
  });
});

/** What the example of docs/release.md gives the module, as parameters of the template. */
async function parametersOfExample(): Promise<Readonly<Record<string, string>>> {
  const page = (await readFile('docs/release.md', 'utf8'))
    .replaceAll('YOUR-BUCKET', required.CodeBucket)
    .replaceAll('o-ab12cd34ef', organizationId)
    .replaceAll('r-ab12', labRootId);
  const [, example = ''] = /```hcl\n(module "eks_kubelet_audit"[\s\S]*?)```/.exec(page) ?? [];
  const { module } = z
    .object({ module: z.record(z.string(), z.tuple([z.record(z.string(), z.unknown())])) })
    .parse(await parse('example.tf', example));
  const { source: _, ...values } = module['eks_kubelet_audit']?.[0] ?? {};

  const { variable } = await moduleOfRelease();
  const unknown = Object.keys(values).filter((name) => !(name in variable));
  expect(unknown).toEqual([]);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      parameterOf(name),
      Array.isArray(value) ? value.join() : String(value),
    ]),
  );
}
