import { isRecord } from './is-record.ts';
import { type ServiceModel, type Shape, type ShapeReference, shapeOf } from './service-model.ts';

/** How values lie on the wire, where it depends on the protocol. */
export interface Wire {
  /** `member`: by the model's own names (JSON, Query). `location`: by the names of the XML elements (EC2). */
  readonly names: 'member' | 'location';
  readonly timestamps: 'epoch-seconds' | 'iso-8601';
  /** XML has only text: every scalar may be given as text, number or boolean. */
  readonly textScalars: boolean;
  /** Services answer `tags: {}` where the model asks for one at least: the model's minima are rules for the caller. */
  readonly emptyAllowed: boolean;
}

const json: Wire = { names: 'member', timestamps: 'epoch-seconds', textScalars: false, emptyAllowed: false };
const xml: Wire = { names: 'member', timestamps: 'iso-8601', textScalars: true, emptyAllowed: false };

export const inputWire: Readonly<Record<ServiceModel['protocol'], Wire>> = {
  'rest-json': json,
  'rest-xml': xml,
  json,
  query: xml,
  ec2: xml,
};

export const outputWire = (protocol: ServiceModel['protocol']): Wire => ({
  ...inputWire[protocol],
  names: protocol === 'ec2' ? 'location' : 'member',
  emptyAllowed: true,
});

const mostViolations = 10;

/** Every rule of the model that this value breaks, in AWS's words, at most ten. */
export function violations(model: ServiceModel, shape: string, value: unknown, wire: Wire): readonly string[] {
  const found: string[] = [];
  new Check(model, wire, found).reference({ shape }, value, '');
  return found.slice(0, mostViolations);
}

class Check {
  readonly #model: ServiceModel;
  readonly #wire: Wire;
  readonly #found: string[];

  constructor(model: ServiceModel, wire: Wire, found: string[]) {
    this.#model = model;
    this.#wire = wire;
    this.#found = found;
  }

  reference(reference: ShapeReference, value: unknown, path: string): undefined {
    const shape = shapeOf(this.#model, reference.shape);
    if (shape.document) return;
    switch (shape.type) {
      case 'structure':
        return this.#structure(shape, value, path);
      case 'list':
        return this.#list(shape, value, path);
      case 'map':
        return this.#map(shape, value, path);
      case 'string':
        return this.#string(shape, value, path);
      case 'boolean':
        return this.#boolean(value, path);
      case 'timestamp':
        return this.#timestamp(reference.timestampFormat ?? shape.timestampFormat, value, path);
      case 'blob':
        if (typeof value !== 'string' && !Buffer.isBuffer(value))
          this.#wrong(value, path, 'Member must be base64 text, or a body');
        return;
      default:
        return this.#number(shape, value, path);
    }
  }

  #structure(shape: Shape, value: unknown, path: string): undefined {
    if (!isRecord(value)) return this.#wrong(value, path, 'Member must be a structure');

    const members = new Map(
      Object.entries(shape.members ?? {}).map(([name, reference]) => [this.#wireName(name, reference), reference]),
    );
    for (const name of shape.required ?? []) {
      const wireName = this.#wireName(name, shape.members?.[name]);
      if (value[wireName] === undefined) this.#wrong(null, at(path, wireName), 'Member must not be null');
    }
    const given = Object.entries(value).filter(([, member]) => member !== undefined);
    for (const [name, member] of given) {
      const reference = members.get(name);
      if (reference === undefined) this.#found.push(`Unknown member '${at(path, name)}'`);
      else this.reference(reference, member, at(path, name));
    }
    if (shape.union && given.length !== 1) this.#wrong(value, path, 'Member must have exactly one member set');
  }

  #list(shape: Shape, value: unknown, path: string): undefined {
    if (!Array.isArray(value)) return this.#wrong(value, path, 'Member must be a list');

    this.#length(shape, value.length, value, path);
    value.forEach((element: unknown, index) => {
      if (shape.member !== undefined) this.reference(shape.member, element, `${path}.${index + 1}.member`);
    });
  }

  #map(shape: Shape, value: unknown, path: string): undefined {
    if (!isRecord(value)) return this.#wrong(value, path, 'Member must be a map');

    this.#length(shape, Object.keys(value).length, value, path);
    for (const [key, member] of Object.entries(value)) {
      if (shape.key !== undefined) this.reference(shape.key, key, `${path}.key`);
      if (shape.value !== undefined) this.reference(shape.value, member, at(path, key));
    }
  }

