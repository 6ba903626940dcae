import { printable } from '../../../model/text/words.ts';
import { type Declared, known, nothing, together, unknown, userData } from './carrier.ts';
import { isKarpenter, readKarpenter } from './karpenter.ts';
import { elsewhere, groupsOf, type LaunchTemplate, madeBy, userDataAt } from './launch-templates.ts';
import { allIn, at, isAbsent, itemsOf, type Located, textAt, wordAt } from './located.ts';
import { kindByUserData, type UserData } from './node-kinds.ts';
import { readYaml } from './read-documents.ts';

/** `terraform show -json` of a plan, or of a state. */
export const isTerraformPlan = (document: Located): boolean =>
  wordAt(document, 'format_version') !== undefined &&
  ['planned_values', 'resource_changes', 'values'].some((key) => at(document, key) !== undefined);

interface Resource {
  readonly address: string;
  /** The address of its module, empty at the top. */
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly node: Located;
  readonly values: Located | undefined;
  /** What only `apply` will know of its values. */
  readonly later: Located | undefined;
}

interface Template extends LaunchTemplate {
  readonly resource: Resource;
}

/**
 * The launch templates and node groups that a plan leaves. A value that only `apply` will know is unknown here.
 * Source: Terraform JSON output format 1.2 (`planned_values`, `resource_changes[].change.after_unknown`, `configuration`).
 */
export function readTerraformPlan(document: Located): Declared {
  const root = at(document, 'planned_values', 'root_module') ?? at(document, 'values', 'root_module');
  const changes = itemsOf(at(document, 'resource_changes')).map(
    (change) => [wordAt(change, 'address'), at(change, 'change', 'after_unknown')] as const,
  );
  const resources = [...resourcesOf(root, '', new Map(changes))];
  const ofType = (...types: readonly string[]) => resources.filter(({ type }) => types.includes(type));
  const templates = ofType('aws_launch_template', 'aws_launch_configuration').map(asTemplate);
  const managed = ofType('aws_eks_node_group').map((resource) => {
    const { values, address, later, node } = resource;
    const reference = at(values, 'launch_template');
    const wanted = itemsOf(reference).length > 0 || isLater(later, 'launch_template');
    const template = wanted || isAbsent(reference) ? templateOf(resource, document, templates) : undefined;
    return {
      name: printable(address, 300),
      declaredAt: node.start,
      kubeletVersion: wordAt(values, 'version'),
      amiType: wordAt(values, 'ami_type'),
      template: template ?? (wanted ? elsewhere : { content: known() }),
    };
  });
  return madeBy(
    'Terraform writes this plan: change the user data in the configuration, and plan again',
    together([
      groupsOf({ managed, templates, machines: ofType('aws_instance').map(asTemplate) }),
      ...resources.map(manifestOf),
    ]),
  );
}

/** Karpenter's objects, where Terraform applies them. */
function manifestOf({ type, values, node }: Resource): Declared {
  if (type === 'kubernetes_manifest') {
    const manifest = at(values, 'manifest') ?? at(values, 'object');
    return manifest && isKarpenter(manifest) ? readKarpenter(manifest) : nothing;
  }
  const written = type === 'kubectl_manifest' ? textAt(values, 'yaml_body') : undefined;
  const read = written && readYaml(written.text);
  if (!read?.ok) return nothing;

  const { groups, nodePools } = together(read.value.filter(isKarpenter).map(readKarpenter));
  const declaredAt = node.start;
  // Places inside a text inside a text are not followed: the resource is the place.
  return {
    ...nothing,
    nodePools: nodePools.map((pool) => ({ ...pool, declaredAt })),
    groups: groups.map(({ content, ...group }) => ({
      ...group,
      declaredAt,
      content: content.status === 'known' ? known(...content.pieces.map(({ piece }) => ({ piece }))) : content,
    })),
  };
}

