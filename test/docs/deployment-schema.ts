import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { deploymentFields } from '../../infra/config/deployment-fields.ts';

type JsonSchema = Record<string, unknown>;

/**
 * docs/schema/deployment-1.json, by which an editor completes and checks a file of settings. It is made of the fields with which the synthesis reads
 * the file, and of what deployment.yaml says of each. Rules over several fields are only in the synthesis.
 */
export function deploymentSchema(): string {
  const schema = z.toJSONSchema(deploymentFields, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      for (const { _zod: check } of zodSchema._zod.def.checks ?? []) Object.assign(jsonSchema, ruleOf(check.def));
    },
  });
  const described = describe(schema, descriptions());
  return `${JSON.stringify({ $id: 'deployment-1.json', title: 'Settings of a deployment of eks-kubelet-audit', ...described }, undefined, 2)}\n`;
}

/** What an own rule says of itself for a JSON Schema. */
function ruleOf(def: z.core.$ZodCheckDef): JsonSchema {
  const { params } = def as { readonly params?: { readonly json?: JsonSchema } };
  return params?.json ?? {};
}

/** A schema of an object whose fields say what they are; `texts` has them by `group.field`. */
function describe(schema: JsonSchema, texts: ReadonlyMap<string, string>, group = ''): JsonSchema {
  const properties = Object(schema['properties']) as Record<string, JsonSchema>;
  const described = Object.entries(properties).map(([name, field]) => {
    const description = texts.get(`${group}${name}`);
    const inner = field['properties'] ? describe(field, texts, `${name}.`) : field;
    return [name, { ...(description !== undefined && { description }), ...inner }];
  });
  return { ...schema, properties: Object.fromEntries(described) };
}

/** What deployment.yaml says of each field: the comment above it, or above its section. For a field of a group, the comment behind it. */
function descriptions(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let section = '';
  let above: string[] = [];
  let group = '';

  for (const line of readFileSync(join(import.meta.dirname, '../../deployment.yaml'), 'utf8').split('\n')) {
    const field = /^# ( *)([A-Za-z]+):(?: (.*))?$/.exec(line);
    if (line === '') {
      if (above[0]?.startsWith('--- ')) section = above.join(' ').replace(/^--- [^.]*\. /, '');
      above = [];
    } else if (!field) {
      above.push(line.replace(/^# ?/, ''));
    } else {
      const [, indent = '', name = '', value = ''] = field;
      if (indent === '') {
        group = name;
        texts.set(name, above.join(' ') || section);
      } else {
        const [, behind] = / # *(.*)$/.exec(value) ?? [];
        if (behind !== undefined) texts.set(`${group}.${name}`, behind.trim());
      }
    }
  }
  return texts;
}
