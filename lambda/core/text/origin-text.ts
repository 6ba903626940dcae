import type { Origin, Via } from '../model.ts';

/** Where a value comes from, as a person reads it. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'running':
      return 'running configuration';
    case 'flag':
      return `flag --${origin.flag}`;
    case 'drop-in':
      return `drop-in ${origin.file}`;
    case 'file':
      return `file ${origin.file}`;
    case 'default':
      return origin.deletedBy === undefined
        ? `default (${origin.of})`
        : `default (${origin.of}), since drop-in ${origin.deletedBy} deletes it`;
    case 'node':
      return `the node's ${origin.file}`;
    case 'handshake':
      return 'TLS handshake';
    case 'answer':
      return 'shown by its answer';
    case 'declared':
      return declaredText(origin);
    case 'grants':
      return 'RBAC objects and EKS access entries';
  }
}

function declaredText({ file, line, part, flag }: Extract<Origin, { readonly from: 'declared' }>): string {
  const inside = [part === undefined ? '' : `part ${part}`, flag === undefined ? '' : `flag --${flag}`].filter(Boolean);
  return `${file}, line ${line}${inside.length > 0 ? ` (${inside.join(', ')})` : ''}`;
}

/** How a node was read, as a person reads it. */
export const viaText: Readonly<Record<Via | 'apis', string>> = {
  direct: 'its own port',
  configz: 'configz',
  ssm: 'SSM',
  tls: 'TLS',
  files: 'saved files',
  apis: 'the APIs of Kubernetes and EKS',
};
