import { type ServiceModel, type Shape, type ShapeReference, shapeOf } from './service-model.ts';

/** A Query or EC2 form (`Filter.1.Value.1=x`) as nested values with the model's member names. Names that the model lacks are returned separately. */
export function readForm(
  model: ServiceModel,
  shapeName: string,
  form: Readonly<Record<string, string>>,
): { readonly value: Readonly<Record<string, unknown>>; readonly unknown: readonly string[] } {
  const used = new Set<string>();
  const value = readStructure(new Form(model, form, used), shapeOf(model, shapeName), '');
  return { value, unknown: Object.keys(form).filter((name) => !used.has(name)) };
}

class Form {
  readonly model: ServiceModel;
  readonly #form: Readonly<Record<string, string>>;
  readonly #used: Set<string>;
  readonly #prefixes = new Set<string>();

  constructor(model: ServiceModel, form: Readonly<Record<string, string>>, used: Set<string>) {
    this.model = model;
    this.#form = form;
    this.#used = used;
    for (const name of Object.keys(form)) {
      const parts = name.split('.');
      parts.forEach((_, index) => {
        this.#prefixes.add(parts.slice(0, index + 1).join('.'));
      });
    }
  }

  has(name: string): boolean {
    return this.#prefixes.has(name);
  }

  text(name: string): string | undefined {
    this.#used.add(name);
    return this.#form[name];
  }
}

function readStructure(form: Form, shape: Shape, prefix: string): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [member, reference] of Object.entries(shape.members ?? {})) {
    const name = `${prefix}${formName(form.model, member, reference)}`;
    if (form.has(name)) value[member] = readValue(form, reference, name);
  }
  return value;
}

function readValue(form: Form, reference: ShapeReference, name: string): unknown {
  const shape = shapeOf(form.model, reference.shape);
  if (shape.type === 'structure') return readStructure(form, shape, `${name}.`);
  if (shape.type !== 'list' || shape.member === undefined) return form.text(name);

  const list: unknown[] = [];
  const elements = form.model.protocol === 'ec2' ? name : `${name}.${shape.member.locationName ?? 'member'}`;
  for (let index = 1; form.has(`${elements}.${index}`); index += 1)
    list.push(readValue(form, shape.member, `${elements}.${index}`));
  return list;
}

/** EC2 names its form fields by `queryName`, or by the XML element's name with a capital. */
function formName(model: ServiceModel, member: string, reference: ShapeReference): string {
  if (model.protocol !== 'ec2') return reference.locationName ?? member;
  const name = reference.locationName ?? member;
  return reference.queryName ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
