import type { ServiceModel } from './service-model.ts';
import type { WireRequest } from './wire-request.ts';

export interface Route {
  readonly operation: string;
  /** The labels of the path, decoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The operation of a REST service that a method and a path ask for. */
export function matchRoute(model: ServiceModel, request: WireRequest): Route | undefined {
  for (const [operation, { method, uri }] of Object.entries(model.operations)) {
    if (method !== request.method) continue;
    const [path = uri, literals] = uri.split('?');
    const labels = matchPath(path, request.path);
    const asked = [...new URLSearchParams(literals)].every(([name, value]) =>
      request.query.some(([key, given]) => key === name && given === value),
    );
    if (labels !== undefined && asked) return { operation, labels };
  }
  return undefined;
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const greedy = /^\/\{(\w+)\}\/\{(\w+)\+\}$/.exec(template);
  if (greedy !== null) {
    const [, first = '', rest = ''] = greedy;
    const [, head, tail] = /^\/([^/]+)\/(.+)$/s.exec(path) ?? [];
    if (head === undefined || tail === undefined) return undefined;
    return { [first]: decodeURIComponent(head), [rest]: decodeURIComponent(tail) };
  }

  const expected = template.split('/');
  const actual = path.replace(/(?<=.)\/$/, '').split('/');
  if (expected.length !== actual.length) return undefined;

  const labels: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? '';
    const label = /^\{(\w+)\}$/.exec(part)?.[1];
    if (label === undefined && part !== value) return undefined;
    if (label !== undefined && value === '') return undefined;
    if (label !== undefined) labels[label] = decodeURIComponent(value);
  }
  return labels;
}