  #string(shape: Shape, value: unknown, path: string): undefined {
    if (typeof value !== 'string') return this.#wrong(value, path, 'Member must be a string');

    this.#length(shape, value.length, value, path);
    const { pattern, enum: words } = shape;
    if (pattern !== undefined && !regularExpression(pattern).test(value))
      this.#wrong(value, path, `Member must satisfy regular expression pattern: ${pattern}`);
    if (words !== undefined && !words.includes(value))
      this.#wrong(value, path, `Member must satisfy enum value set: [${words.join(', ')}]`);
  }

  #number(
    { type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Shape,
    value: unknown,
    path: string,
  ): undefined {
    const number = this.#wire.textScalars && typeof value === 'string' && value !== '' ? Number(value) : value;
    const whole = type === 'integer' || type === 'long';
    if (typeof number !== 'number' || !Number.isFinite(number) || (whole && !Number.isInteger(number)))
      return this.#wrong(value, path, `Member must be ${whole ? 'an integer' : 'a number'}`);
    if (number < min) this.#wrong(value, path, `Member must have value greater than or equal to ${min}`);
    if (number > max) this.#wrong(value, path, `Member must have value less than or equal to ${max}`);
  }

  #boolean(value: unknown, path: string): undefined {
    const fits = typeof value === 'boolean' || (this.#wire.textScalars && (value === 'true' || value === 'false'));
    if (!fits) this.#wrong(value, path, 'Member must be a boolean');
  }

  #timestamp(format: string | undefined, value: unknown, path: string): undefined {
    const iso = format === undefined ? this.#wire.timestamps === 'iso-8601' : format === 'iso8601';
    const fits = iso
      ? typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))
      : typeof value === 'number' && Number.isFinite(value);
    if (!fits) this.#wrong(value, path, `Member must be a timestamp (${iso ? 'ISO 8601' : 'seconds since 1970'})`);
  }

  #length({ min = 0, max = Number.POSITIVE_INFINITY }: Shape, length: number, value: unknown, path: string): undefined {
    const isAllowed = length === 0 && this.#wire.emptyAllowed;
    if (length < min && !isAllowed) this.#wrong(value, path, `Member must have length greater than or equal to ${min}`);
    if (length > max) this.#wrong(value, path, `Member must have length less than or equal to ${max}`);
  }

  #wireName(name: string, reference: ShapeReference | undefined): string {
    return this.#wire.names === 'location' ? (reference?.locationName ?? name) : name;
  }

  #wrong(value: unknown, path: string, rule: string): undefined {
    const shown = value === null ? 'null' : excerpt(typeof value === 'string' ? value : JSON.stringify(value));
    this.#found.push(`Value '${shown}' at '${path}' failed to satisfy constraint: ${rule}`);
  }
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function excerpt(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

const compiled = new Map<string, RegExp>();

/** AWS matches the whole value, also where the pattern has no anchors. */
function regularExpression(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  // As Java writes the range of characters beyond the first plane.
  const beyond = pattern.replaceAll(String.raw`\uD800\uDC00-\uDBFF\uDFFF`, String.raw`\u{10000}-\u{10FFFF}`);
  const isUnicode = pattern.includes('\\p{') || beyond !== pattern;
  const expression = new RegExp(`^(?:${beyond})$`, isUnicode ? 'su' : 's');
  compiled.set(pattern, expression);
  return expression;
}