function* resourcesOf(
  module: Located | undefined,
  address: string,
  later: ReadonlyMap<string | undefined, Located | undefined>,
): Generator<Resource> {
  for (const node of itemsOf(at(module, 'resources'))) {
    const [own, type, name = ''] = [wordAt(node, 'address'), wordAt(node, 'type'), wordAt(node, 'name')];
    if (own === undefined || type === undefined || wordAt(node, 'mode') === 'data') continue;
    yield { address: own, module: address, type, name, node, values: at(node, 'values'), later: later.get(own) };
  }
  for (const child of itemsOf(at(module, 'child_modules')))
    yield* resourcesOf(child, wordAt(child, 'address') ?? address, later);
}

/** `true`, or a list or map that holds a `true`. */
function isLater(unknown: Located | undefined, key: string): boolean {
  const found = at(unknown, key);
  return found !== undefined && allIn(found).some((each) => each.kind === 'scalar' && each.value === true);
}

const asTemplate = (resource: Resource): Template => ({
  resource,
  name: printable(resource.address, 300),
  declaredAt: resource.node.start,
  hasImage: !isAbsent(at(resource.values, 'image_id')) || isLater(resource.later, 'image_id'),
  ...userDataOf(resource),
});

function userDataOf({ values, later, type }: Resource): UserData {
  const keys = type === 'aws_launch_template' ? ['user_data'] : ['user_data_base64', 'user_data'];
  if (keys.some((key) => isLater(later, key)))
    return { content: unknown('its user data is known after terraform apply only') };
  if (type === 'aws_launch_configuration' && !isAbsent(at(values, 'user_data')))
    return { content: unknown('Terraform keeps only a hash of the user data of a launch configuration') };

  const plain = type === 'aws_instance' ? textAt(values, 'user_data') : undefined;
  const kind = plain && kindByUserData(plain.text);
  return plain && kind ? { content: known(userData(plain)), kind } : userDataAt(values, keys[0] ?? '');
}

/** The template of a node group: by its id or name where that is known, by the configuration's references, or since its module has no other one. */
function templateOf(group: Resource, document: Located, templates: readonly Template[]): Template | undefined {
  const [reference] = itemsOf(at(group.values, 'launch_template'));
  const [id, name] = ['id', 'name'].map((key) => wordAt(reference, key));
  const named = templates.filter(
    ({ resource: { values } }) =>
      (id !== undefined && wordAt(values, 'id') === id) || (name !== undefined && wordAt(values, 'name') === name),
  );
  if (named.length > 0 || id !== undefined) return named.length === 1 ? named[0] : undefined;

  const beside = templates.filter(({ resource }) => resource.module === group.module);
  const referenced = referencesOf(document, group);
  const chosen = beside.filter(({ resource }) => referenced.has(`${resource.type}.${resource.name}`));
  if (chosen.length > 1) return chosen.find(({ resource }) => indexOf(resource) === indexOf(group));
  return chosen[0] ?? (referenced.size === 0 && beside.length === 1 ? beside[0] : undefined);
}

/** `[0]`, `["blue"]` of the address, or nothing. */
const indexOf = ({ address }: Resource): string => /\[[^[\]]*\]$/.exec(address)?.[0] ?? '';

/** `aws_launch_template.this` of each launch template that the configuration of the node group names. */
function referencesOf(document: Located, { module, type, name }: Resource): ReadonlySet<string> {
  let configured = at(document, 'configuration', 'root_module');
  for (const [, call = ''] of module.matchAll(/module\.([^.[\]]+)(?:\[[^\]]*\])?/g))
    configured = at(configured, 'module_calls', call, 'module');

  const own = itemsOf(at(configured, 'resources')).find(
    (each) => wordAt(each, 'type') === type && wordAt(each, 'name') === name,
  );
  const template = at(own, 'expressions', 'launch_template');
  const words = template ? [...allIn(template)].map((each) => wordAt(each) ?? '') : [];
  return new Set(words.flatMap((word) => /^aws_launch_(?:template|configuration)\.[^.[]+/.exec(word) ?? []));
}
