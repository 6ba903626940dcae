import { printable } from '../../../model/text/words.ts';
import { type Declared, known, type NextNodeGroup, unknown, userData } from './carrier.ts';
import { asUserData, callOf, textOfIntrinsics } from './intrinsics.ts';
import { elsewhere, groupsOf, type LaunchTemplate, madeBy, userDataAt } from './launch-templates.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, wordAt } from './located.ts';
import { kindByUserData, type UserData } from './node-kinds.ts';

/** A template: `Resources`, each with a type of CloudFormation. */
export const isCloudFormation = (document: Located): boolean =>
  wordAt(document, 'AWSTemplateFormatVersion') !== undefined ||
  [...(mapOf(at(document, 'Resources'))?.entries.values() ?? [])].some((resource) =>
    /^(?:AWS|Custom|Alexa)::/.test(wordAt(resource, 'Type') ?? ''),
  );

/** Node groups, launch templates and launch configurations of a template, also of one that the CDK made. */
export function readCloudFormation(document: Located): Declared {
  const resources = [...(mapOf(at(document, 'Resources'))?.entries ?? [])];
  const ofType = (type: string) => resources.filter(([, resource]) => wordAt(resource, 'Type') === type);
  const templatesOf = (type: string, ...keys: readonly string[]) =>
    ofType(type).map(([name, resource]) => templateOf(name, resource, at(resource, 'Properties', ...keys)));

  const templates = templatesOf('AWS::EC2::LaunchTemplate', 'LaunchTemplateData');
  const managed = ofType('AWS::EKS::Nodegroup').map(([name, resource]) => {
    const properties = at(resource, 'Properties');
    const reference = at(properties, 'LaunchTemplate');
    const target = referenceOf(at(reference, 'Id')) ?? referenceOf(at(reference, 'Name'));
    const named = target === undefined ? undefined : printable(target, 253);
    const isLater = !isAbsent(at(properties, 'AmiType')) && wordAt(properties, 'AmiType') === undefined;

    return {
      name: printable(name, 253),
      declaredAt: resource.start,
      kubeletVersion: wordAt(properties, 'Version'),
      amiType: isLater ? 'CUSTOM' : wordAt(properties, 'AmiType'),
      template:
        templates.find((each) => each.name === named) ??
        (isAbsent(reference) ? { content: known() } : { ...elsewhere, ...(named && { name: named }) }),
    };
  });

  const loops = resources.filter(([name]) => name.startsWith('Fn::')).map(([name, { start }]) => ofLoop(name, start));
  const macros = transformsOf(document).map((name) => ofLoop(name, document.start));
  const { groups, ...found } = groupsOf({
    managed,
    templates: [...templates, ...templatesOf('AWS::AutoScaling::LaunchConfiguration')],
    machines: templatesOf('AWS::EC2::Instance'),
  });
  const all = [...groups, ...loops, ...macros];
  const content = unknown('a transform of the template may change it when it is deployed');
  const declared = { ...found, groups: macros.length > 0 ? all.map((group) => ({ ...group, content })) : all };
  const isOfCdk = resources.some(([, resource]) => wordAt(resource, 'Metadata', 'aws:cdk:path') !== undefined);
  return isOfCdk ? madeBy('the CDK writes this template: change the construct that makes it', declared) : declared;
}

/** Macros of the account rewrite the whole template when it is deployed; those of AWS below add resources of their own only. */
function transformsOf(document: Located): readonly string[] {
  const given = at(document, 'Transform');
  const all = given === undefined ? [] : given.kind === 'list' ? given.items : [given];
  return all
    .map((each) => wordAt(each) ?? wordAt(each, 'Name') ?? '(a transform)')
    .filter(
      (name) =>
        !/^AWS::(?:Serverless-2016-10-31|LanguageExtensions|SecretsManager-[\d-]+|CodeDeployBlueGreen)$/.test(name),
    );
}

/** Resources that a loop or an include makes are not in the file. */
const ofLoop = (name: string, declaredAt: number): NextNodeGroup => ({
  name: printable(name, 253),
  group: 'self-managed',
  kind: 'linux',
  ami: 'custom',
  cluster: 'whole',
  declaredAt,
  content: unknown('a function of the template makes these resources, and may make nodes'),
  notes: [],
});

const templateOf = (name: string, { start }: Located, data: Located | undefined): LaunchTemplate => ({
  name: printable(name, 253),
  declaredAt: start,
  hasImage: !isAbsent(at(data, 'ImageId')),
  ...userDataOf(data),
});

function userDataOf(data: Located | undefined): UserData {
  if (['If', 'Transform'].some((name) => data?.tag === name || at(data, `Fn::${name}`)))
    return { content: unknown('a condition of the template decides about it') };

  const written = at(data, 'UserData');
  const [name, argument] = written ? callOf(written) : [];
  if (argument === undefined || name === undefined) return userDataAt(data, 'UserData');
  if (name !== 'Base64') return { content: unknown('its UserData is made by an intrinsic function') };

  const made = textOfIntrinsics(argument);
  const kind = made.ok ? kindByUserData(made.value.text) : undefined;
  const text = made.ok ? asUserData(made.value, kind) : made;
  return text.ok ? { content: known(userData(text.value)), kind } : { content: unknown(text.error) };
}

/** The logical name that `Ref` or `Fn::GetAtt` names, in each of their forms. */
function referenceOf(node: Located | undefined): string | undefined {
  const [name, argument] = node ? callOf(node) : [];
  if (name === 'Ref') return wordAt(argument);
  return name === 'GetAtt' ? (wordAt(argument) ?? wordAt(itemsOf(argument)[0]))?.split('.')[0] : undefined;
}
