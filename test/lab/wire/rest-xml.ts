import { type ServiceModel, type Shape, shapeOf } from './service-model.ts';
import { xmlText } from './xml.ts';

/** An output in REST-XML: some members are headers, one may be the whole body, the rest is XML. */
export function restXmlOutput(
  model: ServiceModel,
  shapeName: string | undefined,
  value: Readonly<Record<string, unknown>>,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer } {
  const shape: Shape = shapeName === undefined ? { type: 'structure' } : shapeOf(model, shapeName);
  const headers: Record<string, string> = {};
  const elements: string[] = [];
  for (const [name, reference] of Object.entries(shape.members ?? {})) {
    const member = value[name];
    if (member === undefined || name === shape.payload) continue;

    const wireName = (reference.locationName ?? name).toLowerCase();
    if (reference.location === 'header') headers[wireName] = headerText(shapeOf(model, reference.shape), member);
    else if (reference.location === 'headers') {
      for (const [key, each] of Object.entries({ ...member }))
        headers[`${wireName}${key.toLowerCase()}`] = String(each);
    } else elements.push(element(model, reference.shape, { name: reference.locationName ?? name, value: member }));
  }

  const payload = shape.payload === undefined ? undefined : value[shape.payload];
  if (Buffer.isBuffer(payload)) return { headers, body: payload };
  if (elements.length === 0) return { headers, body: '' };
  return {
    headers: { ...headers, 'content-type': 'application/xml' },
    // The one document that the lab's S3 answers. Readers take the root's name for granted.
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${elements.join('')}</ListBucketResult>`,
  };
}

function element(
  model: ServiceModel,
  shapeName: string,
  { name, value }: { readonly name: string; readonly value: unknown },
): string {
  const shape = shapeOf(model, shapeName);
  if (shape.type === 'list' && Array.isArray(value) && shape.member !== undefined) {
    const { shape: memberShape, locationName = 'member' } = shape.member;
    const parts = value.map((each) =>
      element(model, memberShape, { name: shape.flattened ? name : locationName, value: each }),
    );
    return shape.flattened ? parts.join('') : `<${name}>${parts.join('')}</${name}>`;
  }
  if (shape.type === 'structure' && typeof value === 'object' && value !== null) {
    const given = new Map(Object.entries(value));
    const parts = Object.entries(shape.members ?? {})
      .filter(([member]) => given.get(member) !== undefined)
      .map(([member, reference]) =>
        element(model, reference.shape, { name: reference.locationName ?? member, value: given.get(member) }),
      );
    return `<${name}>${parts.join('')}</${name}>`;
  }
  return `<${name}>${xmlText(String(value))}</${name}>`;
}

function headerText(shape: Shape, value: unknown): string {
  if (shape.type !== 'timestamp') return String(value);
  const time = new Date(String(value));
  return shape.timestampFormat === 'iso8601' ? time.toISOString() : time.toUTCString();
}
