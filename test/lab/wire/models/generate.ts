/**
 * Writes `<service>.json` beside itself: what botocore's service models say about the operations that the lab answers, and nothing else.
 *
 *     node test/lab/wire/models/generate.ts FOLDER/site-packages/botocore/data
 *
 * The folder comes with pip's `botocore` (gzipped) or with Debian's `python3-botocore` (plain JSON). Debian 13's 1.37.9 is too old: it lacks `Account.State`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { labServices } from '../../lab.ts';

/** botocore's folder of a service, where it is not the name that signatures use. */
const folders: Readonly<Record<string, string>> = { states: 'stepfunctions' };

type BotocoreReference = { readonly shape: string; readonly [trait: string]: unknown };

interface BotocoreShape {
  readonly members?: Readonly<Record<string, BotocoreReference>>;
  readonly member?: BotocoreReference;
  readonly key?: BotocoreReference;
  readonly value?: BotocoreReference;
  readonly [constraint: string]: unknown;
}

interface BotocoreOperation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: BotocoreReference;
  readonly output?: BotocoreReference;
}

interface BotocoreModel {
  readonly metadata: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<string, BotocoreOperation>>;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

const keptOfShape = [
  'type',
  'required',
  'payload',
  'min',
  'max',
  'enum',
  'pattern',
  'union',
  'document',
  'flattened',
  'timestampFormat',
];
const keptOfReference = ['shape', 'location', 'locationName', 'queryName', 'timestampFormat', 'flattened'];

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}

function references(shape: BotocoreShape): readonly BotocoreReference[] {
  return [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value].filter(
    (reference) => reference !== undefined,
  );
}

function slimShape(shape: BotocoreShape): Record<string, unknown> {
  const slim = pick(shape, keptOfShape);
  if (shape.members !== undefined)
    slim['members'] = Object.fromEntries(
      Object.entries(shape.members).map(([name, reference]) => [name, pick(reference, keptOfReference)]),
    );
  for (const role of ['member', 'key', 'value'] as const) {
    const reference = shape[role];
    if (reference !== undefined) slim[role] = pick(reference, keptOfReference);
  }
  return slim;
}

function slimModel(model: BotocoreModel, names: readonly string[]) {
  const kept = new Map<string, Record<string, unknown>>();
  const visit = (name: string): void => {
    if (kept.has(name)) return;
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`the model has no shape '${name}'`);
    kept.set(name, slimShape(shape));
    for (const reference of references(shape)) visit(reference.shape);
  };

  const slimOperations = names.map((name) => {
    const operation = model.operations[name];
    if (operation === undefined) throw new Error(`the model has no operation '${name}'`);
    const { http, input, output } = operation;
    for (const side of [input, output]) if (side !== undefined) visit(side.shape);
    return [name, { method: http.method, uri: http.requestUri, input: input?.shape, output: output?.shape }] as const;
  });
  const shapes = [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
  return { operations: slimOperations, shapes };
}

/** One operation or shape a line, so that a new botocore gives a readable difference. */
function lines(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
}

function readModel(dataFolder: string, service: string): BotocoreModel {
  const folder = join(dataFolder, folders[service] ?? service);
  const version = readdirSync(folder).sort().at(-1);
  if (version === undefined) throw new Error(`no API version of '${service}' in ${dataFolder}`);
  const file = join(folder, version, 'service-2.json');
  const text = existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));
  return JSON.parse(text.toString('utf8'));
}

const dataFolder = process.argv[2];
if (dataFolder === undefined) {
  process.stderr.write('usage: node generate.ts FOLDER, the folder `data` of botocore\n');
  process.exit(64);
}
for (const { name: service, operations } of Object.values(labServices())) {
  const names = Object.keys(operations).sort();
  const model = readModel(dataFolder, service);
  const { apiVersion, protocol, jsonVersion, targetPrefix, xmlNamespace } = model.metadata;
  const slim = slimModel(model, names);
  const head = Object.entries({ service, apiVersion, protocol, jsonVersion, targetPrefix, xmlNamespace })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
    .join('');
  writeFileSync(
    join(import.meta.dirname, `${service}.json`),
    `{\n${head}  "operations": {\n${lines(slim.operations)}\n  },\n  "shapes": {\n${lines(slim.shapes)}\n  }\n}\n`,
  );
}
