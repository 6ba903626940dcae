import { printable } from '../../../model/text/words.ts';
import { type Declared, type NextNodeGroup, nothing, together } from './carrier.ts';
import { isKarpenter, readKarpenter } from './karpenter.ts';
import { instanceGroup, type LaunchTemplateContent, managedGroup, selfManagedGroup } from './launch-templates.ts';
import { at, childrenOf, isAbsent, itemsOf, type Located, textAt, wordAt } from './located.ts';
import { decodedUserData, kindByUserData, kindOfAmiType } from './node-kinds.ts';
import { readYaml } from './read-yaml.ts';

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
}

/**
 * The launch templates and node groups that a plan leaves. A value that only `apply` will know is unknown here.
 * Source: Terraform JSON output format 1.2 (`planned_values`, `resource_changes[].change.after_unknown`, `configuration`).
 */
export function readTerraformPlan(document: Located): Declared {
  const root = at(document, 'planned_values', 'root_module') ?? at(document, 'values', 'root_module');
  const resources = [...resourcesOf(root, '')];
  const later = laterKnown(document);
  const templates = resources
    .filter(({ type }) => type === 'aws_launch_template' || type === 'aws_launch_configuration')
    .map((resource) => ({ resource, content: contentOf(resource, later.get(resource.address)) }));
  const used = new Set<string>();

  const managed = resources
    .filter(({ type }) => type === 'aws_eks_node_group')
    .map((resource): NextNodeGroup => {
      const { values, address } = resource;
      const reference = at(values, 'launch_template');
      const wanted = itemsOf(reference).length > 0 || isLater(later.get(address), 'launch_template');
      const mayHave = wanted || isAbsent(reference);
      const template = mayHave ? templateOf(resource, { document, templates }) : undefined;
      if (template) used.add(template.resource.address);
      const version = wordAt(values, 'version');
      const amiType = wordAt(values, 'ami_type');

      return managedGroup({
        name: printable(address, 300),
        declaredAt: resource.node.start,
        ...(version !== undefined && { kubeletVersion: version }),
        kind: amiType === undefined ? undefined : kindOfAmiType(amiType, 'linux'),
        isCustom: amiType === 'CUSTOM',
        template: template?.content ?? (wanted ? 'elsewhere' : 'none'),
        ...(template && { templateName: printable(template.resource.address, 300) }),
      });
    });

  const machines = resources
    .filter(({ type }) => type === 'aws_instance')
    .map((resource) =>
      instanceGroup(printable(resource.address, 300), contentOf(resource, later.get(resource.address))),
    );
  const alone = templates
    .filter(({ resource }) => !used.has(resource.address))
    .map(({ resource, content }) => selfManagedGroup(printable(resource.address, 300), content));
  const manifests = resources.map(manifestOf);
  const madeBy = 'Terraform writes this plan: change the user data in the configuration, and plan again';
  return {
    nodePools: manifests.flatMap(({ nodePools }) => nodePools),
    groups: [...managed, ...[...alone, ...machines, ...manifests].flatMap(({ groups }) => groups)].map((group) => ({
      ...group,
      madeBy,
    })),
    leftOut: alone.flatMap(({ leftOut }) => leftOut),
    unsupported: [],
  };
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
    groups: groups.map((group) => ({ ...group, declaredAt, content: withoutPlaces(group.content) })),
  };
}

const withoutPlaces = (content: NextNodeGroup['content']): NextNodeGroup['content'] =>
  content.status === 'known' ? { status: 'known', pieces: content.pieces.map(({ piece }) => ({ piece })) } : content;

function* resourcesOf(module: Located | undefined, address: string): Generator<Resource> {
  for (const node of itemsOf(at(module, 'resources'))) {
    const [own, type, name] = [wordAt(node, 'address'), wordAt(node, 'type'), wordAt(node, 'name')];
    if (own === undefined || type === undefined || wordAt(node, 'mode') === 'data') continue;
    yield { address: own, module: address, type, name: name ?? '', node, values: at(node, 'values') };
  }
  for (const child of itemsOf(at(module, 'child_modules')))
    yield* resourcesOf(child, wordAt(child, 'address') ?? address);
}

/** What only `apply` will know, by the address of its resource. */
function laterKnown(document: Located): ReadonlyMap<string, Located> {
  const changes = itemsOf(at(document, 'resource_changes')).flatMap((change) => {
    const [address, unknown] = [wordAt(change, 'address'), at(change, 'change', 'after_unknown')];
    return address === undefined || unknown === undefined ? [] : [[address, unknown] as const];
  });
  return new Map(changes);
}

/** `true`, or a list or map that holds a `true`. */
function isLater(unknown: Located | undefined, key: string): boolean {
  const holds = (node: Located): boolean =>
    node.kind === 'scalar' ? node.value === true : childrenOf(node).some(holds);
  const found = at(unknown, key);
  return found !== undefined && holds(found);
}

function contentOf({ values, node, type }: Resource, later: Located | undefined): LaunchTemplateContent {
  const hasImage = !isAbsent(at(values, 'image_id')) || isLater(later, 'image_id');
  const base = { declaredAt: node.start, hasImage };
  const unknown = (because: string) => ({ ...base, status: 'unknown', because }) as const;

  const keys = type === 'aws_launch_template' ? ['user_data'] : ['user_data_base64', 'user_data'];
  if (keys.some((key) => isLater(later, key))) return unknown('its user data is known after terraform apply only');
  if (type === 'aws_launch_configuration' && !isAbsent(at(values, 'user_data')))
    return unknown('Terraform keeps only a hash of the user data of a launch configuration');

  const plain = type === 'aws_instance' ? textAt(values, 'user_data') : undefined;
  if (plain !== undefined && kindByUserData(plain.text) !== undefined)
    return { ...base, status: 'known', written: plain, kind: kindByUserData(plain.text) };
  const written = textAt(values, keys[0] ?? '');
  if (written === undefined || written.text === '')
    return isAbsent(at(values, keys[0] ?? '')) || written
      ? { ...base, status: 'none' }
      : unknown('its user data is no text');
  const decoded = decodedUserData(written);
  return decoded.ok ? { ...base, ...decoded.value } : unknown(decoded.error);
}

interface Template {
  readonly resource: Resource;
  readonly content: LaunchTemplateContent;
}

interface TemplateOptions {
  readonly document: Located;
  readonly templates: readonly Template[];
}

/** The template of a node group: by its id or name where that is known, by the configuration's references, or since its module has no other one. */
function templateOf(group: Resource, { document, templates }: TemplateOptions): Template | undefined {
  const [reference] = itemsOf(at(group.values, 'launch_template'));
  const [id, name] = [wordAt(reference, 'id'), wordAt(reference, 'name')];
  const named = templates.filter(
    ({ resource: { values } }) =>
      (id !== undefined && wordAt(values, 'id') === id) || (name !== undefined && wordAt(values, 'name') === name),
  );
  if (named.length > 0) return named.length === 1 ? named[0] : undefined;
  if (id !== undefined) return undefined;

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
  const found = new Set<string>();
  const collect = (node: Located): void => {
    const [, template] = /^(aws_launch_(?:template|configuration)\.[^.[]+)/.exec(wordAt(node) ?? '') ?? [];
    if (template !== undefined) found.add(template);
    for (const child of childrenOf(node)) collect(child);
  };
  const template = at(own, 'expressions', 'launch_template');
  if (template) collect(template);
  return found;
}
