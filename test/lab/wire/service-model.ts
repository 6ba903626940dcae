import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from './service.ts';

/** What botocore says about one service, reduced to the operations that the lab answers (models/generate.ts). */
export interface ServiceModel {
  readonly service: ServiceName;
  readonly apiVersion: string;
  readonly protocol: 'rest-json' | 'rest-xml' | 'json' | 'query' | 'ec2';
  readonly jsonVersion?: string;
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface OperationModel {
  readonly method: string;
  readonly uri: string;
  readonly input?: string;
  readonly output?: string;
}

export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  readonly required?: readonly string[];
  /** The member that is the whole body, in REST. */
  readonly payload?: string;
  readonly members?: Readonly<Record<string, ShapeReference>>;
  readonly member?: ShapeReference;
  readonly key?: ShapeReference;
  readonly value?: ShapeReference;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly union?: boolean;
  readonly document?: boolean;
  /** XML: the elements of a list stand beside each other, without one around them. */
  readonly flattened?: boolean;
  readonly timestampFormat?: string;
}

export interface ShapeReference {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
  readonly locationName?: string;
  readonly queryName?: string;
  readonly timestampFormat?: string;
  readonly flattened?: boolean;
}

const models = new Map<string, ServiceModel>();

export function serviceModel(service: ServiceName): ServiceModel {
  const known = models.get(service);
  if (known !== undefined) return known;

  const model: ServiceModel = JSON.parse(readFileSync(join(import.meta.dirname, 'models', `${service}.json`), 'utf8'));
  models.set(service, model);
  return model;
}

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined)
    throw new Error(`the model of ${model.service} has no shape '${name}'; run models/generate.ts`);
  return shape;
}

export function operationOf(model: ServiceModel, operation: string): OperationModel {
  const found = model.operations[operation];
  if (found === undefined) throw new Error(`the model of ${model.service} has no operation '${operation}'`);
  return found;
}
