import { printable } from '../../../model/text/words.ts';
import { type Declared, type NextNodeGroup, nothing } from './carrier.ts';
import { asUserData, textOfIntrinsics } from './intrinsics.ts';
import { instanceGroup, type LaunchTemplateContent, managedGroup, selfManagedGroup } from './launch-templates.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, wordAt } from './located.ts';
import { decodedUserData, kindByUserData, kindOfAmiType } from './node-kinds.ts';

/** A template: `Resources`, each with a type of CloudFormation. */
export const isCloudFormation = (document: Located): boolean =>
  wordAt(document, 'AWSTemplateFormatVersion') !== undefined ||
  [...(mapOf(at(document, 'Resources'))?.entries.values() ?? [])].some(({ value }) =>
    /^(?:AWS|Custom|Alexa)::/.test(wordAt(value, 'Type') ?? ''),
  );

type Resource = readonly [string, Located];

/** Node groups, launch templates and launch configurations of a template, also of one that the CDK made. */
export function readCloudFormation(document: Located): Declared {
  const resources = [...(mapOf(at(document, 'Resources'))?.entries ?? [])].map(
    ([name, { value }]): Resource => [name, value],
  );
  const ofType = (type: string) => resources.filter(([, resource]) => wordAt(resource, 'Type') === type);
  const isOfCdk = resources.some(([, resource]) => wordAt(resource, 'Metadata', 'aws:cdk:path') !== undefined);
  const madeBy = isOfCdk ? { madeBy: 'the CDK writes this template: change the construct that makes it' } : {};

  const templates = new Map(
    ofType('AWS::EC2::LaunchTemplate').map(([name, resource]) => [
      name,
      contentOf(at(resource, 'Properties', 'LaunchTemplateData'), resource.start),
    ]),
  );
  const used = new Set<string>();
  const managed = ofType('AWS::EKS::Nodegroup').map(([name, resource]): NextNodeGroup => {
    const properties = at(resource, 'Properties');
    const reference = at(properties, 'LaunchTemplate');
    const target = isAbsent(reference)
      ? undefined
      : (referenceOf(at(reference, 'Id')) ?? referenceOf(at(reference, 'Name')));
    const template = target === undefined ? undefined : templates.get(target);
    if (target !== undefined) used.add(target);
    const version = wordAt(properties, 'Version');
    const amiType = wordAt(properties, 'AmiType');

    return managedGroup({
      name: printable(name, 253),
      declaredAt: resource.start,
      ...(version !== undefined && { kubeletVersion: version }),
      kind: amiType === undefined ? undefined : kindOfAmiType(amiType, 'linux'),
      isCustom: amiType === 'CUSTOM' || (amiType === undefined && !isAbsent(at(properties, 'AmiType'))),
      template: template ?? (isAbsent(reference) ? 'none' : 'elsewhere'),
      ...(target !== undefined && { templateName: printable(target, 253) }),
    });
  });

  const configurations = ofType('AWS::AutoScaling::LaunchConfiguration').map(
    ([name, resource]) => [name, contentOf(at(resource, 'Properties'), resource.start)] as const,
  );
  const alone = [...templates, ...configurations]
    .filter(([name]) => !used.has(name))
    .map(([name, template]) => selfManagedGroup(printable(name, 253), template));
  const machines = ofType('AWS::EC2::Instance').map(([name, resource]) =>
    instanceGroup(printable(name, 253), contentOf(at(resource, 'Properties'), resource.start)),
  );
  const loops = resources.filter(([name]) => name.startsWith('Fn::')).map(([name, { start }]) => ofLoop(name, start));
  const macros = transformsOf(document).map((name) => ofLoop(name, document.start));
  const groups = [...managed, ...[...alone, ...machines].flatMap(({ groups }) => groups), ...loops, ...macros].map(
    (group) => ({
      ...group,
      ...madeBy,
      ...(macros.length > 0 && { content: ofMacro }),
    }),
  );
  return { ...nothing, groups, leftOut: alone.flatMap(({ leftOut }) => leftOut) };
}

const ofMacro = {
  status: 'unknown',
  because: 'a transform of the template may change it when it is deployed',
} as const;

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
  content: { status: 'unknown', because: 'a function of the template makes these resources, and may make nodes' },
  notes: [],
});

function contentOf(data: Located | undefined, declaredAt: number): LaunchTemplateContent {
  const written = at(data, 'UserData');
  const base = { declaredAt, hasImage: !isAbsent(at(data, 'ImageId')) };
  if (isOfCondition(data))
    return { ...base, status: 'unknown', because: 'a condition of the template decides about it' };
  if (isAbsent(written) || written === undefined) return { ...base, status: 'none' };

  const encoded = at(written, 'Fn::Base64') ?? (written.tag === 'Base64' ? { ...written, tag: undefined } : undefined);
  if (encoded !== undefined) {
    const made = textOfIntrinsics(encoded as Located);
    const kind = made.ok ? kindByUserData(made.value.text) : undefined;
    const text = made.ok ? asUserData(made.value, kind) : made;
    return text.ok
      ? { ...base, status: 'known', written: text.value, kind }
      : { ...base, status: 'unknown', because: text.error };
  }
  if (written.kind !== 'scalar' || written.text === undefined || written.tag !== undefined)
    return { ...base, status: 'unknown', because: 'its UserData is made by an intrinsic function' };
  const decoded = decodedUserData(written.text);
  return decoded.ok ? { ...base, ...decoded.value } : { ...base, status: 'unknown', because: decoded.error };
}

const isOfCondition = (node: Located | undefined): boolean =>
  node?.tag === 'If' ||
  node?.tag === 'Transform' ||
  ['Fn::If', 'Fn::Transform'].some((key) => mapOf(node)?.entries.has(key));

/** The logical name that `Ref` or `Fn::GetAtt` names, in each of their forms. */
function referenceOf(node: Located | undefined): string | undefined {
  if (node?.tag === 'Ref' && node.kind === 'scalar') return node.text?.text;
  if (node?.tag === 'GetAtt') return node.kind === 'scalar' ? node.text?.text.split('.')[0] : wordAt(itemsOf(node)[0]);
  const attribute = at(node, 'Fn::GetAtt');
  return (
    wordAt(node, 'Ref') ??
    (attribute?.kind === 'scalar' ? attribute.text?.text.split('.')[0] : wordAt(itemsOf(attribute)[0]))
  );
}
