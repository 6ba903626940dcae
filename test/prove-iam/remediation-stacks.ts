import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { deployStack } from '../lab/aws/cloud-formation/cloud-formation.ts';
import type { Lab } from '../lab/lab.ts';
import type { Deployment } from './deployments.ts';
import { refuseUnseen } from './permissions.ts';
import { arnOf, type Place, type PlacedStack } from './place.ts';

/** What a deployment has for remediation: a stack in the hub, and one in each account and Region whose nodes may be fixed. */
export interface DeployedRemediation {
  readonly deployment: Deployment;
  readonly hub: PlacedStack;
  readonly members: readonly PlacedStack[];
}

interface Stacks {
  readonly remediation?: Stack | undefined;
  readonly remediationMember?: Stack | undefined;
}

/** In the places of the member stack; nothing where the settings have no remediation. */
export function deployRemediation(
  lab: Lab,
  { remediation, remediationMember }: Stacks,
  { deployment, places }: { readonly deployment: Deployment; readonly places: readonly Place[] },
): DeployedRemediation | undefined {
  if (!remediation || !remediationMember) return undefined;
  const [template, memberTemplate] = [remediation, remediationMember].map((stack) =>
    Template.fromStack(stack).toJSON(),
  );
  for (const each of [template, memberTemplate]) refuseUnseen(each);

  const deploy = (of: unknown, place: Place, parameters = {}): PlacedStack => ({
    place,
    stack: deployStack(lab, { ...place, template: asTheLabTakesIt(of, place), parameters }),
  });
  const { OperatorRole: _, ...parameters } = deployment.memberParameters;
  const hubPlace = places.find(({ accountId }) => accountId === deployment.hub);
  if (!hubPlace) throw new Error(`the hub of '${deployment.name}' is none of its members`);

  return {
    deployment,
    hub: deploy(template, hubPlace),
    members: places.map((place) => deploy(memberTemplate, place, parameters)),
  };
}

/** A runbook that the lab does not run: it is only read. */
export const unrunDocument = 'AWS::SSM::Document, not run';

/** As CloudFormation would name it: a rule of a bus of its own has that bus's name before its own. */
export const ruleArn = (place: Place, id: string, bus?: unknown): string =>
  arnOf(place, 'events', typeof bus === 'string' ? `rule/${bus}/${id}` : `rule/${id}`);

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.looseObject({}).default({}) })),
});

const content = z.object({ Content: z.object({ mainSteps: z.array(z.object({ action: z.string() })) }) });
const needsMoreThanTheLab = (properties: unknown): boolean =>
  content.safeParse(properties).data?.Content.mainSteps.some(({ action }) => action === 'aws:executeAutomation') ===
  true;

/**
 * The lab's CloudFormation doesn't know rules, buses and topics by their names. It names other resources after their logical id, which another stack
 * of the account may have too. Its Automation starts no other runbook.
 */
function asTheLabTakesIt(template: unknown, place: Place): unknown {
  const { Resources: resources, ...rest } = templateSchema.parse(template);
  const read = Object.entries(resources).map(([id, resource]) => [
    id,
    needsMoreThanTheLab(resource.Properties) ? { ...resource, Type: unrunDocument } : resource,
  ]);
  const whole = { ...rest, Resources: Object.fromEntries(read) };

  const ownIds = withNames(whole, (id) => [[id, `Remediation${id}`]]);
  const named = withNames(ownIds, (id, { Type: type, Properties }) => {
    const { TopicName: topic, Name: bus } = Properties;
    if (type === 'AWS::SNS::Topic' && topic) return [[{ Ref: id }, arnOf(place, 'sns', String(topic))]];
    if (type !== 'AWS::Events::EventBus') return [];
    return [
      [{ Ref: id }, String(bus)],
      [{ 'Fn::GetAtt': [id, 'Arn'] }, arnOf(place, 'events', `event-bus/${String(bus)}`)],
    ];
  });
  return withNames(named, (id, { Type: type, Properties }) =>
    type === 'AWS::Events::Rule'
      ? [[{ 'Fn::GetAtt': [id, 'Arn'] }, ruleArn(place, id, Properties['EventBusName'])]]
      : [],
  );
}

type LabTemplate = z.infer<typeof templateSchema>;
/** A reference in a template, and the name that replaces it. */
type Named = readonly [reference: unknown, name: string];

function withNames(
  template: LabTemplate,
  namesOf: (id: string, resource: LabTemplate['Resources'][string]) => readonly Named[],
): LabTemplate {
  const names = Object.entries(template.Resources).flatMap(([id, resource]) => namesOf(id, resource));
  const text = names.reduce(
    (before, [reference, name]) => before.replaceAll(JSON.stringify(reference), JSON.stringify(name)),
    JSON.stringify(template),
  );
  return templateSchema.parse(JSON.parse(text));
}
